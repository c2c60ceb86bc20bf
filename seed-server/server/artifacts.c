/* SPDX-License-Identifier: Apache-2.0 */
#include "artifacts.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/log.h"
#include "range.h"

#define CONTENT_TYPE "application/octet-stream"

struct artifact {
    const char *name; /* the plan's, which outlives us */
    char sha256[SHA256_TEXT_SIZE], etag[SHA256_TEXT_SIZE + 2];
    struct stat checked;
    int fd; /* -1: left out */
    struct http_answer *whole;
};

struct artifacts {
    struct plan *plan;
    size_t n;
    struct artifact *items;      /* sorted by name */
    struct artifact **by_digest; /* sorted by sha256 */
};

static int open_below(int folder, const char *file)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, folder, file, &how, sizeof(how));

    if (fd >= 0)
        return fd;
    if (errno != ENOSYS && errno != EPERM) /* EPERM: a container's filter that does not know it */
        return -errno;
    if (strchr(file, '/') || strcmp(file, "..") == 0)
        return -EXDEV;
    fd = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/* What tells a file that did not change. */
static void describe(const struct stat *st, char *ret, size_t size)
{
    (void)snprintf(ret, size, "%llu %llu %lld %lld.%09ld %lld.%09ld",
                   (unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
                   (long long)st->st_size, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                   (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec); /* fits: numbers only */
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    char x[160], y[160];

    describe(a, x, sizeof(x));
    describe(b, y, sizeof(y));
    return strcmp(x, y) == 0;
}

/* The digest from the store when the file is the one that was digested then, else by reading it. A
 * file that changes while it is read is found out, because its times differ afterwards. */
static int digest_of(struct artifact *a, const char *file, const struct store_view *view,
                     struct store_txn *txn, struct error *e)
{
    char key[512], what[160], value[256];
    uint8_t digest[SHA256_SIZE];
    const char *known;
    struct stat after;
    int r;

    if (snprintf(key, sizeof(key), "digest/%s", file) >= (int)sizeof(key))
        return error_set(e, -ENAMETOOLONG, "the name is too long");
    describe(&a->checked, what, sizeof(what));
    known = store_view_get(view, key, NULL);
    if (known && strlen(known) == strlen(what) + SHA256_TEXT_SIZE &&
        strncmp(known, what, strlen(what)) == 0) {
        memcpy(a->sha256, known + strlen(what) + 1, SHA256_TEXT_SIZE);
        return 0;
    }
    r = sha256_file(a->fd, digest, e);
    if (r < 0)
        return r;
    if (fstat(a->fd, &after) < 0)
        return error_set_errno(e, -errno, "looking at it");
    if (!same_file(&a->checked, &after))
        return error_set(e, -EBUSY, "it changes while it is read");
    format_hex(digest, sizeof(digest), a->sha256);
    (void)snprintf(value, sizeof(value), "%s %s", what, a->sha256); /* fits: 160 + 65 */
    store_txn_put(txn, key, value);
    return 0;
}

static int load_one(struct artifact *a, const struct plan_artifact *p, int folder,
                    const struct store_view *view, struct store_txn *txn, struct error *e)
{
    char etag_header[sizeof(a->etag) + 8];
    const char *const headers[] = {etag_header, "Accept-Ranges: bytes", NULL};
    int r, copy;

    a->fd = open_below(folder, p->file);
    if (a->fd == -ELOOP)
        return error_set(e, -ELOOP, "it is reached through a symbolic link: put the file itself");
    if (a->fd < 0)
        return error_set_errno(e, a->fd, "opening it");
    if (fstat(a->fd, &a->checked) < 0)
        return error_set_errno(e, -errno, "looking at it");
    if (!S_ISREG(a->checked.st_mode))
        return error_set(e, -EINVAL, "it is not a regular file");
    if ((uint64_t)a->checked.st_size != p->size)
        return error_set(e, -EINVAL, "it has %lld bytes, the inventory says %llu",
                         (long long)a->checked.st_size, (unsigned long long)p->size);
    r = digest_of(a, p->file, view, txn, e);
    if (r < 0)
        return r;
    if (strcasecmp(a->sha256, p->sha256) != 0)
        return error_set(e, -EINVAL, "its SHA-256 is %s, the inventory says %s", a->sha256,
                         p->sha256);
    (void)snprintf(a->etag, sizeof(a->etag), "\"%s\"", a->sha256); /* fits by its size */
    (void)snprintf(etag_header, sizeof(etag_header), "ETag: %s", a->etag);
    copy = fcntl(a->fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return error_set_errno(e, -errno, "duplicating a descriptor");
    a->whole = http_answer_from_file(copy, 0, p->size, CONTENT_TYPE, headers);
    return a->whole ? 0 : error_oom(e);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct artifact *)a)->name, ((const struct artifact *)b)->name);
}

