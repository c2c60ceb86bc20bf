/* SPDX-License-Identifier: Apache-2.0 */
#include "volumes.h"

#include <fcntl.h>
#include <sys/statvfs.h>

#include "common/file.h"
#include "seed_client.h"
#include "volume_objects.h"

#define MOUNTINFO_MAX ((size_t)16 * 1024 * 1024) /* a node has a few mounts a pod */
#define BODY_MAX ((size_t)PROTOCOL_VOLUME_MAX)

void volume_mounts_done(struct volume_mounts *m)
{
    size_t i;

    for (i = 0; i < m->n; i++) {
        free(m->items[i].path);
        free(m->items[i].number);
        free(m->items[i].inside);
    }
    free(m->items);
    free(m->text);
    *m = (struct volume_mounts){.n = 0};
}

/* Blanks and backslashes are written as three octal digits. */
static void unescape(char *s)
{
    char *to = s;

    for (; *s; s++) {
        if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
            s[3] >= '0' && s[3] <= '7') {
            *to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
            s += 3;
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
}

struct mount_line {
    char *number, *inside, *place;
};

/* "36 35 98:0 /inside /place options … - type source options" */
static bool split_line(char *line, struct mount_line *ret)
{
    char *fields[5], *rest = line;
    size_t n = 0;

    while (n < ARRAY_SIZE(fields) && (fields[n] = strsep(&rest, " ")))
        n++;
    if (n < ARRAY_SIZE(fields))
        return false;
    *ret = (struct mount_line){fields[2], fields[3], fields[4]};
    unescape(ret->inside);
    unescape(ret->place);
    return true;
}

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return strcmp(folder, "/") == 0 ||
           (strncmp(path, folder, len) == 0 && (path[len] == '/' || !path[len]));
}

static int add_mount(struct volume_mounts *m, const char *path, const struct mount_line *line,
                     struct error *e)
{
    struct volume_mount new = {strdup(path), strdup(line->number), strdup(line->inside), NULL};
    size_t at = 0;

    if (!new.path || !new.number || !new.inside || m->n == VOLUMES_MOUNTS_MAX) {
        free(new.path);
        free(new.number);
        free(new.inside);
        return m->n == VOLUMES_MOUNTS_MAX
                   ? error_set(e, -E2BIG, "more than %d local volumes", VOLUMES_MOUNTS_MAX)
                   : error_oom(e);
    }
    while (at < m->n && strcmp(m->items[at].path, path) < 0)
        at++;
    if (at < m->n &&
        strcmp(m->items[at].path, path) == 0) { /* mounted over: what is on top counts */
        free(m->items[at].path);
        free(m->items[at].number);
        free(m->items[at].inside);
    } else {
        memmove(&m->items[at + 1], &m->items[at], (m->n - at) * sizeof(*m->items));
        m->n++;
    }
    m->items[at] = new;
    return 0;
}

int volume_mounts_parse(const char *mountinfo, const char *root, const char *folder,
                        struct volume_mounts *ret, struct error *e)
{
    _cleanup_volume_mounts_ struct volume_mounts m = {.text = strdup(mountinfo)};
    _cleanup_free_ char *again = strdup(mountinfo);
    size_t root_len = strlen(root), folder_len = strlen(folder), i;
    struct mount_line line;
    char *rest, *text;
    int r;

    m.items = calloc(VOLUMES_MOUNTS_MAX + 1, sizeof(*m.items));
    if (!m.text || !m.items || !again)
        return error_oom(e);
    for (rest = again; (text = strsep(&rest, "\n"));) {
        const char *path = text;

        if (!split_line(text, &line) || strncmp(line.place, root, root_len) != 0)
            continue;
        path = line.place + root_len;
        if (strncmp(path, folder, folder_len) != 0 || path[folder_len] != '/' ||
            !path[folder_len + 1] || strchr(path + folder_len + 1, '/'))
            continue;
        r = add_mount(&m, path, &line, e);
        if (r < 0)
            return r;
    }
    for (rest = m.text; (text = strsep(&rest, "\n"));) {
        if (!split_line(text, &line))
            continue;
        for (i = 0; i < m.n; i++) {
            struct volume_mount *v = &m.items[i];
            bool itself =
                strncmp(line.place, root, root_len) == 0 && !strcmp(line.place + root_len, v->path);

            if (!itself && !v->used_at && strcmp(line.number, v->number) == 0 &&
                is_below(line.inside, v->inside))
                v->used_at = line.place;
        }
    }
    *ret = m;
    m = (struct volume_mounts){.n = 0};
    return 0;
}

static int read_mounts(struct context *c, const char *folder, struct volume_mounts *ret,
                       struct error *e)
{
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &len, e);

    return r < 0 ? r : volume_mounts_parse(text, c->root, folder, ret, e);
}

static int add_volume(struct context *c, const struct volume_mount *m, json_t *list,
                      struct error *e)
{
    _cleanup_free_ char *path = context_path(c, m->path);
    struct statvfs fs;

