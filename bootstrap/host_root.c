/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/file.h"
#include "common/parse.h"
#include "host.h"
#include "partition_grow.h"

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

/* folder: sysfs's of the partition. A disk that cannot be read has no room. */
static uint64_t read_room(const char *folder, const char *disk)
{
    _cleanup_close_ int fd = open(disk, O_RDONLY | O_CLOEXEC);
    uint8_t mbr[PARTITION_MBR_SIZE];

    if (fd < 0 || fd_read_at(fd, mbr, sizeof(mbr), 0, NULL) < 0)
        return 0;
    return partition_room(folder, mbr);
}

/* False when / is on no block device of its own (overlay, network, several devices). */
static bool read_device(struct root_device *d)
{
    _cleanup_free_ char *folder = NULL, *number = NULL, *disk = NULL;
    char link[64], *slash;
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
    number = path_join(folder, "partition");
    if (!number || !file_read_line(AT_FDCWD, number, d->number, sizeof(d->number)) || !d->number[0])
        return true;
    disk = strndup(folder, (size_t)(slash - folder));
    slash = disk ? strrchr(disk, '/') : NULL;
    if (!slash)
        return false;
    (void)snprintf(d->disk, sizeof(d->disk), "/dev/%s", slash + 1);
    d->room = read_room(folder, d->disk);
    return true;
}

/* "grow_root": false in the config, and the root of another machine's tree. */
static bool is_to_stay(const struct context *c)
{
    json_t *system = json_object_get(c->config, "system");

    return c->root[0] || json_is_false(json_object_get(system, "grow_root"));
}

/* The file systems that have a program which makes them larger while they are mounted. */
static const struct grower {
    const char *type, *program;
    bool by_place; /* named by where it is mounted */
} growers[] = {
    {"ext3", "resize2fs",  false},
    {"ext4", "resize2fs",  false},
    {"xfs",  "xfs_growfs", true },
};

static const struct grower *find_grower(const char *type)
{
    for (size_t i = 0; i < ARRAY_SIZE(growers); i++)
        if (strcmp(growers[i].type, type) == 0)
            return &growers[i];
    return NULL;
}

uint64_t host_root_room(const struct context *c)
{
    struct root_device d;

    if (is_to_stay(c) || !read_device(&d) || d.room < ROOM_WORTH || !find_grower(d.type))
        return 0;
    return d.room;
}

static int grow_file_system(struct context *c, const struct root_device *d, struct error *e)
{
    const struct grower *g = find_grower(d->type);
    const char *const argv[] = {g ? g->program : NULL, g && g->by_place ? "/" : d->partition, NULL};

    if (g)
        return step_run_program(c, argv, TOOL_MS, NULL, e);
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
        r = partition_grow(c, d.disk, d.number, e);
        if (r < 0)
            return r;
    }
    return apply ? grow_file_system(c, &d, e) : 0;
}
