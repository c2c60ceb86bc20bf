/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

#include "common/file.h"
#include "network_files.h"
#include "network_foreign.h"
#include "text_block.h"

#define FILE_MAX (1024 * 1024)
#define INTERFACES "/etc/network/interfaces"
#define OURS_IFUPDOWN "/etc/network/interfaces.d/nodeseed"
#define WANTS "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service"

struct writer {
    const char *root;
    const struct network *n; /* NULL: none of ours */
    bool apply;
    enum network_change change;
    network_note *note;
    void *userdata;
};

static void _printf_(3, 4)
    tell(struct writer *w, enum network_change change, const char *format, ...)
{
    char text[256];
    va_list args;

    if (w->change < change)
        w->change = change;
    if (!w->apply || !w->note)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    w->note(text, w->userdata);
}

/* ---- single files ---------------------------------------------------------------------------- */

/* *ret is NULL when there is no such file. */
static int read_there(struct writer *w, const char *path, char **ret, size_t *ret_len,
                      struct error *e)
{
    _cleanup_free_ char *full = path_join(w->root, path);
    int r;

    *ret = NULL;
    *ret_len = 0;
    if (!full)
        return error_oom(e);
    r = file_read(AT_FDCWD, full, FILE_MAX, ret, ret_len, e);
    return r == -ENOENT ? 0 : r;
}

static int write_there(struct writer *w, const char *path, const char *text, size_t len,
                       mode_t mode, struct error *e)
{
    _cleanup_free_ char *full = path_join(w->root, path);
    int r;

    if (!full)
        return error_oom(e);
    r = file_make_parents(full, 0755, e);
    return r < 0 ? r : file_write_atomic(AT_FDCWD, full, text, len, mode, e);
}

static int remove_there(struct writer *w, const char *path, struct error *e)
{
    _cleanup_free_ char *full = path_join(w->root, path);

    if (!full)
        return error_oom(e);
    if (unlink(full) < 0 && errno != ENOENT)
        return error_set_errno(e, -errno, "%s", path);
    return file_sync_folder_of(AT_FDCWD, full, e);
}

static int write_if_other(struct writer *w, enum network_change change, const char *path,
                          const char *text, mode_t mode, struct error *e)
{
    _cleanup_free_ char *have = NULL;
    size_t len;
    int r = read_there(w, path, &have, &len, e);

    if (r < 0)
        return r;
    if (have && len == strlen(text) && memcmp(have, text, len) == 0)
        return 0;
    tell(w, change, "writing %s", path);
    return w->apply ? write_there(w, path, text, strlen(text), mode, e) : 0;
}

static mode_t mode_there(struct writer *w, const char *path)
{
    _cleanup_free_ char *full = path_join(w->root, path);
    struct stat st;

    return full && stat(full, &st) == 0 ? st.st_mode & 07777 : 0644;
}

/* The paths in the tree that match, without the root. */
static int list_there(struct writer *w, const char *pattern, glob_t *ret, struct error *e)
{
    _cleanup_free_ char *full = path_join(w->root, pattern);
    int r;

    if (!full)
        return error_oom(e);
    r = glob(full, 0, NULL, ret);
    return r == GLOB_NOSPACE ? error_oom(e) : 0;
}

/* ---- ours ------------------------------------------------------------------------------------ */

static int remove_old(struct writer *w, const struct network_files *files, const char *pattern,
                      struct error *e)
{
    glob_t found = {0};
    int r = list_there(w, pattern, &found, e);

    for (size_t i = 0; i < found.gl_pathc && r >= 0; i++) {
        const char *path = found.gl_pathv[i] + strlen(w->root);
        size_t k = 0;

        while (k < files->n && strcmp(files->items[k].path, path) != 0)
            k++;
        if (k < files->n)
            continue;
        tell(w, NETWORK_DIFFERS, "removing %s", path);
        if (w->apply)
            r = remove_there(w, path, e);
    }
    globfree(&found);
    return r;
}