static int by_digest(const void *a, const void *b)
{
    return strcmp((*(struct artifact *const *)a)->sha256, (*(struct artifact *const *)b)->sha256);
}

/* Not as the inventory says, but asked for by name and digest. */
static void leave_out(struct artifact *a, const struct plan_artifact *p)
{
    if (a->fd >= 0)
        (void)close(a->fd); /* only read from */
    a->fd = -1;
    for (size_t i = 0; i < sizeof(a->sha256) - 1 && p->sha256[i]; i++)
        a->sha256[i] = (char)tolower((unsigned char)p->sha256[i]);
}

/* Each is loaded or left out; only running out of memory is an error. */
static int load_all(struct artifacts *a, const char *folder, const struct store_view *view,
                    struct store_txn *txn, bool may_miss, struct problems *problems,
                    size_t *ret_left_out, struct error *e)
{
    _cleanup_close_ int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct inventory_origin where = {folder, 0};
    const struct plan_artifact *p;

    if (dir < 0)
        dir = -errno;
    *ret_left_out = 0;
    for (size_t i = 0; (p = plan_artifact(a->plan, i)); i++) {
        struct artifact *item = &a->items[i];
        struct error why = ERROR_INIT;
        int r;

        item->name = p->name;
        item->fd = -1;
        a->n = i + 1;
        r = dir < 0 ? error_set_errno(&why, dir, "opening its folder")
                    : load_one(item, p, dir, view, txn, &why);
        if (r == 0)
            continue;
        leave_out(item, p);
        (*ret_left_out)++;
        if (problems_add(problems, !may_miss, where, "artifact %s, file %s: %s", p->name, p->file,
                         why.message) < 0)
            return error_oom(e);
    }
    return 0;
}

int artifacts_load(const struct plan *plan, const char *folder, struct store *store, bool may_miss,
                   struct problems *problems, struct artifacts **ret, struct error *e)
{
    _cleanup_(artifacts_freep) struct artifacts *a = calloc(1, sizeof(*a));
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(store);
    _cleanup_(store_txn_freep) struct store_txn *txn = store_txn_new();
    size_t n = 0, left_out = 0;
    int r = 0;

    if (!a || !txn)
        return error_oom(e);
    a->plan = plan_ref((struct plan *)plan);
    while (plan_artifact(plan, n))
        n++;
    a->items = calloc(n + 1, sizeof(*a->items));
    a->by_digest = calloc(n + 1, sizeof(struct artifact *));
    if (!a->items || !a->by_digest)
        return error_oom(e);
    if (n > 0 && folder)
        r = load_all(a, folder, view, txn, may_miss, problems, &left_out, e);
    if (r < 0)
        return r;
    r = store_commit(store, TAKE_PTR(txn), e);
    if (r < 0) /* only a cache: the next load reads the files again */
        log_warning("digests of artifacts: %s, ignoring", e ? e->message : "not stored");
    if (left_out && !may_miss)
        return error_set(e, -ESTALE, "the artifacts are not as the inventory says");
    qsort(a->items, a->n, sizeof(*a->items), by_name);
    for (size_t i = 0; i < a->n; i++)
        a->by_digest[i] = &a->items[i];
    qsort(a->by_digest, a->n, sizeof(*a->by_digest), by_digest);
    *ret = TAKE_PTR(a);
    return 0;
}

