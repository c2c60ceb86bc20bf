/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "kube_api.h"

/* kubeadm's work on a master, in the two runs that one start of its program each can do: before
 * there is an API server, and with it. kubeadm says success also for phases that it does not know,
 * and a cut can fall anywhere, so that only a phase's results count: a phase whose results are
 * there is not run again, and one that was run without them has failed. */
#define KUBEADM_FLAGS_MAX 8

struct control_plane {
    json_t *files, *certificates;
    const char *flags[KUBEADM_FLAGS_MAX + 1]; /* NULL-terminated */
    const char *kubeadm, *config, *api, *ca, *admin;
    const char *node; /* name of this master's Node object */
    const char *version;
    uint64_t timeout_ms;
    int64_t certificate_life_s; /* how long one of kubeadm's is used at most */
};

int control_plane_read(struct context *c, struct control_plane *ret, struct error *e) _must_check_;

struct kubeadm_phase {
    const char *name;
    const char *does; /* for the board */
    /* 0 when all results are there; else -ENOENT with the first that is missing, or what kept it
     * from looking. api is NULL for phases before there is one. */
    int (*verify)(struct context *c, const struct control_plane *cp, struct kube_api *api,
                  struct error *e);
    /* Right before and after kubeadm runs; NULL: nothing. */
    int (*prepare)(struct context *c, struct error *e);
    int (*finish)(struct context *c, struct error *e);
};

/* Renews kubeadm's certificates where they are due, while the control plane runs. *ret_due_ms: when
 * they are due again. */
int control_plane_renew(struct context *c, const struct control_plane *cp, uint64_t *ret_due_ms,
                        struct error *e) _must_check_;

/* Puts what kubeadm wrote on the disk, which it leaves to the kernel. */
int control_plane_sync(struct context *c, struct error *e) _must_check_;

/* In order; the first needs no API. */
extern const struct kubeadm_phase kubeadm_phases[];
extern const size_t kubeadm_phase_count;

/* "--skip-phases=…" for that run with kubeadm of that version ("1.20.2"). *ret is the caller's. */
int kubeadm_skips(const struct kubeadm_phase *phase, const char *version, char **ret,
                  struct error *e) _must_check_;

/* Deletes the tokens that `kubeadm init` makes together with the RBAC of its phase bootstrap-token:
 * nobody joins by them here. Other tokens are left alone. */
int control_plane_delete_tokens(struct kube_api *api, struct error *e) _must_check_;
