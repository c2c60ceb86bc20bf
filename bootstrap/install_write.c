/* SPDX-License-Identifier: Apache-2.0 */
#include "install_write.h"

#include <fcntl.h>
#include <sys/mount.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/version.h"
#include "cut.h"
#include "install_boot.h"
#include "install_image.h"
#include "install_seed.h"
#include "settings.h"

#define FSCK_MS ((uint64_t)60 * 60 * 1000)

static const char *const places[] = {
    [PLACE_ROOT] = "root",
    [PLACE_BOOT] = "boot",
    [PLACE_ESP] = "esp",
};

void install_target_done(struct install_target *t)
{
    install_disk_close(&t->disk);
    install_table_done(&t->table);
    free(t->loader);
    t->loader = NULL;
}

static const char *name_of(const struct install_target *t)
{
    return t->disk.disk->name;
}

int install_write_check(const struct install_target *t, const struct disk *disk, struct error *e)
{
    const uint64_t raw = t->config->image.raw_size;

    if (disk->size >= raw && disk->size >= 4 * IMAGE_HEAD)
        return 0;
    return error_set(
        e, -EPERM,
        "disk %s is too small: it has %llu bytes, image %s needs %llu; name another in "
        "seed_install_disk",
        disk->name, (unsigned long long)disk->size, t->config->image.name, (unsigned long long)raw);
}

/* ---- the image ---- */

static void show_written(uint64_t written, void *userdata)
{
    const struct install_target *t = userdata;
    uint64_t raw = t->config->image.raw_size;

    step_progress(t->c, (int)(written * 90 / raw), "writing %s to %s: %llu of %llu MiB",
                  t->config->image.name, name_of(t), (unsigned long long)(written >> 20),
                  (unsigned long long)((raw + (1 << 20) - 1) >> 20));
}

static void wait_for_image(uint64_t ms, const char *why, void *userdata)
{
    const struct install_target *t = userdata;

    step_note(t->c, "%s", why);
    step_progress(t->c, -1, "fetching %s: %s, carrying on in %llu s", t->config->image.name, why,
                  (unsigned long long)(ms + 999) / 1000);
    step_wait(t->c, ms);
}

static int stream_image(struct install_target *t, struct image_writer *writer, struct error *e)
{
    const struct fetch_identity identity = {.user_agent = "seed-bootstrap/" NODESEED_VERSION};
    _cleanup_(fetcher_freep) struct fetcher *fetcher = NULL;
    _cleanup_free_ char *url = NULL;
    const char *given = t->config->image.url;
    struct install_stream s = {.image = &t->config->image,
                               .writer = writer,
                               .progress = show_written,
                               .wait = wait_for_image,
                               .userdata = t};
    int r;

    if (asprintf(&url, "%s%s", given[0] == '/' ? t->c->settings->plain : "", given) < 0) {
        url = NULL;
        return error_oom(e);
    }
    r = fetcher_new(&identity, &fetcher, e);
    if (r < 0)
        return r;
    s.fetcher = fetcher;
    s.url = url;
    return install_stream_run(&s, e);
}

static int write_fresh(struct install_target *t, struct error *e)
{
    _cleanup_(image_writer_freep) struct image_writer *writer = NULL;
    int r = install_disk_mark(&t->disk, &t->intent, e);

    cut_here("install", "marked");
    if (r == 0)
        r = install_disk_clear(&t->disk, e);
    cut_here("install", "cleared");
    if (r == 0)
        r = image_writer_new(t->disk.fd, t->disk.disk->node, t->config->image.raw_size, &writer, e);
    if (r == 0)
        r = stream_image(t, writer, e);
    if (r < 0)
        return r;
    cut_here("install", "image");
    r = install_table_fit(t->c, &t->disk, image_writer_head(writer), t->config->disk_guid,
                          t->folder, &t->table, e);
    return r < 0 ? error_wrap(e, "image %s", t->config->image.name) : 0;
}

/* What is on the disk is whole: its own table, once more. */
static int read_whole(struct install_target *t, struct error *e)
{
    _cleanup_free_ uint8_t *head = malloc(IMAGE_HEAD);
    ssize_t n;
    int r;

    if (!head)
        return error_oom(e);
    n = pread(t->disk.fd, head, IMAGE_HEAD, 0);
    if (n != (ssize_t)IMAGE_HEAD)
        return error_set_errno(e, n < 0 ? -errno : -EIO, "reading %s", t->disk.disk->node);
    memset(head + INSTALL_INTENT_OFFSET, 0, INSTALL_MARK_SIZE);
    r = install_table_fit(t->c, &t->disk, head, t->config->disk_guid, t->folder, &t->table, e);
    return r < 0 ? error_wrap(e, "disk %s", name_of(t)) : 0;
}