void artifacts_free(struct artifacts *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n; i++) {
        http_answer_free(a->items[i].whole);
        if (a->items[i].fd >= 0)
            (void)close(a->items[i].fd); /* only read from */
    }
    free(a->items);
    free(a->by_digest);
    plan_unref(a->plan);
    free(a);
}

static const struct artifact *find(const struct artifacts *a, const char *name, bool digest)
{
    struct artifact key = {.name = name}, *key_pointer = &key, **found;

    if (!digest)
        return bsearch(&key, a->items, a->n, sizeof(*a->items), by_name);
    if (strlen(name) != SHA256_TEXT_SIZE - 1)
        return NULL;
    memcpy(key.sha256, name, SHA256_TEXT_SIZE);
    found = bsearch(&key_pointer, a->by_digest, a->n, sizeof(*a->by_digest), by_digest);
    return found ? *found : NULL;
}

static void send_part(const struct artifact *a, struct http_request *r, uint64_t offset,
                      uint64_t len)
{
    char etag[sizeof(a->etag) + 8], range[96];
    const char *const headers[] = {etag, range, "Accept-Ranges: bytes", NULL};
    int fd = fcntl(a->fd, F_DUPFD_CLOEXEC, 3);

    (void)snprintf(etag, sizeof(etag), "ETag: %s", a->etag); /* both fit by their sizes */
    (void)snprintf(range, sizeof(range), "Content-Range: bytes %llu-%llu/%lld",
                   (unsigned long long)offset, (unsigned long long)(offset + len - 1),
                   (long long)a->checked.st_size);
    if (fd < 0)
        http_send_error(r, 503, "busy, try again");
    else
        http_send(r, 206, http_answer_from_file(fd, offset, len, CONTENT_TYPE, headers));
}

static void send_status(const struct artifact *a, struct http_request *r, unsigned status)
{
    char etag[sizeof(a->etag) + 8], range[96];
    const char *const headers[] = {etag, status == 416 ? range : NULL, NULL};

    (void)snprintf(etag, sizeof(etag), "ETag: %s", a->etag); /* both fit by their sizes */
    (void)snprintf(range, sizeof(range), "Content-Range: bytes */%lld",
                   (long long)a->checked.st_size);
    http_send(r, status, http_answer_new("", 0, NULL, headers));
}

void artifacts_send(struct artifacts *artifacts, struct http_request *r, const char *name,
                    bool digest)
{
    const struct artifact *a = find(artifacts, name, digest);
    const char *range = http_header(r, "Range"), *if_range = http_header(r, "If-Range");
    uint64_t offset = 0, len = 0;
    struct stat now;

    if (!a) {
        http_send_error(r, 404, "there is no artifact of that name");
        return;
    }
    if (a->fd < 0) {
        http_send_error(r, 503, "the artifact %s is not as the inventory says: see seedctl status",
                        a->name);
        return;
    }
    /* Not the time of its attributes: a chmod or a new link leaves the bytes alone. */
    if (fstat(a->fd, &now) < 0 || now.st_size != a->checked.st_size ||
        now.st_mtim.tv_sec != a->checked.st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != a->checked.st_mtim.tv_nsec) {
        http_send_error(r, 503, "the artifact %s was changed on disk: reload the server", a->name);
        return;
    }
    if (etag_listed(http_header(r, "If-None-Match"), a->etag)) {
        send_status(a, r, 304);
        return;
    }
    /* A tag that is not this file's, or a date: the range was meant for another file. */
    if (if_range && strcmp(if_range, a->etag) != 0)
        range = NULL;
    switch (range_parse(range, (uint64_t)a->checked.st_size, &offset, &len)) {
    case RANGE_PART:
        send_part(a, r, offset, len);
        break;
    case RANGE_UNSATISFIABLE:
        send_status(a, r, 416);
        break;
    case RANGE_WHOLE:
        http_send_shared(r, 200, a->whole);
        break;
    }
}
