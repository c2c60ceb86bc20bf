/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_use.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/file.h"

#define TABLE_MAX (4 * 1024 * 1024) /* of proc/self/mountinfo and proc/swaps */
#define NUMBERS_MAX 257             /* a disk and its partitions */

/* The device numbers of a disk and its partitions; [0] is the disk. */
struct numbers {
    dev_t items[NUMBERS_MAX];
    size_t n;
};

static bool numbers_contain(const struct numbers *numbers, dev_t number)
{
    size_t i;

    for (i = 0; i < numbers->n; i++)
        if (numbers->items[i] == number)
            return true;
    return false;
}

/* The first name in FOLDER/holders goes to words. */
static int read_holders(const char *folder, struct disk_use *use, struct error *e)
{
    _cleanup_free_ char *path = path_join(folder, "holders");
    struct dirent *entry;
    DIR *dir;

    if (!path)
        return error_oom(e);
    dir = opendir(path);
    if (!dir)
        return 0; /* a kernel or test tree without holders has none to name; O_EXCL still tells */
    while (!use->words[0] && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            (void)snprintf(use->words, sizeof(use->words), "held by %.64s", entry->d_name);
    (void)closedir(dir); /* only read */
    return 0;
}

/* Partitions are the folders of the disk's folder that have an attribute "partition". */
static int read_partitions(const char *folder, struct numbers *numbers, struct disk_use *use,
                           struct error *e)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);
    int r = 0;

    if (!dir)
        return error_set_errno(e, -errno, "opening %s", folder);
    while (r == 0 && (entry = readdir(dir))) {
        _cleanup_free_ char *below = NULL, *attribute = NULL, *text = NULL;
        unsigned major, minor;
        size_t len;

        if (entry->d_name[0] == '.')
            continue;
        below = path_join(folder, entry->d_name);
        attribute = below ? path_join(below, "partition") : NULL;
        if (!attribute) {
            r = error_oom(e);
            continue;
        }
        if (access(attribute, F_OK) < 0)
            continue;
        free(attribute);
        attribute = path_join(below, "dev");
        if (!attribute) {
            r = error_oom(e);
            continue;
        }
        if (numbers->n == NUMBERS_MAX || file_read(AT_FDCWD, attribute, 64, &text, &len, e) < 0 ||
            sscanf(text, "%u:%u", &major, &minor) != 2) {
            r = error_set(e, -EIO, "%s: cannot tell its partitions", folder);
            continue;
        }
        numbers->items[numbers->n++] = makedev(major, minor);
        r = read_holders(below, use, e);
    }
    (void)closedir(dir); /* only read */
    return r;
}

/* mountinfo and swaps write blank, tab, newline and backslash as three octal digits. */
static void unescape(char *s)
{
    char *to = s;

    while (*s) {
        if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
            s[3] >= '0' && s[3] <= '7') {
            *to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
            s += 4;
        } else {
            *to++ = *s++;
        }
    }
    *to = '\0';
}

static bool is_node_of(const struct numbers *numbers, const char *path)
{
    struct stat st;

    return path[0] == '/' && stat(path, &st) == 0 && S_ISBLK(st.st_mode) &&
           numbers_contain(numbers, st.st_rdev);
}

/* proc(5): "36 35 98:0 /root /mount/point options optional… - type source options". btrfs shows a
 * device number of its own, so the source is looked at too. */