/* networkd is in every image that has systemd; whether it runs is another matter. */
static int enable_networkd(struct writer *w, const struct network_image *image, struct error *e)
{
    static const char *const units[] = {"/lib/systemd/system/systemd-networkd.service",
                                        "/usr/lib/systemd/system/systemd-networkd.service"};
    _cleanup_free_ char *link = path_join(w->root, WANTS), *unit = path_join(w->root, units[0]);
    struct stat st;
    int r;

    if (image->backend != NETWORK_NETWORKD || image->networkd_enabled)
        return 0;
    if (!link || !unit)
        return error_oom(e);
    tell(w, NETWORK_DIFFERS, "enabling systemd-networkd.service");
    if (!w->apply)
        return 0;
    r = file_make_parents(link, 0755, e);
    if (r < 0)
        return r;
    if (symlink(units[stat(unit, &st) < 0], link) < 0 && errno != EEXIST)
        return error_set_errno(e, -errno, WANTS);
    return file_sync_folder_of(AT_FDCWD, link, e);
}

/* ---- others' --------------------------------------------------------------------------------- */

static int set_aside(struct writer *w, const char *path, const char *text, size_t len,
                     struct error *e)
{
    char kept[1024];

    if (snprintf(kept, sizeof(kept), NETWORK_SET_ASIDE "%s", path) >= (int)sizeof(kept))
        return error_set(e, -ENAMETOOLONG, "%s", path);
    return write_there(w, kept, text, len, mode_there(w, path), e);
}

static int take_out(struct writer *w, const char *path, bool netplan, struct error *e)
{
    _cleanup_buf_ struct buf rest = BUF_INIT(2 * FILE_MAX);
    _cleanup_free_ char *text = NULL;
    enum foreign_result result;
    size_t len;
    int r = read_there(w, path, &text, &len, e);

    if (r < 0 || !text)
        return r;
    r = netplan ? foreign_netplan(text, len, w->n, &rest, &result, e)
                : foreign_interfaces(text, w->n, &rest, &result, e);
    if (r < 0 || result == FOREIGN_KEEP)
        return r;
    tell(w, NETWORK_DIFFERS, "taking what is said of our network cards out of %s, kept below %s",
         path, NETWORK_SET_ASIDE);
    if (!w->apply)
        return 0;
    r = set_aside(w, path, text, len, e);
    if (r < 0)
        return r;
    return result == FOREIGN_REMOVE
               ? remove_there(w, path, e)
               : write_there(w, path, rest.data, rest.len, mode_there(w, path), e);
}

static int take_out_all(struct writer *w, const struct network_files *files, const char *pattern,
                        bool netplan, struct error *e)
{
    glob_t found = {0};
    int r = list_there(w, pattern, &found, e);

    for (size_t i = 0; i < found.gl_pathc && r >= 0; i++) {
        const char *path = found.gl_pathv[i] + strlen(w->root);
        bool ours = false;

        for (size_t k = 0; k < files->n; k++)
            ours = ours || strcmp(files->items[k].path, path) == 0;
        if (!ours)
            r = take_out(w, path, netplan, e);
    }
    globfree(&found);
    return r;
}

/* ifupdown reads our file only where its own says so. */
static int make_it_read(struct writer *w, struct error *e)
{
    _cleanup_buf_ struct buf want = BUF_INIT(2 * FILE_MAX);
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = read_there(w, INTERFACES, &text, &len, e);

    if (r < 0 || (w->n ? text && foreign_interfaces_reads(text, OURS_IFUPDOWN) : !text))
        return r;
    text_block_replace(text ? text : "auto lo\niface lo inet loopback\n",
                       w->n ? "source " OURS_IFUPDOWN "\n" : "", &want);
    if (buf_check(&want) < 0)
        return error_oom(e);
    return write_if_other(w, NETWORK_DIFFERS, INTERFACES, want.data, mode_there(w, INTERFACES), e);
}

