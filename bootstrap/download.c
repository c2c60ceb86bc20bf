/* SPDX-License-Identifier: Apache-2.0 */
#include "download.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/parse.h"
#include "crypto.h"

#define CONNECT_MS 10000
#define SLOWEST_BYTES_PER_MS 20 /* 20 KB/s: slower is tried again, from where it stopped */
#define RETRY_BASE_MS 500
#define RETRY_CAP_MS 15000
#define CHUNK ((size_t)256 * 1024)

/* One partial file, its bytes so far and their digest. */
struct partial {
    const struct download *d;
    struct fetch_response *response; /* what the sink goes by */
    struct sha256 *sha256;
    int fd;
    uint64_t offset;
    bool resumed; /* this request asked for the rest */
    struct error *e;
};

static void partial_done(struct partial *p)
{
    sha256_free(p->sha256);
    closep(&p->fd);
}

static void show(const struct partial *p)
{
    if (p->d->got)
        atomic_store_explicit(p->d->got, p->offset, memory_order_relaxed);
}

static int partial_restart(struct partial *p)
{
    sha256_free(p->sha256);
    p->sha256 = sha256_new();
    p->offset = 0;
    show(p);
    if (!p->sha256)
        return error_oom(p->e);
    if (ftruncate(p->fd, 0) < 0)
        return error_set_errno(p->e, -errno, "truncating %s.part", p->d->path);
    return 0;
}

/* Adds fd's bytes to the digest; *ret_offset is where they ended. */
static int add_file(int fd, struct sha256 *sha256, uint64_t max, uint64_t *ret_offset,
                    struct error *e)
{
    _cleanup_free_ char *chunk = malloc(CHUNK);
    uint64_t at = 0;

    if (!chunk)
        return error_oom(e);
    while (at < max) {
        ssize_t n = pread(fd, chunk, max - at < CHUNK ? (size_t)(max - at) : CHUNK, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(e, -errno, "reading");
        if (n == 0)
            break;
        if (sha256_add(sha256, chunk, (size_t)n) < 0)
            return error_set(e, -EIO, "SHA-256 failed");
        at += (uint64_t)n;
    }
    *ret_offset = at;
    return 0;
}

/* What an earlier run left is carried on; more than the whole is nothing to carry on. */
static int partial_open(struct partial *p, const char *path)
{
    struct stat st;
    int r;

    p->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (p->fd < 0)
        return error_set_errno(p->e, -errno, "opening %s", path);
    if (fstat(p->fd, &st) < 0 || !S_ISREG(st.st_mode))
        return error_set(p->e, -EINVAL, "%s is not a regular file", path);
    p->sha256 = sha256_new();
    if (!p->sha256)
        return error_oom(p->e);
    if ((uint64_t)st.st_size > p->d->size)
        return partial_restart(p);
    r = add_file(p->fd, p->sha256, p->d->size, &p->offset, p->e);
    show(p);
    return r < 0 ? error_wrap(p->e, "%s", path) : 0;
}

static int take(const void *data, size_t len, void *userdata)
{
    struct partial *p = userdata;
    const char *bytes = data;
    int r;

    /* the whole file although a part was asked for: it has changed, or Range is not supported */
    if (p->response->status == 200 && p->resumed) {
        p->resumed = false;
        r = partial_restart(p);
        if (r < 0)
            return r;
    }
    if (len > p->d->size - p->offset)
        return error_set(p->e, -EBADMSG, "%s is longer than the %llu bytes it should have",
                         p->d->url, (unsigned long long)p->d->size);
    if (sha256_add(p->sha256, data, len) < 0)
        return error_set(p->e, -EIO, "SHA-256 failed");
    while (len > 0) {
        ssize_t n = pwrite(p->fd, bytes, len, (off_t)p->offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(p->e, -errno, "writing %s.part", p->d->path);
        bytes += n;
        len -= (size_t)n;
        p->offset += (uint64_t)n;
    }
    show(p);
    return 0;
}

/* One request. -EAGAIN for an answer that may be better later. */
static int request(struct fetcher *f, struct partial *p)
{
    struct fetch_response response = {.status = 0};
    struct fetch_request request = {
        .method = "GET",
        .url = p->d->url,
        .connect_timeout_ms = CONNECT_MS,
        .total_timeout_ms = 60000 + p->d->size / SLOWEST_BYTES_PER_MS,
        .resume_from = p->offset,
        .if_range = p->offset ? p->d->sha256 : NULL,
        .max_body = SIZE_MAX, /* take() has the limit */
        .sink = take,
        .sink_data = p,
    };
    int r;

    p->response = &response;
    p->resumed = p->offset > 0;
    r = fetch(f, &request, &response, p->e);
    if (r < 0)
        return r;
    switch (response.status) {
    case 200:
    case 206:
        return p->offset == p->d->size
                   ? 0
                   : error_set(p->e, -EBADMSG, "%s has %llu bytes, expected %llu", p->d->url,
                               (unsigned long long)p->offset, (unsigned long long)p->d->size);
    case 404:
    case 410:
        return error_set(p->e, -ENOENT, "%s: the server does not have it", p->d->url);
    case 416: /* what we have is not a beginning of what it has */
        r = partial_restart(p);
        return r < 0 ? r : error_set(p->e, -EAGAIN, "%s: HTTP status 416", p->d->url);
    case 429:
        return error_set(p->e, -EAGAIN, "%s: HTTP status 429", p->d->url);
    default:
        return error_set(p->e, response.status >= 500 ? -EAGAIN : -EPROTO, "%s: HTTP status %d",
                         p->d->url, response.status);
    }
}

static bool passes(int r)
{
    static const int codes[] = {-EAGAIN,    -ECONNREFUSED, -ECONNRESET, -EHOSTUNREACH,
                                -ETIMEDOUT, -ENETUNREACH,  -EPIPE};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(codes); i++)
        if (codes[i] == r)
            return true;
    return false;
}

/* Fetches until all bytes are there; what stops is carried on as long as something arrives. */
static int fetch_all(struct fetcher *f, struct partial *p)
{
    unsigned tries = 0;

    while (p->offset < p->d->size || p->d->size == 0) {
        uint64_t before = p->offset;
        int r = request(f, p);

        if (r == 0 || !passes(r))
            return r;
        tries = p->offset > before ? 0 : tries + 1;
        if (tries == DOWNLOAD_TRIES)
            return r;
        clock_sleep_ms(backoff_ms(tries, RETRY_BASE_MS, RETRY_CAP_MS));
    }
    return 0;
}

/* The digest of what arrived; ends the stream. */
static int check_digest(struct partial *p)
{
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];