static void read_mount_line(char *line, const struct disk_roots *roots,
                            const struct numbers *numbers, struct disk_use *use)
{
    size_t root_len = strlen(roots->root);
    unsigned major = 0, minor = 0;
    char *fields[5], *p = line, *separator = strstr(line, " - ");
    char *source = NULL, *end;
    size_t n = 0;
    dev_t number;

    if (!separator)
        return;
    *separator = '\0';
    source = strchr(separator + 3, ' ');
    if (source && (end = strchr(++source, ' ')))
        *end = '\0';
    while (n < 5 && p) {
        fields[n++] = p;
        p = strchr(p, ' ');
        if (p)
            *p++ = '\0';
    }
    if (n < 5 || sscanf(fields[2], "%u:%u", &major, &minor) != 2)
        return;
    number = makedev(major, minor);
    if (source)
        unescape(source);
    if (!numbers_contain(numbers, number) && !(source && is_node_of(numbers, source)))
        return;
    unescape(fields[4]);
    if (!use->words[0])
        (void)snprintf(use->words, sizeof(use->words), "mounted at %s", fields[4]);
    if (number == numbers->items[0] && !strcmp(fields[3], "/") && !use->mounted[0] &&
        !strncmp(fields[4], roots->root, root_len) &&
        strlen(fields[4] + root_len) < sizeof(use->mounted))
        memcpy(use->mounted, fields[4] + root_len, strlen(fields[4] + root_len) + 1);
}

static int for_each_line(const struct disk_roots *roots, const char *name,
                         void (*line_read)(char *line, const struct disk_roots *roots,
                                           const struct numbers *numbers, struct disk_use *use),
                         const struct numbers *numbers, struct disk_use *use, bool may_be_missing,
                         struct error *e)
{
    _cleanup_free_ char *path = path_join(roots->proc, name), *text = NULL;
    char *line, *rest;
    size_t len;
    int r;

    if (!path)
        return error_oom(e);
    r = file_read(AT_FDCWD, path, TABLE_MAX, &text, &len, e);
    if (r == -ENOENT && may_be_missing)
        return 0;
    if (r < 0)
        return r;
    for (rest = text; (line = strsep(&rest, "\n"));)
        line_read(line, roots, numbers, use);
    return 0;
}

static void read_swap_line(char *line, const struct disk_roots *roots,
                           const struct numbers *numbers, struct disk_use *use)
{
    char *end = strpbrk(line, " \t");

    (void)roots;

    if (end)
        *end = '\0';
    unescape(line);
    if (!use->words[0] && is_node_of(numbers, line))
        (void)snprintf(use->words, sizeof(use->words), "swap");
}

static int read_tables(const struct disk_roots *roots, const struct numbers *numbers,
                       struct disk_use *use, struct error *e)
{
    int r = for_each_line(roots, "self/mountinfo", read_mount_line, numbers, use, false, e);

    return r < 0 ? r : for_each_line(roots, "swaps", read_swap_line, numbers, use, true, e);
}

int disk_use_read(const struct disk_roots *roots, const struct disk *disk, struct disk_use *ret,
                  struct error *e)
{
    _cleanup_free_ char *folder = NULL;
    struct numbers numbers = {.items = {makedev(disk->major, disk->minor)}, .n = 1};
    struct disk_use use = {"", ""};
    int r;

    if (asprintf(&folder, "%s/block/%s", roots->sys, disk->name) < 0) {
        folder = NULL;
        return error_oom(e);
    }
    if ((r = read_holders(folder, &use, e)) < 0 ||
        (r = read_partitions(folder, &numbers, &use, e)) < 0 ||
        (r = read_tables(roots, &numbers, &use, e)) < 0)
        return r;
    *ret = use;
    return 0;
}

int disk_use_read_part(const struct disk_roots *roots, unsigned major, unsigned minor,
                       struct disk_use *ret, struct error *e)
{
    _cleanup_free_ char *folder = NULL;
    const struct numbers numbers = {.items = {makedev(major, minor)}, .n = 1};
    struct disk_use use = {"", ""};
    int r;

    if (asprintf(&folder, "%s/dev/block/%u:%u", roots->sys, major, minor) < 0) {
        folder = NULL;
        return error_oom(e);
    }
    if ((r = read_holders(folder, &use, e)) < 0 || (r = read_tables(roots, &numbers, &use, e)) < 0)
        return r;
    *ret = use;
    return 0;
}
