/* SPDX-License-Identifier: Apache-2.0 */
#include "install_writer.h"

#include <linux/fs.h>
#include <stdbool.h>
#include <sys/ioctl.h>

#define CHUNK ((size_t)1024 * 1024)
#define BLOCK ((size_t)4096)
/* Shorter runs of zeros are cheaper to write than to ask for. */
#define ZERO_RUN_MIN ((uint64_t)64 * 1024)
/* So much may wait in the page cache: progress is what is on the disk, and so are its errors. */
#define SYNC_EVERY ((uint64_t)64 * 1024 * 1024)

static const uint8_t zeros[64 * 1024];

struct image_writer {
    int fd;
    const char *name;
    uint64_t raw_size;
    uint8_t *head, *chunk;
    uint64_t flushed; /* bytes before the chunk */
    size_t fill;
    uint64_t zero_at, zero_len; /* zeros before flushed that are still to be written */
    uint64_t unsynced;
};

int disk_write(int fd, const void *data, size_t len, uint64_t offset, struct error *e)
{
    const uint8_t *bytes = data;

    while (len > 0) {
        ssize_t n = pwrite(fd, bytes, len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(e, -errno, "writing at byte %llu", (unsigned long long)offset);
        if (n == 0)
            return error_set(e, -ENOSPC, "nothing can be written at byte %llu",
                             (unsigned long long)offset);
        bytes += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

int disk_zero(int fd, uint64_t offset, uint64_t size, struct error *e)
{
    uint64_t range[2] = {offset, size};
    int r = 0;

    /* Not for regular files, and only whole sectors: then they are written. */
    if (size >= ZERO_RUN_MIN && ioctl(fd, BLKZEROOUT, range) == 0)
        return 0;
    while (size > 0 && r == 0) {
        size_t n = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);

        r = disk_write(fd, zeros, n, offset, e);
        offset += n;
        size -= n;
    }
    return r;
}

int image_writer_new(int fd, const char *name, uint64_t raw_size, struct image_writer **ret,
                     struct error *e)
{
    _cleanup_(image_writer_freep) struct image_writer *w = calloc(1, sizeof(*w));

    if (!w)
        return error_oom(e);
    w->fd = fd;
    w->name = name;
    w->raw_size = raw_size;
    w->head = calloc(1, IMAGE_HEAD);
    w->chunk = malloc(CHUNK);
    if (!w->head || !w->chunk)
        return error_oom(e);
    *ret = TAKE_PTR(w);
    return 0;
}

void image_writer_free(struct image_writer *w)
{
    if (!w)
        return;
    free(w->head);
    free(w->chunk);
    free(w);
}

uint64_t image_writer_at(const struct image_writer *w)
{
    return w->flushed + w->fill;
}

const uint8_t *image_writer_head(const struct image_writer *w)
{
    return w->head;
}

static bool is_zero(const uint8_t *data, size_t len)
{
    return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}

static int failed(const struct image_writer *w, int r, struct error *e)
{
    return r < 0 ? error_wrap(e, "%s", w->name) : 0;
}

static int write_zeros(struct image_writer *w, struct error *e)
{
    int r = w->zero_len ? disk_zero(w->fd, w->zero_at, w->zero_len, e) : 0;

    w->zero_len = 0;
    return failed(w, r, e);
}

static int sync_disk(struct image_writer *w, struct error *e)
{
    w->unsynced = 0;
    if (fdatasync(w->fd) < 0)
        return error_set_errno(e, -errno, "%s: writing up to byte %llu", w->name,
                               (unsigned long long)w->flushed);
    return 0;
}

/* data is for the disk's byte at; blocks of zeros gather, the rest goes out in runs. */
static int write_piece(struct image_writer *w, const uint8_t *data, size_t len, uint64_t at,
                       struct error *e)
{
    size_t begin = 0, end;
    int r;

    while (begin < len) {
        size_t n = len - begin < BLOCK ? len - begin : BLOCK;
        bool zero = is_zero(data + begin, n);

        for (end = begin + n; end < len; end += n) {
            n = len - end < BLOCK ? len - end : BLOCK;
            if (is_zero(data + end, n) != zero)
                break;
        }
        if (zero) {
            if (!w->zero_len)
                w->zero_at = at + begin;
            w->zero_len += end - begin;
        } else {
            r = write_zeros(w, e);
            if (r == 0)
                r = failed(w, disk_write(w->fd, data + begin, end - begin, at + begin, e), e);
            if (r < 0)
                return r;
        }
        begin = end;
    }
    return 0;
}

/* The chunk is either all head or all disk: it is as long as the head. */
static int flush(struct image_writer *w, struct error *e)
{
    int r = 0;

    if (w->flushed < IMAGE_HEAD)
        memcpy(w->head + w->flushed, w->chunk, w->fill);
    else
        r = write_piece(w, w->chunk, w->fill, w->flushed, e);
    w->flushed += w->fill;
    w->unsynced += w->fill;
    w->fill = 0;
    if (r == 0 && w->unsynced >= SYNC_EVERY)
        r = sync_disk(w, e);
    return r;
}

_Static_assert(CHUNK == IMAGE_HEAD, "a chunk is the head, or behind it");

int image_writer_add(struct image_writer *w, const void *data, size_t len, struct error *e)
{
    const uint8_t *bytes = data;

    if (len > w->raw_size - image_writer_at(w))
        return error_set(e, -EBADMSG, "the image is longer than its raw_size of %llu bytes",
                         (unsigned long long)w->raw_size);
    while (len > 0) {
        size_t n = len < CHUNK - w->fill ? len : CHUNK - w->fill;
        int r;

        memcpy(w->chunk + w->fill, bytes, n);
        w->fill += n;
        bytes += n;
        len -= n;
        r = w->fill == CHUNK ? flush(w, e) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

int image_writer_end(struct image_writer *w, struct error *e)
{
    int r;

    if (image_writer_at(w) != w->raw_size)
        return error_set(e, -EBADMSG, "the image ends after %llu bytes, its raw_size is %llu",
                         (unsigned long long)image_writer_at(w), (unsigned long long)w->raw_size);
    r = flush(w, e);
    if (r == 0)
        r = write_zeros(w, e);
    return r == 0 ? sync_disk(w, e) : r;
}