/* One row a place where others' configuration is. */
static const struct {
    enum network_backend backend;
    const char *pattern;
} foreign[] = {
    {NETWORK_NETPLAN,  "/etc/netplan/*.yaml"        },
    {NETWORK_NETPLAN,  "/run/netplan/*.yaml"        },
    {NETWORK_IFUPDOWN, INTERFACES                   },
    {NETWORK_IFUPDOWN, "/etc/network/interfaces.d/*"},
    {NETWORK_IFUPDOWN, "/run/network/interfaces.d/*"}, /* Debian's cloud images */
};

static int put_back_one(struct writer *w, const char *kept, struct error *e)
{
    const char *path = kept + strlen(NETWORK_SET_ASIDE);
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = read_there(w, kept, &text, &len, e);

    if (r < 0 || !text)
        return r;
    tell(w, NETWORK_DIFFERS, "putting %s back", path);
    if (!w->apply)
        return 0;
    r = write_there(w, path, text, len, mode_there(w, kept), e);
    return r < 0 ? r : remove_there(w, kept, e);
}

static int put_back(struct writer *w, struct error *e)
{
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(foreign) && r >= 0; i++) {
        char pattern[256];
        glob_t found = {0};

        (void)snprintf(pattern, sizeof(pattern), NETWORK_SET_ASIDE "%s", foreign[i].pattern);
        r = list_there(w, pattern, &found, e);
        for (size_t k = 0; k < found.gl_pathc && r >= 0; k++)
            r = put_back_one(w, found.gl_pathv[k] + strlen(w->root), e);
        globfree(&found);
    }
    return r;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int write_all(struct writer *w, const struct network_image *image,
                     const struct network_files *files, struct error *e)
{
    int r = 0;

    for (size_t i = 0; i < files->n && r >= 0; i++)
        r = write_if_other(
            w, files->items[i].beside ? NETWORK_BESIDE : NETWORK_DIFFERS, files->items[i].path,
            files->items[i].text.data ? files->items[i].text.data : "", files->items[i].mode, e);
    for (size_t i = 0; i < ARRAY_SIZE(foreign) && r >= 0; i++)
        if (foreign[i].backend == image->backend)
            r = take_out_all(w, files, foreign[i].pattern, image->backend == NETWORK_NETPLAN, e);
    if (r >= 0 && image->backend == NETWORK_IFUPDOWN)
        r = make_it_read(w, e);
    return r < 0 ? r : enable_networkd(w, image, e);
}

int network_write(const char *root, const struct network *n, bool apply, enum network_change *ret,
                  network_note *note, void *userdata, struct error *e)
{
    struct writer w = {.root = root, .n = n, .apply = apply, .note = note, .userdata = userdata};
    _cleanup_network_files_ struct network_files files = {.n = 0};
    struct network_image image;
    int r = network_image_read(root, &image, e);

    if (r < 0)
        return r;
    if (n && image.backend == NETWORK_NOBODY)
        return error_set(e, -ENOTSUP,
                         "an address of the inventory needs netplan, ifupdown or systemd-networkd, "
                         "and this image has none of them");
    if (n)
        r = network_render(n, &image, &files, e);
    for (size_t i = 0; network_own_files[i] && r >= 0; i++)
        r = remove_old(&w, &files, network_own_files[i], e);
    if (r >= 0)
        r = n ? write_all(&w, &image, &files, e) : put_back(&w, e);
    if (r >= 0 && !n)
        r = make_it_read(&w, e);
    *ret = w.change;
    return r;
}

int network_names_card(const char *root, const char *mac, bool *ret, struct error *e)
{
    struct writer w = {.root = root};
    int r = 0;

    *ret = false;
    for (size_t i = 0; network_own_files[i] && r >= 0 && !*ret; i++) {
        glob_t found = {0};

        r = list_there(&w, network_own_files[i], &found, e);
        for (size_t k = 0; k < found.gl_pathc && r >= 0 && !*ret; k++) {
            _cleanup_free_ char *text = NULL;
            size_t len;

            r = read_there(&w, found.gl_pathv[k] + strlen(root), &text, &len, e);
            *ret = r >= 0 && text && strstr(text, mac);
        }
        globfree(&found);
    }
    return r;
}