    if (sha256_end(p->sha256, digest) < 0)
        return error_set(p->e, -EIO, "SHA-256 failed");
    format_hex(digest, sizeof(digest), hex);
    if (strcmp(hex, p->d->sha256) != 0)
        return error_set(p->e, -EBADMSG, "%s has SHA-256 %s, expected %s", p->d->url, hex,
                         p->d->sha256);
    return 0;
}

int download_run(struct fetcher *f, const struct download *d, struct error *e)
{
    _cleanup_(partial_done) struct partial p = {.d = d, .fd = -1, .e = e};
    _cleanup_free_ char *path = NULL;
    bool fresh;
    int r;

    if (asprintf(&path, "%s.part", d->path) < 0) {
        path = NULL;
        return error_oom(e);
    }
    if ((r = file_make_parents(path, 0755, e)) < 0 || (r = partial_open(&p, path)) < 0)
        return r;
    fresh = p.offset == 0;
    r = fetch_all(f, &p);
    if (r == 0)
        r = check_digest(&p);
    if (r == -EBADMSG && !fresh) { /* what was kept from earlier was no part of it */
        r = partial_restart(&p);
        if (r == 0)
            r = fetch_all(f, &p);
        if (r == 0)
            r = check_digest(&p);
    }
    if (r == -EBADMSG)
        (void)unlink(path); /* nothing to carry on; a leftover would be found out as well */
    if (r < 0)
        return r;
    if (fchmod(p.fd, d->mode) < 0 || fsync(p.fd) < 0)
        return error_set_errno(e, -errno, "syncing %s", path);
    if (rename(path, d->path) < 0)
        return error_set_errno(e, -errno, "renaming %s to %s", path, d->path);
    return file_sync_folder_of(AT_FDCWD, d->path, e);
}

int file_has_digest(const char *path, uint64_t size, const char *sha256, bool *ret, struct error *e)
{
    _cleanup_(sha256_freep) struct sha256 *stream = NULL;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    struct stat st;
    uint64_t got;
    int r;

    *ret = false;
    if (fd < 0)
        return errno == ENOENT ? 0 : error_set_errno(e, -errno, "opening %s", path);
    if (fstat(fd, &st) < 0)
        return error_set_errno(e, -errno, "%s", path);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
        return 0;
    stream = sha256_new();
    if (!stream)
        return error_oom(e);
    r = add_file(fd, stream, size, &got, e);
    if (r < 0)
        return error_wrap(e, "%s", path);
    if (sha256_end(stream, digest) < 0)
        return error_set(e, -EIO, "SHA-256 failed");
    format_hex(digest, sizeof(digest), hex);
    *ret = got == size && !strcmp(hex, sha256);
    return 0;
}
