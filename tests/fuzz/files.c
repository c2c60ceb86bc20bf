/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <dirent.h>

#include "common/file.h"
#include "common/mem.h"

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
int __real_scandir64(const char *folder, struct dirent ***ret, int (*select)(const struct dirent *),
                     int (*compare)(const struct dirent **, const struct dirent **));
int __wrap_scandir64(const char *folder, struct dirent ***ret, int (*select)(const struct dirent *),
                     int (*compare)(const struct dirent **, const struct dirent **));
int __wrap_file_read(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len,
                     struct error *e);
int __wrap_file_write_atomic(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                             struct error *e);

static const struct fuzz_file *known;
static size_t n_known;
static const uint8_t *pieces; /* NULL where files have paths */
static size_t pieces_len;

void files_are(const struct fuzz_file *files, size_t n)
{
    known = files;
    n_known = n;
    pieces = NULL;
}

void files_are_pieces(const uint8_t *data, size_t len)
{
    files_are(NULL, 0);
    pieces = len ? data : (const uint8_t *)"";
    pieces_len = len;
}

/* False after the last. */
static bool take_piece(struct fuzz_file *ret)
{
    const uint8_t *end;

    if (!pieces_len)
        return false;
    end = memchr(pieces, '\0', pieces_len);
    ret->data = pieces;
    ret->len = end ? (size_t)(end - pieces) : pieces_len;
    pieces += ret->len + (end != NULL);
    pieces_len -= ret->len + (end != NULL);
    return true;
}

char *files_next_piece(void)
{
    struct fuzz_file piece = {.data = "", .len = 0};
    char *text;

    (void)take_piece(&piece); /* "" then */
    text = strndup(piece.data, piece.len);
    if (!text)
        abort();
    return text;
}

static bool find(const char *path, struct fuzz_file *ret)
{
    if (pieces)
        return take_piece(ret) && !(ret->len == 1 && memcmp(ret->data, "-", 1) == 0);
    for (size_t i = 0; i < n_known; i++) {
        if (strcmp(known[i].path, path) != 0)
            continue;
        *ret = known[i];
        return true;
    }
    return false;
}

int __wrap_access(const char *path, int mode)
{
    struct fuzz_file file;

    if (pieces)
        return __real_access(path, mode);
    if (find(path, &file))
        return 0;
    errno = ENOENT;
    return -1;
}

/* What scandir() is linked as where offsets have 64 bits. */
int __wrap_scandir64(const char *folder, struct dirent ***ret, int (*select)(const struct dirent *),
                     int (*compare)(const struct dirent **, const struct dirent **))
{
    size_t len = strlen(folder);
    struct dirent **list;
    int n = 0;

    if (pieces)
        return __real_scandir64(folder, ret, select, compare);
    list = calloc(n_known + 1, sizeof(*list));
    for (size_t i = 0; list && i < n_known; i++) {
        struct dirent entry = {.d_type = DT_REG};

        if (strncmp(known[i].path, folder, len) != 0 || known[i].path[len] != '/')
            continue;
        (void)snprintf(entry.d_name, sizeof(entry.d_name), "%s", known[i].path + len + 1);
        if (select && !select(&entry))
            continue;
        list[n] = malloc(sizeof(entry));
        if (!list[n])
            abort();
        *list[n++] = entry;
    }
    if (!list)
        abort();
    if (!n) {
        free(list);
        errno = ENOENT;
        return -1;
    }
    qsort(list, (size_t)n, sizeof(*list), (int (*)(const void *, const void *))compare);
    *ret = list;
    return n;
}

int __wrap_file_read(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len,
                     struct error *e)
{
    struct fuzz_file file;
    char *copy;

    (void)dirfd;
    if (!find(path, &file))
        return error_set_errno(e, -ENOENT, "%s", path);
    if (file.len > max)
        return error_set(e, -E2BIG, "%s is longer than %zu bytes", path, max);
    copy = malloc(file.len + 1); /* exactly: one byte further is seen */
    if (!copy)
        abort();
    if (file.len)
        memcpy(copy, file.data, file.len);
    copy[file.len] = '\0';
    *ret = copy;
    if (ret_len)
        *ret_len = file.len;
    return 0;
}

int __wrap_file_write_atomic(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                             struct error *e)
{
    (void)dirfd;
    (void)path;
    (void)data;
    (void)len;
    (void)mode;
    (void)e;
    return 0;
}
