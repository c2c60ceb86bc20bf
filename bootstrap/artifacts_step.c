/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "artifact_pool.h"
#include "artifact_stamps.h"
#include "common/file.h"
#include "common/process.h"
#include "cut.h"
#include "image_import.h"
#include "kubelet.h"
#include "settings.h"
#include "steps.h"
#include "unit.h"

#define CONTAINERD_SOCKET "/run/containerd/containerd.sock"
#define CONTAINERD_FOLDER "/var/lib/containerd"
#define LIST_MAX (4 * 1024 * 1024)
#define LIST_TIMEOUT_MS 60000
#define RUNTIME_TRIES 60
#define IMPORT_TIMEOUT_MS ((uint64_t)20 * 60 * 1000)
#define SPACE_MARGIN ((uint64_t)64 * 1024 * 1024)
#define POLL_MS 250
#define LISTED_TRIES 20 /* how long containerd's CRI plugin may take to name a new image */

/* The artifacts of one host, and which of them are missing. Programs come first: containerd may be
 * among them, and images go into it. */
struct artifacts {
    struct artifact *items;
    struct artifact_job *jobs; /* same order */
    struct stamps stamps;
    char *containerd;
    size_t n, programs, images;
};

static void artifacts_done(struct artifacts *a)
{
    size_t i;

    for (i = 0; a->jobs && i < a->n; i++) {
        free(a->jobs[i].url);
        free(a->jobs[i].target);
        buf_done(&a->jobs[i].output);
    }
    free(a->jobs);
    free(a->items);
    free(a->containerd);
    stamps_done(&a->stamps);
}

static int job_init(struct context *c, const struct artifact *artifact, struct artifact_job *job,
                    struct error *e)
{
    int n;

    job->artifact = *artifact;
    buf_init(&job->output, 64 * 1024);
    job->url = artifact->url[0] == '/' ? path_join(c->settings->plain, artifact->url)
                                       : strdup(artifact->url);
    if (artifact->kind == ARTIFACT_BINARY) {
        job->target = context_path(c, artifact->path);
    } else {
        n = asprintf(&job->target, "%s/artifacts/%s.tar", c->settings->state, artifact->sha256);
        if (n < 0)
            job->target = NULL;
    }
    return job->url && job->target ? 0 : error_oom(e);
}

/* Programs first, otherwise as listed. */
static int programs_first(struct artifacts *a, struct error *e)
{
    static const enum artifact_kind order[] = {ARTIFACT_BINARY, ARTIFACT_IMAGE};
    struct artifact *sorted = calloc(a->n + 1, sizeof(*sorted));
    size_t i, k, n = 0;

    if (!sorted)
        return error_oom(e);
    for (k = 0; k < ARRAY_SIZE(order); k++)
        for (i = 0; i < a->n; i++)
            if (a->items[i].kind == order[k])
                sorted[n++] = a->items[i];
    free(a->items);
    a->items = sorted;
    return 0;
}

static int artifacts_init(struct artifacts *a, struct context *c, struct error *e)
{
    _cleanup_free_ char *path = path_join(c->settings->state, "artifacts.json");
    json_t *array;
    size_t i;
    int r;

    a->containerd = context_path(c, CONTAINERD_SOCKET);
    if (!path || !a->containerd)
        return error_oom(e);
    if ((r = json_get_array(c->config, "artifacts", &array, e)) < 0 ||
        (r = artifacts_parse(array, &a->items, &a->n, e)) < 0)
        return error_wrap(e, "node config");
    r = programs_first(a, e);
    if (r < 0)
        return r;
    a->jobs = calloc(a->n + 1, sizeof(*a->jobs));
    if (!a->jobs)
        return error_oom(e);
    for (i = 0; i < a->n; i++) {
        r = job_init(c, &a->items[i], &a->jobs[i], e);
        if (r < 0)
            return r;
        a->images += a->items[i].kind == ARTIFACT_IMAGE;
    }
    a->programs = a->n - a->images;
    return stamps_open(&a->stamps, path, e);
}