int install_write_image(struct install_target *t, struct error *e)
{
    return t->verdict == INSTALL_WHOLE ? read_whole(t, e) : write_fresh(t, e);
}

/* ---- file systems ---- */

void install_write_tidy(struct context *c, const char *folder)
{
    (void)c;
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        _cleanup_free_ char *place = path_join(folder, places[i]);

        if (place)
            (void)umount2(place, UMOUNT_NOFOLLOW | MNT_DETACH); /* mostly it is not */
    }
}

/* Does work below the mounted file system. */
static int
with_mounted(struct install_target *t, const char *node, const char *fs, enum install_place place,
             int (*work)(struct install_target *t, const char *folder, enum install_place place,
                         const char *old_uuid, struct error *e),
             const char *old_uuid, struct error *e)
{
    _cleanup_free_ char *folder = path_join(t->folder, places[place]);
    int fd, r;

    if (!folder)
        return error_oom(e);
    r = file_make_folders(folder, 0700, e);
    if (r < 0)
        return r;
    if (mount(node, folder, fs, MS_NOATIME, NULL) < 0)
        return error_set_errno(e, -errno, "mounting %s (%s) at %s", node, fs, folder);
    r = work(t, folder, place, old_uuid, e);
    cut_here("install", "mounted");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r == 0 && (fd < 0 || syncfs(fd) < 0))
        r = error_set_errno(e, -errno, "syncing %s", folder);
    if (fd >= 0)
        (void)close(fd); /* a folder; what is below is synced */
    if (umount2(folder, UMOUNT_NOFOLLOW) < 0) {
        int code = -errno;

        /* it must not stay in the way of the next try; the first reason is the one to tell */
        (void)umount2(folder, UMOUNT_NOFOLLOW | MNT_DETACH);
        if (r == 0)
            r = error_set_errno(e, code, "unmounting %s", folder);
    }
    return r;
}

static int rename_root(struct install_target *t, const char *folder, enum install_place place,
                       const char *old_uuid, struct error *e)
{
    unsigned n;
    int r = install_seed_rename(t->c, folder, place, old_uuid, t->config->root_uuid, &n, e);

    if (r == 0 && place == PLACE_ESP && !t->loader)
        r = boot_find_loader(folder, &t->loader, e);
    if (r == -ENOENT && !t->uefi) {
        step_note(t->c, "the EFI system partition has no loader; this machine needs none");
        r = 0;
    }
    return r;
}

static int seed_root(struct install_target *t, const char *folder, enum install_place place,
                     const char *old_uuid, struct error *e)
{
    int r = rename_root(t, folder, place, old_uuid, e);

    return r == 0 ? install_seed_root(t->c, folder, t->config, t->seed_token, t->nic, e) : r;
}

