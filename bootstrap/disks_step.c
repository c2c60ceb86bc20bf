/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_apply.h"
#include "fstab.h"
#include "steps.h"

#define MKFS_TIMEOUT_MS ((uint64_t)30 * 60 * 1000) /* discarding a large disk takes its time */

/* The data disks of one host, from config to decision. */
struct disks {
    char *sys, *dev, *proc, *fstab, *scratch;
    struct disk_roots roots;
    struct disk_owner owner;
    struct disk_want *wants;
    struct disk_list list;
    size_t n, *chosen; /* of wants; indices into list */
};

static void disks_done(struct disks *d)
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

static int disks_init(struct disks *d, struct context *c, struct error *e)
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

static int decide(struct context *c, const struct disks *d, size_t i, const char *scratch,
                  struct disk_action *ret, struct error *e)
{
    const struct disk *disk = &d->list.items[d->chosen[i]];
    struct disk_record begun;
    struct disk_probe probe;
    int r, known;

    known = disk_begun(c->journal, d->wants[i].uuid, &begun, e);
    if (known < 0)
        return known;
    r = disk_probe(&d->roots, disk, scratch, &probe, e);
    if (r < 0)
        return r;
    return disk_decide(&d->wants[i], &d->owner, disk, &probe, known ? &begun : NULL, ret, e);
}

int disks_is_done(struct context *c, bool *ret, struct error *e)
{
    _cleanup_(disks_done) struct disks d = {.n = 0};
    struct disk_action action;
    size_t i;
    int r = disks_init(&d, c, e);

    if (r < 0)
        return r;
    *ret = true;
    for (i = 0; i < d.n && *ret; i++) {
        r = decide(c, &d, i, NULL, &action, e);
        if (r < 0)
            return r;
        *ret = action.verb == DISK_LEAVE;
        if (*ret)
            r = fstab_check(d.fstab, action.uuid, action.mount, action.fs, ret, e);
        if (r < 0)
            return r;
    }
    return 0;
}

static int run_program(const char *const *argv, uint64_t timeout_ms, void *userdata,
                       struct error *e)
{
    return step_run_program(userdata, argv, timeout_ms, NULL, e);
}

static void tell(struct context *c, const struct disks *d, size_t i,
                 const struct disk_action *action)
{
    static const char *const doing[] = {
        [DISK_LEAVE] = "in place",
        [DISK_MOUNT] = "mounting",
        [DISK_FORMAT] = "formatting",
    };
    const struct disk *disk = &d->list.items[d->chosen[i]];

    step_note(c, "disk %s: %s%s, %s %s at %s", disk->name, doing[action->verb],
              action->resume ? " again after a cut" : "", action->fs, action->uuid, action->mount);
    step_progress(c, (int)(i * 100 / d->n), "%s %s as %s", doing[action->verb], disk->name,
                  action->mount);
}

/* Every disk is decided on before the first one is touched: a host with one wrong entry keeps all
 * its disks as they are. */
int disks_run(struct context *c, struct error *e)
{
    _cleanup_(disks_done) struct disks d = {.n = 0};
    _cleanup_free_ struct disk_action *actions = NULL;
    struct disk_site site;
    size_t i;
    int r = disks_init(&d, c, e);

    if (r == -ENODEV || r == -EEXIST)
        return step_refuse(c, r);
    if (r < 0)
        return r;
    actions = calloc(d.n + 1, sizeof(*actions));
    if (!actions)
        return error_oom(e);
    for (i = 0; i < d.n; i++) {
        step_progress(c, -1, "looking at %s", d.list.items[d.chosen[i]].name);
        r = decide(c, &d, i, d.scratch, &actions[i], e);
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
                              .userdata = c};
    for (i = 0; i < d.n; i++) {
        tell(c, &d, i, &actions[i]);
        r = disk_apply(&site, &d.wants[i], &d.list.items[d.chosen[i]], &actions[i], e);
        if (r < 0)
            return r == -EPERM ? step_refuse(c, r) : r;
    }
    return 0;
}
