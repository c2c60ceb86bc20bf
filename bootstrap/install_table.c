/* SPDX-License-Identifier: Apache-2.0 */
#include "install_table.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/process.h"
#include "cut.h"

#define SFDISK_MS 120000
#define LOGICAL_MAX 128

/* Little-endian numbers of MBRs and GPT headers. */
static uint64_t get_le(const uint8_t *bytes, size_t n)
{
    uint64_t value = 0;

    while (n-- > 0)
        value = value << 8 | bytes[n];
    return value;
}

void install_table_done(struct install_table *t)
{
    free(t->head);
    free(t->tail);
    *t = (struct install_table){.head = NULL};
}

static int run_sfdisk(struct context *c, const char *const *argv, const char *input,
                      struct buf *output, struct error *e)
{
    struct process p = {.argv = argv,
                        .input = input,
                        .input_len = input ? strlen(input) : 0,
                        .timeout_ms = SFDISK_MS,
                        .output = output};

    return step_run_process(c, &p, e);
}

/* The tables of an MBR's logical partitions are a chain of sectors between the partitions
 * themselves; sfdisk is to see them too. */
static int copy_logical(const struct install_disk *d, const uint8_t *head, int fd, struct error *e)
{
    uint64_t first = 0, at;

    for (size_t i = 0; i < 4; i++) {
        const uint8_t *entry = head + 446 + 16 * i;

        if (entry[4] == 0x05 || entry[4] == 0x0f || entry[4] == 0x85)
            first = get_le(entry + 8, 4);
    }
    at = first;
    for (int n = 0; at && n < LOGICAL_MAX; n++) {
        uint8_t sector[INSTALL_SECTOR];
        const uint8_t *next = sector + 446 + 16;
        uint64_t offset = at * INSTALL_SECTOR;
        int r;

        if (offset < IMAGE_HEAD || offset > d->disk->size - INSTALL_SECTOR)
            return error_set(e, -EINVAL, "its extended partition is outside of the disk");
        r = fd_read_at(d->fd, sector, sizeof(sector), offset, e);
        if (r == 0)
            r = disk_write(fd, sector, sizeof(sector), offset, e);
        if (r < 0)
            return r;
        at = next[4] ? first + get_le(next + 8, 4) : 0;
    }
    return 0;
}

static int make_file(const struct install_disk *d, const uint8_t *head, const char *path, int *ret,
                     struct error *e)
{
    _cleanup_close_ int fd = -1;
    int r;

    (void)unlink(path); /* of an earlier try; there may be none */
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(e, -errno, "%s", path);
    if (ftruncate(fd, (off_t)d->disk->size) < 0)
        return error_set_errno(e, -errno, "%s: a sparse file of the disk's size", path);
    r = disk_write(fd, head, IMAGE_HEAD, 0, e);
    if (r == 0)
        r = copy_logical(d, head, fd, e);
    if (r < 0)
        return r;
    *ret = TAKE_FD(fd);
    return 0;
}

static int read_layout(struct context *c, const char *path, struct install_layout *ret,
                       struct error *e)
{
    const char *const argv[] = {"sfdisk", "--json", path, NULL};
    _cleanup_buf_ struct buf text = BUF_INIT(INSTALL_LAYOUT_TEXT_MAX);
    int r = run_sfdisk(c, argv, NULL, &text, e);

    if (r == -ECHILD)
        return error_set(e, -EINVAL, "it has no partition table that sfdisk can read");
    if (r < 0)
        return r;
    return install_layout_parse(text.data ? text.data : "", text.len, path, ret, e);
}

/* The disk's own place for the backup GPT, its own GUID, and root up to the end. */
static int fit(struct context *c, const char *path, const char *guid,
               const struct install_layout *l, struct error *e)
{
    char number[16];
    const char *const relocate[] = {"sfdisk",     "--quiet",     "--no-reread", "--no-tell-kernel",
                                    "--relocate", "gpt-bak-std", path,          NULL};
    const char *const identify[] = {"sfdisk",    "--quiet", "--no-reread", "--no-tell-kernel",
                                    "--disk-id", path,      guid,          NULL};
    const char *const grow[] = {"sfdisk",
                                "--quiet",
                                "--no-reread",
                                "--no-tell-kernel",
                                "--wipe",
                                "never",
                                "--wipe-partitions",
                                "never",
                                "-N",
                                number,
                                path,
                                NULL};
    int r = 0;

    (void)snprintf(number, sizeof(number), "%u", l->items[l->root].number);
    if (l->gpt) {
        r = run_sfdisk(c, relocate, NULL, NULL, e);
        if (r == 0)
            r = run_sfdisk(c, identify, NULL, NULL, e);
    }
    if (r == 0 && l->grows)
        r = run_sfdisk(c, grow, ", +\n", NULL, e);
    return r;
}

