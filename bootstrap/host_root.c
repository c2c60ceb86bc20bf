/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/file.h"
#include "common/parse.h"
#include "common/process.h"
#include "host.h"

#define SECTOR 512 /* what sysfs counts in, whatever the disk's own are */
/* Less than this after the partition is alignment and the place of GPT's second table. */
#define ROOM_WORTH (UINT64_C(16) << 20)
#define TOOL_MS 300000

/* What / is on. */
struct root_device {
    char disk[80], partition[80]; /* "/dev/vda", "/dev/vda1"; disk "" when it is no partition */
    char number[24];              /* the partition's */
    char type[32];                /* the file system's */
    uint64_t room;                /* bytes after the partition */
};

/* A number in a file of sysfs; 0 when it is not there. */
static uint64_t read_number(const char *folder, const char *name)
{
    _cleanup_free_ char *path = path_join(folder, name), *text = NULL;
    uint64_t value;
    size_t len;

    if (!path || file_read(AT_FDCWD, path, 64, &text, &len, NULL) < 0)
        return 0;
    text[strcspn(text, "\n")] = '\0';
    return parse_uint(text, UINT64_MAX, &value, NULL) < 0 ? 0 : value;
}

/* The type of what is mounted last at /: "… … … / / rw… - ext4 /dev/…". */
static void read_type(struct root_device *d)
{
    char line[4096], point[256];
    FILE *f = fopen("/proc/self/mountinfo", "re");

    if (!f)
        return;
    while (fgets(line, sizeof(line), f)) {
        const char *dash = strstr(line, " - ");

        if (dash && sscanf(line, "%*s %*s %*s %*s %255s", point) == 1 && strcmp(point, "/") == 0)
            (void)sscanf(dash, " - %31s", d->type);
    }
    (void)fclose(f); /* was only read */
}

/* False when / is on no block device of its own (overlay, network, several devices). */
static bool read_device(struct root_device *d)
{
    _cleanup_free_ char *folder = NULL;
    char link[64], *slash;
    uint64_t end;
    struct stat st;

    *d = (struct root_device){0};
    if (stat("/", &st) < 0)
        return false;
    (void)snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
    folder = realpath(link, NULL); /* …/block/vda/vda1 or …/block/vda */
    slash = folder ? strrchr(folder, '/') : NULL;
    if (!slash)
        return false;
    read_type(d);
    (void)snprintf(d->partition, sizeof(d->partition), "/dev/%s", slash + 1);
    (void)snprintf(d->number, sizeof(d->number), "%llu",
                   (unsigned long long)read_number(folder, "partition"));
    if (strcmp(d->number, "0") == 0)
        return true;
    end = read_number(folder, "start") + read_number(folder, "size");
    *slash = '\0';
    if (read_number(folder, "size") > end)
        d->room = (read_number(folder, "size") - end) * SECTOR;
    slash = strrchr(folder, '/');
    (void)snprintf(d->disk, sizeof(d->disk), "/dev/%s", slash ? slash + 1 : "");
    return true;
}

/* "grow_root": false in the config, and the root of another machine's tree. */
static bool is_to_stay(const struct context *c)
{
    json_t *system = json_object_get(c->config, "system");

    return c->root[0] || json_is_false(json_object_get(system, "grow_root"));
}

uint64_t host_root_room(const struct context *c)
{
    struct root_device d;

    if (is_to_stay(c) || !read_device(&d) || d.room < ROOM_WORTH)
        return 0;
    return d.room;
}

/* ", +" to sfdisk: where it begins now, as long as it can be. It moves GPT's second table to the
 * disk's end. The disk is in use, so it is partx that tells the kernel. */
static int grow_partition(struct context *c, const struct root_device *d, struct error *e)
{
    const char *const growpart[] = {"growpart", d->disk, d->number, NULL};
    const char *const partx[] = {"partx", "--update", "--nr", d->number, d->disk, NULL};
    const char *const sfdisk[] = {"sfdisk",  "--force", "--no-reread", "-N",
                                  d->number, d->disk,   NULL};
    const struct process p = {
        .argv = sfdisk, .input = ", +\n", .input_len = 4, .timeout_ms = TOOL_MS};
    int r;

    if (host_has(c, "/usr/bin/growpart"))
        return step_run_program(c, growpart, TOOL_MS, NULL, e);
    r = step_run_process(c, &p, e);
    return r < 0 ? r : step_run_program(c, partx, TOOL_MS, NULL, e);
}

static int grow_file_system(struct context *c, const struct root_device *d, struct error *e)
{
    const char *const ext4[] = {"resize2fs", d->partition, NULL};
    const char *const xfs[] = {"xfs_growfs", "/", NULL};

    if (strcmp(d->type, "ext4") == 0 || strcmp(d->type, "ext3") == 0)
        return step_run_program(c, ext4, TOOL_MS, NULL, e);
    if (strcmp(d->type, "xfs") == 0)
        return step_run_program(c, xfs, TOOL_MS, NULL, e);
    step_note(c, "/ is %s: its size is left as it is", d->type);
    return 0;
}

/* After a cut between the two the partition has no room left to see, so the file system's tool is
 * run each time: it compares the sizes itself. */
int host_root_size(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    struct root_device d;
    int r;

    *ret_same = true;
    if (is_to_stay(c) || !read_device(&d) || !d.disk[0])
        return 0;
    if (d.room >= ROOM_WORTH) {
        *ret_same = false;
        if (!apply)
            return 0;
        r = grow_partition(c, &d, e);
        if (r < 0)
            return r;
    }
    return apply ? grow_file_system(c, &d, e) : 0;
}