static int list_images(struct context *c, const struct artifacts *a, struct buf *ret,
                       struct error *e)
{
    const char *const argv[] = {"ctr", "-a", a->containerd, "-n", "k8s.io", "images", "ls", NULL};

    buf_clear(ret);
    buf_add_str(ret, "");
    return step_run_program(c, argv, LIST_TIMEOUT_MS, ret, e);
}

/* Sets the first n jobs' done from what is on the machine. */
static int look(struct context *c, struct artifacts *a, size_t n, const char *images,
                struct error *e)
{
    size_t i;

    for (i = 0; i < n; i++) {
        struct artifact_job *job = &a->jobs[i];
        int r = 0;

        if (job->artifact.kind == ARTIFACT_IMAGE) {
            job->done = image_is_listed(images, job->artifact.image, job->artifact.image_id);
        } else {
            if (!job->done)
                step_progress(c, -1, "checking %s", job->artifact.name);
            r = stamps_check(&a->stamps, job->target, &job->artifact, &job->done, e);
        }
        if (r < 0)
            return r;
        atomic_store(&job->got, job->done ? job->artifact.size : 0);
    }
    return 0;
}

static bool misses_images(const struct artifacts *a, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (a->items[i].kind == ARTIFACT_IMAGE && !a->jobs[i].done)
            return true;
    return false;
}

static size_t count_missing(const struct artifacts *a, size_t n)
{
    size_t i, missing = 0;

    for (i = 0; i < n; i++)
        missing += !a->jobs[i].done;
    return missing;
}

int artifacts_is_done(struct context *c, bool *ret, struct error *e)
{
    _cleanup_(artifacts_done) struct artifacts a = {.n = 0};
    _cleanup_buf_ struct buf images = BUF_INIT(LIST_MAX);
    int r = artifacts_init(&a, c, e);

    if (r < 0)
        return r;
    if (a.images && (r = list_images(c, &a, &images, e)) < 0)
        return r;
    if ((r = look(c, &a, a.n, images.data ? images.data : "", e)) < 0)
        return r;
    *ret = count_missing(&a, a.n) == 0 && !image_import_is_open(c);
    return stamps_save(&a.stamps, e);
}

/* ---- room ---- */

struct room {
    dev_t device;
    char folder[256];
    uint64_t needed;
};

/* Adds bytes to the file system of path, which may not exist yet. */
static int add_room(struct room *rooms, size_t *n, size_t max, const char *path, uint64_t bytes,
                    struct error *e)
{
    _cleanup_free_ char *folder = strdup(path);
    struct stat st;
    char *slash;
    size_t i;

    if (!folder)
        return error_oom(e);
    while (stat(folder, &st) < 0) {
        slash = strrchr(folder, '/');
        if (!slash)
            return error_set(e, -ENOENT, "%s has no folder", path);
        slash[slash == folder] = '\0';
    }
    for (i = 0; i < *n && rooms[i].device != st.st_dev; i++)
        ;
    if (i == max)
        return error_set(e, -E2BIG, "artifacts go to more than %zu file systems", max);
    if (i == *n) {
        rooms[i] = (struct room){.device = st.st_dev, .needed = SPACE_MARGIN};
        (void)snprintf(rooms[i].folder, sizeof(rooms[i].folder), "%s", folder);
        ++*n;
    }
    rooms[i].needed += bytes;
    return 0;
}

/* Before the first byte: a half-full disk helps nobody. An imported image is stored once as it came
 * and once unpacked. */
