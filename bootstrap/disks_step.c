/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_grant.h"
#include "disks.h"
#include "fstab.h"
#include "steps.h"

#define MKFS_TIMEOUT_MS ((uint64_t)30 * 60 * 1000) /* discarding a large disk takes its time */

void disks_done(struct disks *d)
{
    free(d->sys);
    free(d->dev);
    free(d->proc);
    free(d->fstab);
    free(d->scratch);
    free(d->wants);
    free(d->chosen);
    disk_list_done(&d->list);
}

int disks_init(struct disks *d, const struct context *c, struct error *e)
{
    json_t *disks, *cluster, *host;
    int r;

    d->sys = context_path(c, "/sys");
    d->dev = context_path(c, "/dev");
    d->proc = context_path(c, "/proc");
    d->fstab = context_path(c, "/etc/fstab");
    d->scratch = context_path(c, DISK_SCRATCH);
    if (!d->sys || !d->dev || !d->proc || !d->fstab || !d->scratch)
        return error_oom(e);
    d->roots = (struct disk_roots){d->sys, d->dev, d->proc, c->root};
    if ((r = json_get_array(c->config, "disks", &disks, e)) < 0 ||
        (r = json_get_object(c->config, "cluster", &cluster, e)) < 0 ||
        (r = json_get_string(cluster, "id", &d->owner.cluster, e)) < 0 ||
        (r = json_get_object(c->config, "host", &host, e)) < 0 ||
        (r = json_get_string(host, "name", &d->owner.host, e)) < 0 ||
        (r = json_get_int_or(host, "incarnation", 1, &d->owner.incarnation, e)) < 0 ||
        (r = disk_wants_parse(disks, &d->wants, &d->n, e)) < 0)
        return error_wrap(e, "node config");
    d->chosen = calloc(d->n + 1, sizeof(*d->chosen));
    if (!d->chosen)
        return error_oom(e);
    if (d->n == 0)
        return 0; /* then no disk is looked at either */
    r = disk_list_read(&d->roots, &d->list, e);
    return r < 0 ? r : disk_select(&d->list, d->wants, d->n, d->chosen, e);
}

/* The grants are asked for only where one would make a difference: a machine whose disks are in
 * place boots without the taskbox. */
static int look(struct context *c, const struct disks *d, size_t i, struct disk_decision *ret,
                json_t **grants, struct error *e)
{
    const struct disk *disk = disks_disk(d, i);
    struct error without = ERROR_INIT;
    const char *grant;
    bool grantable;
    int r = disk_look(&d->roots, &d->owner, c->journal, d->scratch, &d->wants[i], disk, NULL, ret,
                      &grantable, &without);

    if (r == -EPERM && grantable && disk->serial) {
        if (!*grants && (r = disk_grants_get(c, grants, e)) < 0)
            return error_wrap(e, "asking for leave to wipe disks");
        grant = json_string_value(json_object_get(*grants, disk->serial));
        if (grant)
            return disk_look(&d->roots, &d->owner, c->journal, d->scratch, &d->wants[i], disk,
                             grant, ret, NULL, e);
        r = -EPERM;
    }
    return r < 0 ? error_set(e, r, "%s", without.message) : 0;
}

/* Every file system is mounted at its place and has its line and its marker. */
static int is_in_place(const struct disks *d, const struct disk_decision *decision, bool *ret,
                       struct error *e)
{
    size_t i;
    int r;

    *ret = true;
    for (i = 0; i < decision->n && *ret; i++) {
        const struct disk_action *action = &decision->items[i];

        *ret = action->verb == DISK_LEAVE && !action->mark;
        if (!*ret)
            return 0;
        r = fstab_check(d->fstab, action->uuid, action->mount, action->fs, ret, e);
        if (r < 0)
            return r;
    }
    return 0;
}

