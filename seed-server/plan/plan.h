/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "common/parse.h"
#include "seed-server/inventory/inventory.h"

/* A plan is what an inventory turns into after every check has passed: the hosts with their roles
 * and addresses, what each is allotted for ever, and what each is to be told. It is immutable and
 * reference-counted, whole or not at all. Pure: no clock, no network; of the file system it reads
 * what it is given. */
struct plan;

enum role { /* bits */
            ROLE_ETCD = 1,
            ROLE_MASTER = 2,
            ROLE_NODE = 4,
};

enum trust { TRUST_APPROVE, TRUST_FIRST_USE, TRUST_TOKEN };
enum boot_way { BOOT_IMAGE, BOOT_CLOUD_INIT, BOOT_PXE, BOOT_LOCAL, BOOT_WAY_COUNT };
const char *boot_way_name(enum boot_way boot); /* as seed_boot is written */

/* Every problem found, not only the first. */
struct problem {
    bool fatal; /* false: a warning */
    char *file; /* may be NULL */
    unsigned line;
    char *message; /* what is wrong, and what to write instead */
};
struct problems {
    struct problem *items;
    size_t n, fatal;
};
void problems_done(struct problems *p);
/* Keeps the first PROBLEMS_MAX and counts the rest. Returns 0 or -ENOMEM. */
#define PROBLEMS_MAX 10000
int problems_add(struct problems *p, bool fatal, struct inventory_origin where, const char *format,
                 ...) _printf_(4, 5) _must_check_;
/* "hosts.ini:12: …", "hosts.ini:12: warning: …"; in the order of files and lines. */
void problems_sort(struct problems *p);
void problems_print(const struct problems *p, struct buf *out);

/* What was promised once and never changes. Kept in the store as key/value texts; the plan reads
 * the ones that are there and lists the ones that it adds, which must be committed before the plan
 * is used. cluster/id               UUID of the cluster cluster/init-master      the host that runs
 * kubeadm init cluster/etcd-formed      set by the server when the first etcd cluster had its
 * quorum (any text) alloc/pod-cidr/HOST      10.233.64.0/24 alloc/etcd-member/HOST   etcd1 Those of
 * a host that left hosts.ini stay, so that nobody else is given its pod network or its member name,
 * until the store forgets them. */
typedef void allotment_seen(const char *key, const char *value, void *seen_data);
struct allotments {
    /* The value of key, NULL when absent; borrowed until the next call. */
    const char *(*get)(const char *key, void *userdata);
    /* Calls seen for every stored key that starts with prefix, in any order. */
    void (*each)(const char *prefix, allotment_seen *seen, void *seen_data, void *userdata);
    void *userdata;
};

struct plan_options {
    const struct allotments *stored; /* NULL: a new cluster */
    const char *new_cluster_id;      /* for a cluster that has none stored; NULL: a random one */
    const char *artifact_folder;     /* where seed_artifacts' files are; NULL: not looked at */
    const char *server_url;          /* "http://192.168.0.1:8080", plain plane as nodes reach it;
                                      * NULL: artifacts have a path ("/artifacts/kubelet") as URL */
    const char *server_tls_url;      /* "https://192.168.0.1:8443" */
    const char *ca_pin; /* hex SHA-256 of the seed CA's SPKI, for user-data; may be NULL */
};

/* Checks all, then plans. Returns 0 and *ret when no problem is fatal (warnings may be in
 * ret_problems); -EINVAL with at least one fatal problem, *ret untouched; -ENOMEM. */
int plan_make(const struct inventory *inv, const struct plan_options *options,
              struct problems *ret_problems, struct plan **ret, struct error *e) _must_check_;
struct plan *plan_ref(struct plan *p);
void plan_unref(struct plan *p); /* NULL ok */
DEFINE_CLEANUP(struct plan *, plan_unref);

/* SHA-256 in hex over what every host's config is made from (render.c is a pure function of it):
 * plans with equal ids tell every host the same. A config's own "plan" member is such a digest of
 * what that one host is told, so that a new host changes no other host's config. */