    if (!path)
        return error_oom(e);
    if (statvfs(path, &fs) < 0)
        return error_set_errno(e, -errno, "%s", m->path);
    return json_array_append_new(list,
                                 json_pack("{s:s, s:I}", "path", m->path, "bytes",
                                           (json_int_t)((uint64_t)fs.f_blocks * fs.f_frsize))) < 0
               ? error_oom(e)
               : 0;
}

/* What is there, and the ids of what was emptied (may be NULL); *ret_empty is what is to be. */
static int tell(struct context *c, const struct volume_mounts *mounts, json_t *emptied,
                json_t **ret_empty, struct error *e)
{
    _cleanup_json_ json_t *list = json_array(), *body = NULL, *answer = NULL;
    _cleanup_buf_ struct buf text = BUF_INIT(BODY_MAX);
    json_t *empty;
    size_t i;
    int r = list ? 0 : error_oom(e);

    for (i = 0; i < mounts->n && r == 0; i++)
        r = add_volume(c, &mounts->items[i], list, e);
    if (r < 0)
        return r;
    body = json_pack("{s:O, s:O*}", "volumes", list, "emptied", emptied);
    if (!body)
        return error_oom(e);
    if ((r = json_print(body, &text, e)) < 0 ||
        (r = seed_client_post(c->client, "/v1/volumes", "application/json", text.data, text.len,
                              &answer, e)) < 0)
        return r;
    r = json_get_array(answer, "empty", &empty, e);
    if (r < 0)
        return error_wrap(e, "/v1/volumes");
    *ret_empty = json_incref(empty);
    return 0;
}

static const struct volume_mount *find_mount(const struct volume_mounts *m, const char *path)
{
    size_t i;

    for (i = 0; i < m->n; i++)
        if (strcmp(m->items[i].path, path) == 0)
            return &m->items[i];
    return NULL;
}

static void keep_alive(void *userdata)
{
    step_wait(userdata, 0);
}

/* Only what is mounted right here and nowhere else: a pod that uses the volume has it mounted too.
 */
static int empty_one(struct context *c, const struct volume_mounts *mounts, const char *path,
                     struct error *e)
{
    const struct volume_mount *m = find_mount(mounts, path);
    _cleanup_free_ char *full = NULL;
    int r;

    if (!m)
        return error_set(e, -ENOENT, "%s is not mounted", path);
    if (m->used_at)
        return error_set(e, -EBUSY, "%s is in use at %s", path, m->used_at);
    full = context_path(c, path);
    if (!full)
        return error_oom(e);
    step_note(c, "emptying %s", path);
    r = volume_empty(full, keep_alive, c, e);
    if (r == 0)
        step_note(c, "%s is empty", path);
    return r;
}

/* One that cannot be emptied keeps none of the others from it; the first error is the answer. */
static int empty_all(struct context *c, const struct volume_mounts *mounts, const json_t *empty,
                     json_t *emptied, struct error *e)
{
    const json_t *item;
    int r, result = 0;
    size_t i;

    json_array_foreach(empty, i, item)
    {
        struct error why = ERROR_INIT;
        const char *path, *id;

        if ((r = json_get_string(item, "path", &path, &why)) == 0 &&
            (r = json_get_string(item, "id", &id, &why)) == 0 &&
            (r = empty_one(c, mounts, path, &why)) == 0 &&
            json_array_append_new(emptied, json_string(id)) < 0)
            r = error_oom(&why);
        if (r == 0)
            continue;
        step_note(c, "%s, ignoring", why.message);
        if (result == 0)
            result = error_set(e, r, "%s", why.message);
    }
    return result;
}

int volumes_attend(struct context *c, struct error *e)
{
    _cleanup_volume_mounts_ struct volume_mounts mounts = {.n = 0};
    _cleanup_json_ json_t *empty = NULL, *emptied = json_array(), *rest = NULL;
    const json_t *volumes = json_object_get(c->config, "volumes");
    const char *folder;
    json_t *host;
    bool makes;
    int r, result;

    if (!volumes)
        return 0;
    if (!emptied)
        return error_oom(e);
    if ((r = json_get_string(volumes, "folder", &folder, e)) < 0 ||
        (r = json_get_object(c->config, "host", &host, e)) < 0 ||
        (r = json_get_bool_or(host, "init_master", false, &makes, e)) < 0)
        return error_wrap(e, "node config");
    if ((r = read_mounts(c, folder, &mounts, e)) < 0 || (r = tell(c, &mounts, NULL, &empty, e)) < 0)
        return r;
    result = empty_all(c, &mounts, empty, emptied, e);
    if (json_array_size(emptied)) {
        r = tell(c, &mounts, emptied, &rest, e);
        if (r < 0)
            return r;
    }
    if (makes) {
        r = volume_objects_make(c, e);
        if (r < 0)
            return r;
    }
    return result;
}