static int check_room(struct context *c, const struct artifacts *a, size_t jobs, struct error *e)
{
    _cleanup_free_ char *containerd = context_path(c, CONTAINERD_FOLDER);
    struct room rooms[8];
    size_t i, n = 0;
    int r = 0;

    if (!containerd)
        return error_oom(e);
    for (i = 0; r == 0 && i < jobs; i++) {
        const struct artifact_job *job = &a->jobs[i];

        if (job->done)
            continue;
        r = add_room(rooms, &n, ARRAY_SIZE(rooms), job->target, job->artifact.size, e);
        if (r == 0 && job->artifact.kind == ARTIFACT_IMAGE)
            r = add_room(rooms, &n, ARRAY_SIZE(rooms), containerd, 2 * job->artifact.size, e);
    }
    for (i = 0; r == 0 && i < n; i++) {
        struct statvfs fs;

        if (statvfs(rooms[i].folder, &fs) < 0)
            return error_set_errno(e, -errno, "room at %s", rooms[i].folder);
        if ((uint64_t)fs.f_bavail * fs.f_frsize < rooms[i].needed)
            r = error_set(e, -ENOSPC, "%s has %llu MiB free and the artifacts need %llu",
                          rooms[i].folder,
                          (unsigned long long)((uint64_t)fs.f_bavail * fs.f_frsize >> 20),
                          (unsigned long long)(rooms[i].needed >> 20));
    }
    return r;
}

/* ---- the work ---- */

static void show(struct context *c, const struct artifacts *a)
{
    uint64_t got = 0, size = 0;
    const char *importing = NULL;
    size_t i, left = 0;

    for (i = 0; i < a->n; i++) {
        got += atomic_load(&a->jobs[i].got);
        size += a->items[i].size;
        left += atomic_load(&a->jobs[i].got) < a->items[i].size;
        if (atomic_load(&a->jobs[i].importing))
            importing = a->items[i].name;
    }
    if (left)
        step_progress(c, (int)(size ? got * 95 / size : 0), "downloading, %llu of %llu MB%s%s",
                      (unsigned long long)(got / 1000000), (unsigned long long)(size / 1000000),
                      importing ? ", importing " : "", importing ? importing : "");
    else
        step_progress(c, 95, "importing %s", importing ? importing : "images");
}

/* The archives may hold other images than the plan says; then no pod would ever start. */
static int check_images(struct context *c, struct artifacts *a, struct buf *images, struct error *e)
{
    unsigned tries;
    size_t i;
    int r;

    for (tries = 0; tries < LISTED_TRIES; tries++) {
        r = list_images(c, a, images, e);
        if (r < 0)
            return r;
        for (i = 0; i < a->n; i++)
            if (a->items[i].kind == ARTIFACT_IMAGE &&
                !image_is_listed(images->data, a->items[i].image, a->items[i].image_id))
                break;
        if (i == a->n)
            return 0;
        step_wait(c, POLL_MS);
    }
    return error_set(e, -EBADMSG, "artifact %s: after its import containerd has no %s with ID %s",
                     a->items[i].name, a->items[i].image, a->items[i].image_id);
}

/* Before anything is fetched, and so before a program is replaced: a cut right after that leaves no
 * unit with the old one. */
static int note_users(struct context *c, const struct artifacts *a, size_t n, struct error *e)
{
    size_t i;
    int r = 0;

    for (i = 0; i < n && r == 0; i++)
        if (a->items[i].kind == ARTIFACT_BINARY && !a->jobs[i].done)
            r = unit_program_changes(c, a->items[i].path, e);
    return r;
}

/* What the first n jobs miss. The first failure is the step's; all are noted, and what succeeded is
 * kept. */
static int fetch_missing(struct context *c, struct artifacts *a, size_t n, struct buf *images,
                         struct error *e)
{
    struct artifact_pool pool = {.jobs = a->jobs,
                                 .n = n,
                                 .containerd = a->containerd,
                                 .import_timeout_ms = IMPORT_TIMEOUT_MS};
    struct error later = ERROR_INIT;
    bool imports = misses_images(a, n), imported = false;
    int r = check_room(c, a, n, e);
    size_t i;

