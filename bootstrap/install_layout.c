/* SPDX-License-Identifier: Apache-2.0 */
#include "install_layout.h"

#include "common/json.h"
#include "common/parse.h"

static const struct {
    bool gpt;
    const char *type; /* as sfdisk writes it */
    enum install_partition_kind kind;
} types[] = {
    {true,  "0FC63DAF-8483-4772-8E79-3D69D8477DE4", PARTITION_LINUX   },
    {true,  "BC13C2FF-59E6-4262-A352-B275FD6F7172", PARTITION_LINUX   }, /* XBOOTLDR */
    {true,  "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", PARTITION_ROOT    }, /* of x86-64 */
    {true,  "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", PARTITION_ESP     },
    {true,  "21686148-6449-6E6F-744E-656564454649", PARTITION_BIOS    },
    {false, "83",                                   PARTITION_LINUX   },
    {false, "ef",                                   PARTITION_ESP     },
    {false, "5",                                    PARTITION_EXTENDED},
    {false, "f",                                    PARTITION_EXTENDED},
    {false, "85",                                   PARTITION_EXTENDED},
};

static enum install_partition_kind kind_of(bool gpt, const char *type)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (types[i].gpt == gpt && strcasecmp(types[i].type, type) == 0)
            return types[i].kind;
    return PARTITION_OTHER;
}

/* "…/table3", or "…/table0p3" where the device's own name ends in a digit. */
static int number_of(const char *node, const char *device, unsigned *ret)
{
    size_t len = strlen(device);
    uint64_t number;

    if (strncmp(node, device, len) != 0)
        return -EINVAL;
    node += len;
    node += *node == 'p';
    if (parse_uint(node, INSTALL_PARTITIONS_MAX, &number, NULL) < 0 || number == 0)
        return -EINVAL;
    *ret = (unsigned)number;
    return 0;
}

static int read_partition(const json_t *json, bool gpt, const char *device,
                          struct install_partition *ret, struct error *e)
{
    const char *node, *type;
    int64_t start, size;
    int r;

    if ((r = json_get_string(json, "node", &node, e)) < 0 ||
        (r = json_get_string(json, "type", &type, e)) < 0 ||
        (r = json_get_int(json, "start", &start, e)) < 0 ||
        (r = json_get_int(json, "size", &size, e)) < 0)
        return r;
    if (number_of(node, device, &ret->number) < 0)
        return error_set(e, -EPROTO, "a partition called %s", node);
    if (start <= 0 || size <= 0 || start > INT64_MAX / INSTALL_SECTOR - size)
        return error_set(e, -EINVAL, "partition %u has an impossible place", ret->number);
    ret->start = (uint64_t)start * INSTALL_SECTOR;
    ret->size = (uint64_t)size * INSTALL_SECTOR;
    ret->kind = kind_of(gpt, type);
    return 0;
}

/* Of several partitions of a kind the last one on the disk; -1 without any. */
static int find_last(const struct install_layout *l, enum install_partition_kind kind, int *ret_n)
{
    int found = -1;

    *ret_n = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i].kind != kind)
            continue;
        if (found < 0 || l->items[i].start > l->items[found].start)
            found = (int)i;
        ++*ret_n;
    }
    return found;
}

static int choose(struct install_layout *l, struct error *e)
{
    int n, root = find_last(l, PARTITION_ROOT, &n);

    if (n > 1)
        return error_set(e, -EINVAL, "%d of its partitions say that they are the root file system",
                         n);
    if (root < 0)
        root = find_last(l, PARTITION_LINUX, &n);
    if (root < 0)
        return error_set(e, -EINVAL, "none of its %zu partitions is of a Linux type", l->n);
    l->root = root;
    l->esp = find_last(l, PARTITION_ESP, &n);
    l->grows = true;
    for (size_t i = 0; i < l->n; i++) {
        const struct install_partition *p = &l->items[i];

        if (p->start > l->items[root].start)
            l->grows = false;
        /* A logical one ends where the extended one around it does, which would have to grow too.
         */
        if (p->kind == PARTITION_EXTENDED && p->start < l->items[root].start &&
            p->start + p->size > l->items[root].start)
            l->grows = false;
    }
    return 0;
}

int install_layout_parse(const char *text, size_t len, const char *device,
                         struct install_layout *ret, struct error *e)
{
    _cleanup_json_ json_t *json = NULL;
    struct install_layout l = {.root = -1, .esp = -1};
    json_t *table, *partitions, *item;
    const char *label, *unit;
    int64_t sector;
    size_t i;
    int r = json_parse(text, len, INSTALL_LAYOUT_TEXT_MAX, &json, e);

    if (r < 0 || (r = json_get_object(json, "partitiontable", &table, e)) < 0 ||
        (r = json_get_string(table, "label", &label, e)) < 0 ||
        (r = json_get_string_or(table, "unit", "sectors", &unit, e)) < 0 ||
        (r = json_get_int_or(table, "sectorsize", INSTALL_SECTOR, &sector, e)) < 0 ||
        (r = json_get_array(table, "partitions", &partitions, e)) < 0)
        return error_wrap(e, "sfdisk's view of the image");
    l.gpt = strcmp(label, "gpt") == 0;
    if ((!l.gpt && strcmp(label, "dos") != 0) || strcmp(unit, "sectors") != 0 ||
        sector != INSTALL_SECTOR)
        return error_set(e, -EINVAL,
                         "its partition table is \"%s\" with sectors of %lld bytes; "
                         "expected gpt or dos with %d",
                         label, (long long)sector, INSTALL_SECTOR);
    if (json_array_size(partitions) > INSTALL_PARTITIONS_MAX)
        return error_set(e, -E2BIG, "more than %d partitions", INSTALL_PARTITIONS_MAX);
    json_array_foreach(partitions, i, item)
    {
        r = read_partition(item, l.gpt, device, &l.items[l.n++], e);
        if (r < 0)
            return error_wrap(e, "sfdisk's view of the image: partitions[%zu]", i);
    }
    r = choose(&l, e);
    if (r < 0)
        return r;
    *ret = l;
    return 0;
}

int install_layout_check_room(const struct install_layout *l, uint64_t offset, uint64_t size,
                              struct error *e)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct install_partition *p = &l->items[i];

        if (p->kind != PARTITION_BIOS && p->start < offset + size && p->start + p->size > offset)
            return error_set(e, -EINVAL,
                             "its partition %u begins at byte %llu; the first MiB of the disk must "
                             "be free of partitions, as all current tools leave it",
                             p->number, (unsigned long long)p->start);
    }
    return 0;
}