const char *plan_id(const struct plan *p);
const char *plan_cluster_id(const struct plan *p);

/* Allotments that this plan added, i from 0; false past the end. */
bool plan_added_allotment(const struct plan *p, size_t i, const char **ret_key,
                          const char **ret_value);

struct plan_host {
    const char *name;
    unsigned roles;                  /* enum role bits */
    const char *ip;                  /* the address authority */
    const char *etcd_member;         /* NULL without ROLE_ETCD */
    const char *pod_cidr;            /* NULL without ROLE_MASTER or ROLE_NODE */
    const char *mac, *uuid, *serial; /* identifiers as parse.h normalizes them, NULL when unset */
    enum trust trust;
    enum boot_way boot;
    bool init_master;       /* runs kubeadm init */
    unsigned mtu, vlan;     /* 0: unset */
    const char *bond_mode;  /* "active-backup"; NULL: no bond */
    const char **bond_macs; /* its members, which identify the host as mac does; none where */
    size_t n_bond_macs;     /* they go by name */
};

size_t plan_host_count(const struct plan *p);
const struct plan_host *plan_host(const struct plan *p, size_t i);
/* May that disk of host i be wiped, by its seed_data_disks? -EPERM with what to write there. */
int plan_check_wipe(const struct plan *p, size_t i, const char *serial,
                    struct error *e) _must_check_;
/* SIZE_MAX when unknown. Constant time. By MAC, UUID or serial only what the inventory names, or
 * the host's own name. A MAC is seed_mac's or one of seed_bond's. */
size_t plan_find_host(const struct plan *p, const char *name);
size_t plan_find_by_mac(const struct plan *p, const char *mac);
size_t plan_find_by_uuid(const struct plan *p, const char *uuid);
size_t plan_find_by_serial(const struct plan *p, const char *serial);
/* Is it one of this host's? */
bool plan_host_has_mac(const struct plan_host *h, const char *mac);
/* Does the inventory give anything that tells this machine from others? */
bool plan_host_is_identified(const struct plan_host *h);

/* Hosts with a role, in the inventory's order. Borrowed. */
const size_t *plan_role_hosts(const struct plan *p, enum role role, size_t *ret_n);

/* Figures the server acts on, from variables with their defaults. */
struct plan_settings {
    uint64_t arm_window_ms;    /* seed_arm_window, default 30 min */
    uint64_t etcd_grace_ms;    /* seed_etcd_grace: with quorum, how long to wait for the rest */
    uint64_t step_timeout_ms;  /* seed_step_timeout: when a silent step is called overdue */
    unsigned install_parallel; /* seed_install_parallel: hosts that write their image at a time */
    const char *kubernetes_version; /* "1.20.2" */
    const char *api_endpoint;       /* "lb.kubesphere.local:6443" */
    const char *api_address;        /* the address that name resolves to for the taskbox */
    uint16_t api_port;
    bool has_dns;     /* CoreDNS's image is in the artifacts, or a variable names it */
    bool etcd_formed; /* cluster/etcd-formed was stored */
};
const struct plan_settings *plan_settings(const struct plan *p);

/* The node config (node-config(5)) of one host, compact JSON: byte for byte what that host gets. A
 * worker's costs a few µs (it is put together from text), others' 0.1 ms to 1 ms. */
int plan_render_host(const struct plan *p, size_t host, struct buf *out,
                     struct error *e) _must_check_;
/* The same for a host that was installed anew under its name: its data disks are marked with the
 * incarnation. 1 is what plan_render_host means. */
int plan_render_incarnation(const struct plan *p, size_t host, unsigned incarnation,
                            struct buf *out, struct error *e) _must_check_;

/* NoCloud documents for a machine that calls itself name, no secrets. kind: "meta-data",
 * "user-data", "vendor-data". They tell it nothing that it did not say but where the taskbox is and
 * which packages storage classes want, so that they are the same whether the inventory has such a
 * host or not. */