/* The file system on a partition: its type and UUID, as libblkid has them. */
static int probe_partition(const char *node, uint64_t size, struct disk_probe *ret, struct error *e)
{
    _cleanup_close_ int fd = open(node, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return error_set_errno(e, -errno, "%s", node);
    *ret = (struct disk_probe){.content = DISK_UNKNOWN};
    return disk_probe_content(fd, size, ret, e);
}

/* e2fsck ends with 1 when it has repaired something: once more, and it is content. */
static int check_filesystem(struct install_target *t, const char *node, struct error *e)
{
    const char *const argv[] = {"e2fsck", "-f", "-y", node, NULL};
    int r = step_run_program(t->c, argv, FSCK_MS, NULL, NULL);

    if (r == -ECHILD)
        r = step_run_program(t->c, argv, FSCK_MS, NULL, e);
    return r < 0 && r != -ECHILD ? error_set_errno(e, r, "e2fsck %s", node) : r;
}

static int do_root(struct install_target *t, char old_uuid[UUID_TEXT_SIZE], struct error *e)
{
    const struct install_partition *p = &t->table.layout.items[t->table.layout.root];
    const char *uuid = t->config->root_uuid;
    _cleanup_free_ char *node = NULL;
    struct disk_probe probe;
    int r = install_disk_add(&t->disk, p, &node, e);

    if (r == 0)
        r = probe_partition(node, p->size, &probe, e);
    if (r < 0)
        return r;
    if (probe.content != DISK_FILESYSTEM || strcmp(probe.type, "ext4") != 0)
        return error_set(e, -EINVAL,
                         "image %s: partition %u, the one for root, has %s%s; the installer can "
                         "grow and name ext4 alone",
                         t->config->image.name, p->number,
                         probe.type[0] ? probe.type : "no ext4 file system",
                         t->table.layout.grows ? "" : " (it is not the last one)");
    memcpy(old_uuid, probe.uuid, UUID_TEXT_SIZE);
    step_progress(t->c, 91, "checking and growing root, %llu MiB on %s",
                  (unsigned long long)(p->size >> 20), name_of(t));
    r = check_filesystem(t, node, e);
    if (r == 0) {
        const char *const grow[] = {"resize2fs", node, NULL};

        r = step_run_program(t->c, grow, FSCK_MS, NULL, e);
    }
    cut_here("install", "grown");
    if (r == 0 && strcmp(old_uuid, uuid) != 0) {
        const char *const name[] = {"tune2fs", "-f", "-U", uuid, node, NULL};

        r = step_run_program(t->c, name, FSCK_MS, NULL, e);
    }
    if (r < 0)
        return error_wrap(e, "root, partition %u of %s", p->number, name_of(t));
    cut_here("install", "named");
    step_progress(t->c, 95, "making root this host's");
    return with_mounted(t, node, "ext4", PLACE_ROOT, seed_root, old_uuid, e);
}

/* Boot partitions and the ESP: only where boot loaders say which file system is root. */
static int do_other(struct install_target *t, const struct install_partition *p,
                    const char *old_uuid, struct error *e)
{
    bool esp = p->kind == PARTITION_ESP;
    _cleanup_free_ char *node = NULL;
    struct disk_probe probe;
    int r = install_disk_add(&t->disk, p, &node, e);

    if (r == 0)
        r = probe_partition(node, p->size, &probe, e);
    if (r < 0)
        return r;
    if (esp && strcmp(probe.type, "vfat") == 0) {
        r = with_mounted(t, node, "vfat", PLACE_ESP, rename_root, old_uuid, e);
        if (r == -ENODEV && !t->uefi) {
            step_note(t->c, "this kernel has no vfat; the EFI system partition stays as it is");
            return 0;
        }
        return r;
    }
    if (!esp && probe.content == DISK_FILESYSTEM && strcmp(probe.type, "ext4") == 0)
        return with_mounted(t, node, "ext4", PLACE_BOOT, rename_root, old_uuid, e);
    return 0;
}

static int check_uefi(const struct install_target *t, struct error *e)
{
    if (!t->uefi || t->table.layout.esp >= 0)
        return 0;
    return error_set(
        e, -EINVAL,
        "image %s has no EFI system partition, and this machine starts by UEFI: use an "
        "image that has one, or set the firmware to BIOS (CSM)",
        t->config->image.name);
}

int install_write_systems(struct install_target *t, struct error *e)
{
    const struct install_layout *l = &t->table.layout;
    char old_uuid[UUID_TEXT_SIZE];
    struct error ignored = ERROR_INIT;
    int r = check_uefi(t, e);

    if (r < 0)
        return r;
    install_disk_unclaim(&t->disk);
    r = do_root(t, old_uuid, e);
    for (size_t i = 0; i < l->n && r == 0; i++)
        if ((int)i != l->root &&
            (l->items[i].kind == PARTITION_LINUX || l->items[i].kind == PARTITION_ESP))
            r = do_other(t, &l->items[i], old_uuid, e);
    if (r == 0)
        r = install_disk_forget(&t->disk, e);
    else if (install_disk_forget(&t->disk, &ignored) < 0)
        step_note(t->c, "%s", ignored.message);
    if (r == 0 && fsync(t->disk.fd) < 0)
        r = error_set_errno(e, -errno, "syncing %s", t->disk.disk->node);
    return r;
}

/* ---- the end ---- */

int install_write_end(struct install_target *t, struct error *e)
{
    int r;

    if (t->verdict == INSTALL_WHOLE)
        return 0;
    cut_here("install", "seeded");
    step_progress(t->c, 98, "writing the partition table of %s", name_of(t));
    r = install_table_write(&t->disk, &t->table, e);
    if (r < 0)
        return r;
    cut_here("install", "table");
    t->intent.state = INSTALL_IS_WHOLE;
    r = install_disk_mark(&t->disk, &t->intent, e);
    if (r == 0)
        t->verdict = INSTALL_WHOLE;
    cut_here("install", "whole");
    return r;
}
