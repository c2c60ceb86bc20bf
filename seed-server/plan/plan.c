/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include "addons.h"
#include "allot.h"
#include "cluster.h"
#include "disks.h"
#include "hosts.h"
#include "install.h"
#include "places.h"
#include "reader.h"
#include "render.h"
#include "roles.h"

static void plan_free(struct plan *p)
{
    size_t i;

    for (i = 0; i < p->n_hosts; i++) {
        json_decref(p->hosts[i].dns);
        json_decref(p->hosts[i].ntp);
        json_decref(p->hosts[i].ssh_keys);
        json_decref(p->hosts[i].disks);
        free(p->hosts[i].pub.bond_macs);
    }
    free(p->hosts);
    for (i = 0; i < ROLES; i++)
        free(p->roles[i].hosts);
    index_done(&p->by_name);
    index_done(&p->by_mac);
    index_done(&p->by_uuid);
    index_done(&p->by_serial);
    free(p->artifacts);
    free(p->served);
    free(p->allotments);
    json_decref(p->cluster.certificate_names);
    json_decref(p->manifests);
    shared_done(&p->shared);
    prototypes_done(&p->prototypes);
    arena_done(&p->arena);
    free(p);
}

struct plan *plan_ref(struct plan *p)
{
    atomic_fetch_add_explicit(&p->references, 1, memory_order_relaxed);
    return p;
}

void plan_unref(struct plan *p)
{
    if (p && atomic_fetch_sub_explicit(&p->references, 1, memory_order_acq_rel) == 1)
        plan_free(p);
}

/* The id is over what configs are made from, not over the configs: rendering all of a hundred
 * thousand hosts to learn whether anything changed would cost more than serving them. */
static int make_id(struct plan *p, struct error *e)
{
    char digest[DIGEST_TEXT_SIZE];
    struct digest d;
    size_t i;
    int r;

    digest_init(&d);
    digest_add_text(&d, p->shared.addons_digest);
    for (i = 0; i < p->n_hosts; i++) {
        r = host_digest(p, &p->hosts[i], digest, e);
        if (r < 0)
            return r;
        digest_add(&d, digest, sizeof(digest));
    }
    digest_end_hex(&d, p->id);
    return 0;
}

/* Everything that can be found wrong, in the order in which the parts need each other. Each part
 * goes on where an earlier one found problems. */
static int check_all(struct reader *r, struct error *e)
{
    static int (*const parts[])(struct reader *, struct error *) = {
        reader_check_variables,
        cluster_read,
        roles_read,
        places_check,
        artifacts_read,
        addons_read,
        hosts_read,
        roles_list,
        allot,
    };
    size_t i;
    int ret;

    for (i = 0; i < ARRAY_SIZE(parts); i++) {
        ret = parts[i](r, e);
        if (ret < 0)
            return ret;
    }
    hosts_check_cluster(r);
    install_check(r);
    return r->failed || r->plan->arena.failed ? error_oom(e) : 0;
}

static void settle(struct plan *p)
{
    const struct role_list *masters = role_hosts(p, ROLE_MASTER);
    size_t i;

    p->settings.etcd_formed = p->etcd_formed;
    p->settings.api_address = p->cluster.lb_address;
    for (i = 0; i < masters->n && !p->settings.api_address; i++)
        if (p->hosts[masters->hosts[i]].pub.init_master)
            p->settings.api_address = p->hosts[masters->hosts[i]].pub.ip;
}

int plan_make(const struct inventory *inv, const struct plan_options *options,
              struct problems *ret_problems, struct plan **ret, struct error *e)
{
    struct reader r = {.inv = inv, .options = options, .problems = ret_problems};
    _cleanup_(plan_unrefp) struct plan *p = calloc(1, sizeof(*p));
    size_t fatal = ret_problems->fatal;
    int result;

    if (!p)
        return error_oom(e);
    atomic_init(&p->references, 1);
    p->server_url = arena_copy(&p->arena, options->server_url);
    p->server_tls_url = arena_copy(&p->arena, options->server_tls_url);
    p->ca_pin = arena_copy(&p->arena, options->ca_pin);
    r.plan = p;
    result = check_all(&r, e);
    free(r.roles);
    problems_sort(ret_problems);
    if (result < 0)
        return result;
    if (ret_problems->fatal > fatal)
        return error_set(e, -EINVAL, "%zu problem%s in the configuration",
                         ret_problems->fatal - fatal, ret_problems->fatal - fatal == 1 ? "" : "s");

    settle(p);
    result = shared_make(p, e);
    if (result < 0)
        return result;
    result = prototypes_make(p, e);
    if (result < 0)
        return result;
    result = make_id(p, e);
    if (result < 0)
        return result;
    *ret = TAKE_PTR(p);
    return 0;
}

/* ---- looking at it --------------------------------------------------------------------------- */

const char *plan_id(const struct plan *p)
{
    return p->id;
}

const char *plan_cluster_id(const struct plan *p)
{
    return p->cluster.id;
}

bool plan_added_allotment(const struct plan *p, size_t i, const char **ret_key,
                          const char **ret_value)
{
    if (i >= p->n_added)
        return false;
    *ret_key = p->allotments[i].key; /* allot.c put those first */
    *ret_value = p->allotments[i].value;
    return true;
}

size_t plan_host_count(const struct plan *p)
{
    return p->n_hosts;
}

const struct plan_host *plan_host(const struct plan *p, size_t i)
{
    return i < p->n_hosts ? &p->hosts[i].pub : NULL;
}

int plan_check_wipe(const struct plan *p, size_t i, const char *serial, struct error *e)
{
    return disks_check_wipe(i < p->n_hosts ? p->hosts[i].disks : NULL, serial, e);
}

size_t plan_find_host(const struct plan *p, const char *name)
{
    return index_find(&p->by_name, name);
}

size_t plan_find_by_mac(const struct plan *p, const char *mac)
{
    return index_find(&p->by_mac, mac);
}

size_t plan_find_by_uuid(const struct plan *p, const char *uuid)
{
    return index_find(&p->by_uuid, uuid);
}

size_t plan_find_by_serial(const struct plan *p, const char *serial)
{
    return index_find(&p->by_serial, serial);
}

bool plan_host_has_mac(const struct plan_host *h, const char *mac)
{
    bool has = h->mac && strcmp(h->mac, mac) == 0;
    size_t i;

    for (i = 0; i < h->n_bond_macs; i++)
        has = has || strcmp(h->bond_macs[i], mac) == 0;
    return has;
}

bool plan_host_is_identified(const struct plan_host *h)
{
    return h->mac || h->uuid || h->serial || h->n_bond_macs;
}

const size_t *plan_role_hosts(const struct plan *p, enum role role, size_t *ret_n)
{
    const struct role_list *list = role_hosts(p, role);

    *ret_n = list->n;
    return list->hosts;
}

const struct plan_settings *plan_settings(const struct plan *p)
{
    return &p->settings;
}

const struct plan_artifact *plan_artifact(const struct plan *p, size_t i)
{
    return i < p->n_artifacts ? &p->served[i] : NULL;
}