int disks_is_done(struct context *c, bool *ret, struct error *e)
{
    _cleanup_(disks_done) struct disks d = {.n = 0};
    _cleanup_free_ struct disk_decision *decision = calloc(1, sizeof(*decision));
    size_t i;
    int r;

    if (!decision)
        return error_oom(e);
    r = disks_init(&d, c, e);
    if (r < 0)
        return r;
    *ret = true;
    for (i = 0; i < d.n && *ret; i++) {
        r = disk_look(&d.roots, &d.owner, c->journal, NULL, &d.wants[i], disks_disk(&d, i), NULL,
                      decision, NULL, e);
        if (r == 0)
            r = is_in_place(&d, decision, ret, e);
        if (r < 0)
            return r;
    }
    return 0;
}

int disk_action_words(const struct disk_action *action, struct buf *out, struct error *e)
{
    static const char *const doing[] = {
        [DISK_LEAVE] = "in place",
        [DISK_MOUNT] = "mounted",
        [DISK_FORMAT] = "made",
    };

    if (action->partition)
        buf_addf(out, "partition %u: ", action->partition);
    buf_addf(out, "%s %s %s%s at %s", action->fs, action->uuid, doing[action->verb],
             action->resume ? " again after a cut and mounted"
                            : (action->verb == DISK_FORMAT ? " and mounted" : ""),
             action->mount);
    if (action->mark)
        buf_add_str(out, ", its marker is gone and is written again");
    return buf_check(out) < 0 ? error_oom(e) : 0;
}

static int run_program(const struct process *p, void *userdata, struct error *e)
{
    return step_run_process(userdata, p, e);
}

static int spend(const char *serial, const char *grant, bool marked, void *userdata,
                 struct error *e)
{
    return disk_grant_spend(userdata, serial, grant, marked, e);
}

static void tell(struct context *c, const struct disks *d, size_t i,
                 const struct disk_decision *decision)
{
    const char *name = disks_disk(d, i)->name;
    const char *doing = decision->wipe    ? "wiping"
                        : decision->table ? "partitioning"
                        : decision->items[0].verb == DISK_FORMAT
                            ? "formatting"
                            : (decision->items[0].verb == DISK_MOUNT ? "mounting" : "keeping");
    size_t k;

    if (decision->wipe)
        step_note(c, "disk %s: %s is wiped by grant %s%s", name, decision->found, decision->grant,
                  decision->resume ? ", carried on after a cut" : "");
    for (k = 0; k < decision->n; k++) {
        _cleanup_buf_ struct buf words = BUF_INIT(1024);

        if (disk_action_words(&decision->items[k], &words, NULL) == 0)
            step_note(c, "disk %s: %s", name, words.data);
    }
    step_progress(c, (int)(i * 100 / d->n), "%s %s", doing, name);
}

/* Every disk is decided on before the first one is touched: a host with one wrong entry keeps all
 * its disks as they are. */
int disks_run(struct context *c, struct error *e)
{
    _cleanup_(disks_done) struct disks d = {.n = 0};
    _cleanup_free_ struct disk_decision *decisions = NULL;
    _cleanup_json_ json_t *grants = NULL;
    struct disk_site site;
    size_t i;
    int r = disks_init(&d, c, e);

    if (r == -ENODEV || r == -EEXIST)
        return step_refuse(c, r);
    if (r < 0)
        return r;
    decisions = calloc(d.n + 1, sizeof(*decisions));
    if (!decisions)
        return error_oom(e);
    for (i = 0; i < d.n; i++) {
        step_progress(c, -1, "looking at %s", disks_disk(&d, i)->name);
        r = look(c, &d, i, &decisions[i], &grants, e);
        if (r == -EPERM)
            return step_refuse(c, r);
        if (r < 0)
            return r;
    }
    site = (struct disk_site){.roots = &d.roots,
                              .owner = &d.owner,
                              .journal = c->journal,
                              .fstab = d.fstab,
                              .scratch = d.scratch,
                              .timeout_ms = MKFS_TIMEOUT_MS,
                              .run = run_program,
                              .spend = spend,
                              .userdata = c};
    for (i = 0; i < d.n; i++) {
        tell(c, &d, i, &decisions[i]);
        r = disk_apply(&site, &d.wants[i], disks_disk(&d, i), &decisions[i], e);
        if (r < 0)
            return r == -EPERM ? step_refuse(c, r) : r;
    }
    return 0;
}
