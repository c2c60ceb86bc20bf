/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_plan.h"

/* by-id names may be written as udev's links are: with their folder. */
static const char *last_component(const char *s)
{
    const char *slash = strrchr(s, '/');

    return slash ? slash + 1 : s;
}

/* 1, 0, or -ENOMEM. */
static int matches_disk(const struct disk_want *want, const struct disk *disk)
{
    _cleanup_free_ char *wwn = NULL;
    const char *name = want->name;
    size_t i;

    switch (want->match) {
    case DISK_BY_SERIAL:
        return disk->serial && !strcmp(disk->serial, name);
    case DISK_BY_WWN:
        wwn = wwn_normalize(name);
        if (!wwn)
            return -ENOMEM;
        return disk->wwn && !strcmp(disk->wwn, wwn);
    case DISK_BY_ID:
        for (i = 0; disk->ids[i]; i++)
            if (!strcmp(disk->ids[i], last_component(name)))
                return 1;
        return 0;
    case DISK_BY_PATH:
        return disk_has_path(disk, name);
    }
    return 0;
}

void disk_describe(const struct disk *disk, char *ret, size_t size)
{
    (void)snprintf(ret, size, "%s (%s%s, %.1f GiB)", disk->name,
                   disk->serial ? "serial " : (disk->wwn ? "WWN " : "no serial"),
                   disk->serial ? disk->serial : (disk->wwn ? disk->wwn : ""),
                   (double)disk->size / (1024.0 * 1024 * 1024));
}

static int no_such_disk(const struct disk_list *list, const struct disk_want *want, struct error *e)
{
    _cleanup_buf_ struct buf there = BUF_INIT(480); /* what does not fit is left out */
    char words[128];
    size_t i;

    for (i = 0; i < list->n; i++) {
        if (list->items[i].size == 0)
            continue; /* an unused loop device or an empty card reader */
        disk_describe(&list->items[i], words, sizeof(words));
        buf_addf(&there, "%s%s", there.len ? ", " : "", words);
    }
    return error_set(e, -ENODEV, "no disk has %s '%s'; there are: %s",
                     disk_match_words(want->match), want->name, there.len ? there.data : "none");
}

int disk_select(const struct disk_list *list, const struct disk_want *wants, size_t n,
                size_t *ret_index, struct error *e)
{
    size_t w, i, other;

    for (w = 0; w < n; w++) {
        ret_index[w] = SIZE_MAX;
        for (i = 0; i < list->n; i++) {
            int r = matches_disk(&wants[w], &list->items[i]);

            if (r < 0)
                return error_oom(e);
            if (!r)
                continue;
            if (ret_index[w] != SIZE_MAX)
                return error_set(e, -EEXIST,
                                 "%s '%s' is that of %s and of %s: name each by its path",
                                 disk_match_words(wants[w].match), wants[w].name,
                                 list->items[ret_index[w]].name, list->items[i].name);
            ret_index[w] = i;
        }
        if (ret_index[w] == SIZE_MAX)
            return no_such_disk(list, &wants[w], e);
        for (other = 0; other < w; other++)
            if (ret_index[other] == ret_index[w])
                return error_set(e, -EEXIST, "disk %s is named twice: %s '%s' and %s '%s'",
                                 list->items[ret_index[w]].name,
                                 disk_match_words(wants[other].match), wants[other].name,
                                 disk_match_words(wants[w].match), wants[w].name);
    }
    return 0;
}