/* The backup GPT: from its entries, whose place its header in the last sector names, to the end. */
static int take_tail(const struct install_disk *d, int fd, struct install_table *t, struct error *e)
{
    uint64_t last = d->disk->size - INSTALL_SECTOR, entries;
    uint8_t sector[INSTALL_SECTOR];
    int r = fd_read_at(fd, sector, sizeof(sector), last, e);

    if (r < 0)
        return r;
    entries = get_le(sector + 72, 8) * INSTALL_SECTOR;
    if (memcmp(sector, "EFI PART", 8) != 0 || entries >= last ||
        d->disk->size - entries > INSTALL_TAIL_MAX)
        return error_set(e, -EIO, "sfdisk left no backup GPT at the disk's end");
    t->tail_len = (size_t)(d->disk->size - entries);
    t->tail = malloc(t->tail_len);
    return t->tail ? fd_read_at(fd, t->tail, t->tail_len, entries, e) : error_oom(e);
}

static bool is_zero(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (data[i])
            return false;
    return true;
}

static int fit_file(struct context *c, const struct install_disk *d, const uint8_t *head,
                    const char *guid, const char *path, struct install_table *t, struct error *e)
{
    _cleanup_close_ int fd = -1;
    int r = make_file(d, head, path, &fd, e);

    if (r >= 0)
        r = read_layout(c, path, &t->layout, e);
    if (r >= 0)
        r = install_layout_check_room(&t->layout, INSTALL_INTENT_OFFSET, INSTALL_MARK_SIZE, e);
    if (r >= 0)
        r = fit(c, path, guid, &t->layout, e);
    if (r >= 0)
        r = read_layout(c, path, &t->layout, e);
    if (r < 0)
        return r;
    t->head = malloc(IMAGE_HEAD);
    if (!t->head)
        return error_oom(e);
    /* sfdisk may have replaced nothing but bytes; the file is still the one that fd has open. */
    r = fd_read_at(fd, t->head, IMAGE_HEAD, 0, e);
    if (r >= 0 && t->layout.gpt)
        r = take_tail(d, fd, t, e);
    return r;
}

int install_table_fit(struct context *c, const struct install_disk *d, const uint8_t *head,
                      const char *guid, const char *folder, struct install_table *ret,
                      struct error *e)
{
    _cleanup_table_ struct install_table t = {.head = NULL};
    _cleanup_free_ char *path = path_join(folder, "table");
    int r;

    if (!path)
        return error_oom(e);
    if (!is_zero(head + INSTALL_INTENT_OFFSET, INSTALL_MARK_SIZE))
        return error_set(e, -EINVAL,
                         "it has something at byte %llu, between boot code and partitions, where "
                         "images have nothing",
                         (unsigned long long)INSTALL_INTENT_OFFSET);
    r = fit_file(c, d, head, guid, path, &t, e);
    (void)unlink(path); /* in memory, and made anew by the next try */
    if (r < 0)
        return r;
    *ret = t;
    t = (struct install_table){.head = NULL};
    return 0;
}

int install_table_write(const struct install_disk *d, const struct install_table *t,
                        struct error *e)
{
    const uint64_t behind = INSTALL_INTENT_OFFSET + INSTALL_MARK_SIZE;
    int r = 0;

    if (t->tail_len)
        r = disk_write(d->fd, t->tail, t->tail_len, d->disk->size - t->tail_len, e);
    if (r == 0)
        r = disk_write(d->fd, t->head + INSTALL_SECTOR, INSTALL_INTENT_OFFSET - INSTALL_SECTOR,
                       INSTALL_SECTOR, e);
    if (r == 0)
        r = disk_write(d->fd, t->head + behind, IMAGE_HEAD - behind, behind, e);
    if (r == 0 && fsync(d->fd) < 0)
        r = error_set_errno(e, -errno, "syncing");
    cut_here("install", "table-behind");
    if (r == 0)
        r = disk_write(d->fd, t->head, INSTALL_SECTOR, 0, e);
    if (r == 0 && fsync(d->fd) < 0)
        r = error_set_errno(e, -errno, "syncing");
    return r < 0 ? error_wrap(e, "disk %s: writing the partition table", d->disk->name) : 0;
}
