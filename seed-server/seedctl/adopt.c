/* SPDX-License-Identifier: Apache-2.0 */
#include "adopt.h"

#include "common/parse.h"
#include "seed-server/plan/disks.h"
#include "text.h"

/* How a disk may be named, the surest way first: member of the facts, and key of the inventory. */
static const struct {
    const char *member, *kind;
} names[] = {
    {"serial", "serial" },
    {"wwn",    "wwn"    },
    {"path",   "by_path"},
};

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static bool is_blank(const json_t *disk)
{
    return strcmp(text_of(disk, "content"), "blank") == 0;
}

static size_t count(const json_t *disks, const char *member, const char *id)
{
    const json_t *disk;
    size_t i, n = 0;

    json_array_foreach((json_t *)disks, i, disk) n += strcmp(text_of(disk, member), id) == 0;
    return n;
}

/* Does the inventory take it? */
static int check(const struct disk_name *d, struct error *e)
{
    _cleanup_json_ json_t *match = json_pack("{s:s}", d->kind, d->id);
    const char *kind, *id;

    if (!match)
        return error_set(e, -EINVAL, "the disk's %s is no UTF-8", d->kind);
    return disk_match(match, &kind, &id, e);
}

/* A name that no other disk of this machine has, that says something and that the inventory takes.
 */
static struct disk_name name_of(const json_t *disks, const json_t *disk)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct disk_name d = {names[i].kind, text_of(disk, names[i].member)};

        if (*d.id && !identifier_is_placeholder(d.id) && count(disks, names[i].member, d.id) == 1 &&
            check(&d, NULL) == 0)
            return d;
    }
    return (struct disk_name){NULL, NULL};
}

int adopt_choose_disk(const json_t *disks, struct disk_name *ret, struct error *e)
{
    const json_t *disk, *blank = NULL;
    size_t i, n = 0;

    json_array_foreach((json_t *)disks, i, disk)
    {
        if (!is_blank(disk))
            continue;
        blank = disk;
        n++;
    }
    if (n == 0)
        return error_set(e, -ENOENT,
                         "no disk of it is blank: empty the one to install to, or name it by "
                         "--disk");
    if (n > 1)
        return error_set(e, -EEXIST, "%zu of its disks are blank: name the one to install to", n);
    *ret = name_of(disks, blank);
    if (!ret->kind)
        return error_set(e, -ENOENT,
                         "its blank disk has no serial number, WWN or path of its own to name it");
    return 0;
}

int adopt_name_disk(const json_t *disks, char *text, struct disk_name *ret, const char **ret_words,
                    struct error *e)
{
    char *equals = strchr(text, '=');
    const json_t *disk;
    size_t i, k;
    int r;

    if (!equals)
        return error_set(e, -EINVAL, "--disk %.60s: expected KIND=X, such as serial=S3X9", text);
    *equals = '\0';
    *ret = (struct disk_name){text, equals + 1};
    r = check(ret, e);
    if (r < 0)
        return error_wrap(e, "--disk");
    *ret_words = NULL;
    for (k = 0; k < ARRAY_SIZE(names); k++) {
        if (strcmp(names[k].kind, ret->kind) != 0)
            continue;
        if (count(disks, names[k].member, ret->id) != 1)
            return error_set(e, -ENOENT, "--disk: %s of its disks has the %s %s",
                             count(disks, names[k].member, ret->id) ? "more than one" : "none",
                             names[k].member, ret->id);
        json_array_foreach((json_t *)disks, i, disk)
        {
            if (strcmp(text_of(disk, names[k].member), ret->id) == 0 && !is_blank(disk))
                *ret_words = text_of(disk, "content");
        }
    }
    return 0;
}

/* As literal of Python within the double quotes of a word: disk_match() has let through neither
 * kind of quote, nor a backslash, nor '#'. */
static void add_disk(const struct disk_name *d, struct buf *out)
{
    buf_addf(out, "seed_install_disk=\"{'%s': '%s'}\"", d->kind, d->id);
}

int adopt_line(const struct adoption *a, struct buf *out, struct error *e)
{
    if (!is_dns_name(a->name) || strlen(a->name) > 63)
        return error_set(e, -EINVAL,
                         "'%.100s' cannot be a node's name: small letters, digits, '-' and '.' "
                         "only, at most 63, beginning and ending with a letter or digit",
                         a->name);
    buf_addf(out, "%s ip=%s", a->name, a->ip ? a->ip : "??");
    if (a->pxe)
        buf_add_str(out, " seed_boot=pxe");
    buf_addf(out, " seed_mac=%s", a->mac);
    if (a->disk.kind) {
        buf_add_char(out, ' ');
        add_disk(&a->disk, out);
    }
    return buf_check(out) < 0 ? error_oom(e) : 0;
}

void adopt_list_disks(const json_t *disks, struct buf *out)
{
    char size[TEXT_SIZE_SIZE];
    const json_t *disk;
    size_t i;

    json_array_foreach((json_t *)disks, i, disk)
    {
        json_int_t bytes = json_integer_value(json_object_get(disk, "size"));
        struct disk_name d = name_of(disks, disk);

        text_size(bytes > 0 ? (uint64_t)bytes : 0, size);
        buf_add_str(out, "#   ");
        if (d.kind)
            add_disk(&d, out);
        else
            buf_add_str(out, "(nothing names it)");
        buf_add_str(out, "  ");
        (void)text_add(out, text_of(disk, "name"), 32);
        buf_addf(out, ", %s, ", size);
        (void)text_add(out, *text_of(disk, "content") ? text_of(disk, "content") : "unknown", 200);
        buf_add_char(out, '\n');
    }
}