int plan_render_nocloud(const struct plan *p, const char *name, const char *kind, struct buf *out,
                        struct error *e) _must_check_;

/* iPXE scripts of the plain plane, no secrets: the first one of every machine, the installer's, and
 * the two that start a disk. host is SIZE_MAX for a machine that the inventory does not know; root
 * is the UUID of the installed root file system (IPXE_DISK). -EINVAL when a value cannot be written
 * into a script, which plan_make looks for. */
enum ipxe_script { IPXE_BOOT, IPXE_INSTALLER, IPXE_DISK, IPXE_LOCAL };
int plan_render_ipxe(const struct plan *p, enum ipxe_script script, size_t host, const char *root,
                     struct buf *out, struct error *e) _must_check_;

/* What the installer of a host with seed_boot=pxe is told (openapi.json: InstallConfig), compact
 * JSON. -ENOENT for another host. */
int plan_render_install(const struct plan *p, size_t host, unsigned incarnation, struct buf *out,
                        struct error *e) _must_check_;
/* Does nodeseed make the PersistentVolumes of local volumes itself (seed_local_volumes)? */
bool plan_makes_volumes(const struct plan *p);
/* The entry right below the class' folder that path is, NULL for any other path; borrowed. */
const char *plan_volume_entry(const struct plan *p, const char *path);
/* The PersistentVolume of a file system of so many bytes that a host has mounted there. New
 * reference. -EINVAL for a path that is not such an entry. */
int plan_render_volume(const struct plan *p, size_t host, const char *path, uint64_t bytes,
                       json_t **ret, struct error *e) _must_check_;

/* The UUID that the root file system of an incarnation gets. */
int plan_install_root(const struct plan *p, size_t host, unsigned incarnation,
                      char ret[UUID_TEXT_SIZE], struct error *e) _must_check_;
/* The same user-data with a one-time token in it, for a way to the machine that nobody else reads.
 * *ret_has_program (may be NULL): the machine fetches seed-bootstrap and gets its unit, because
 * seed_artifacts lists the program; otherwise its image must have both. */
#define BOOTSTRAP_ARTIFACT "seed-bootstrap"
int plan_render_user_data(const struct plan *p, const char *name, const char *token,
                          struct buf *out, bool *ret_has_program, struct error *e) _must_check_;

/* What a certificate for this host and purpose says; the CSR gives only the public key. -ENOENT
 * when the purpose does not exist, -EPERM when the host's roles do not include it. Strings are
 * borrowed from the plan or are literals. */
#define CERT_NAMES_MAX 24
struct cert_profile {
    const char *ca; /* "seed", "kubernetes", "etcd", "front-proxy" */
    const char *common_name, *organization;
    const char *dns[CERT_NAMES_MAX], *ips[CERT_NAMES_MAX]; /* NULL-terminated */
    bool server_auth, client_auth;
    uint64_t life_s; /* from now; it begins CERTIFICATE_BACKDATE_S earlier */
};
int plan_cert_profile(const struct plan *p, size_t host, const char *purpose,
                      struct cert_profile *ret, struct error *e) _must_check_;

/* The plan as `seedctl plan --json` and GET /admin/plan show it: {"id", "cluster": {…}, "server":
 * {"url", "tls_url", "pin"}, "hosts": [{"name", "roles", "ip", "pod_cidr", …}], "allotments": {key:
 * value}}; allotments has every one in effect, stored or new. Without secrets. *ret is a new
 * reference. */
int plan_export(const struct plan *p, json_t **ret, struct error *e) _must_check_;

/* Files the artifact plane may serve. i from 0; NULL past the end. */
struct plan_artifact {
    const char *name;   /* as in the URL */
    const char *file;   /* below the artifact folder */
    const char *sha256; /* hex */
    uint64_t size;
};
const struct plan_artifact *plan_artifact(const struct plan *p, size_t i);