    if (r < 0 || (r = note_users(c, a, n, e)) < 0 ||
        (imports && (r = image_import_begin(c, a->containerd, e)) < 0) ||
        (r = artifact_pool_start(&pool, e)) < 0)
        return r;
    while (!artifact_pool_idle(&pool)) {
        show(c, a);
        step_wait(c, POLL_MS);
    }
    artifact_pool_join(&pool);
    cut_here("artifacts", imports ? "imported" : "fetched");
    for (i = 0; i < n; i++) {
        struct artifact_job *job = &a->jobs[i];

        if (job->output.len)
            step_note(c, "%s: %s", job->artifact.name, job->output.data);
        if (!job->fresh && !job->done) {
            step_note(c, "%s", job->error.message);
            if (r == 0)
                r = error_set(e, job->error.code, "%s", job->error.message);
        } else if (job->fresh && job->artifact.kind == ARTIFACT_IMAGE) {
            imported = true;
        } else if (job->fresh && stamps_add(&a->stamps, job->target, &job->artifact, &later) < 0) {
            step_note(c, "%s", later.message); /* it costs one hash at the next boot */
        }
    }
    if (stamps_save(&a->stamps, &later) < 0)
        step_note(c, "%s", later.message);
    if (image_import_end(c, &later) < 0 && r == 0)
        r = error_set(e, later.code, "%s", later.message);
    return r < 0 || !imported ? r : check_images(c, a, images, e);
}

/* Archives are kept until their images are on the disk: a cut before that has them imported again.
 */
static void drop_archives(const struct artifacts *a)
{
    size_t i;

    for (i = 0; i < a->n; i++)
        if (a->items[i].kind == ARTIFACT_IMAGE)
            (void)unlink(a->jobs[i].target); /* one that is left costs space alone */
}

/* The container runtime may still be on its way up. */
static int wait_for_runtime(struct context *c, const struct artifacts *a, struct buf *images,
                            struct error *e)
{
    unsigned tries;
    int r = 0;

    for (tries = 0; tries < RUNTIME_TRIES; tries++) {
        if (access(a->containerd, F_OK) == 0) {
            r = list_images(c, a, images, e);
            if (r == 0)
                return 0;
        } else {
            r = error_set(e, -ENOENT, "containerd does not run: there is no %s", a->containerd);
        }
        step_progress(c, -1, "waiting for containerd");
        step_wait(c, 1000);
    }
    return r;
}

/* Where the container runtime is one of them, the programs come before anything else. */
static int get_programs(struct context *c, struct artifacts *a, struct error *e)
{
    bool needed;
    int r = kubelet_brings_runtime(c, &needed, e);

    if (r < 0 || !needed || (r = look(c, a, a->programs, "", e)) < 0 ||
        !count_missing(a, a->programs))
        return r;
    return fetch_missing(c, a, a->programs, NULL, e);
}

int artifacts_run(struct context *c, struct error *e)
{
    _cleanup_(artifacts_done) struct artifacts a = {.n = 0};
    _cleanup_buf_ struct buf images = BUF_INIT(LIST_MAX);
    int r = artifacts_init(&a, c, e);

    if (r < 0 || (r = get_programs(c, &a, e)) < 0)
        return r;
    if (a.images &&
        ((r = kubelet_runtime_bring_up(c, e)) < 0 ||
         (r = wait_for_runtime(c, &a, &images, e)) < 0 ||
         (image_import_is_open(c) && ((r = image_import_recover(c, a.containerd, e)) < 0 ||
                                      (r = list_images(c, &a, &images, e)) < 0))))
        return r;
    if ((r = look(c, &a, a.n, images.data ? images.data : "", e)) < 0)
        return r;
    if (count_missing(&a, a.n) && (r = fetch_missing(c, &a, a.n, &images, e)) < 0)
        return r;
    drop_archives(&a);
    return stamps_save(&a.stamps, e);
}
