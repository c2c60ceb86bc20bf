/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/swap.h>

#include "common/file.h"
#include "host.h"
#include "text_block.h"

#define MODULES_FILE "/etc/modules-load.d/nodeseed.conf"
#define SYSCTL_FILE "/etc/sysctl.d/90-nodeseed.conf"
#define SWAP_TARGET "/etc/systemd/system/swap.target"
#define FSTAB_MAX (256 * 1024)
#define MODPROBE_MS 60000

static int member(struct context *c, const char *name, json_t **ret, struct error *e)
{
    json_t *system;
    int r = json_get_object(c->config, "system", &system, e);

    if (r < 0)
        return r;
    *ret = json_object_get(system, name);
    return 0;
}

/* Loaded or built in. The kernel spells names with '_'. */
static bool is_loaded(struct context *c, const char *module)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/sys/module/%s", module);
    for (char *p = path; *p; p++)
        if (*p == '-')
            *p = '_';
    return host_has(c, path);
}

static int load(struct context *c, const char *module, struct error *e)
{
    const char *const argv[] = {"modprobe", module, NULL};

    /* A tree that is not this machine's own gets its files alone. */
    if (c->root[0])
        return 0;
    return step_run_program(c, argv, MODPROBE_MS, NULL, e);
}

int host_modules(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(64 * 1024);
    json_t *modules, *value;
    size_t i;
    int r = member(c, "modules", &modules, e);

    if (r < 0)
        return r;
    json_array_foreach(modules, i, value)
    {
        buf_addf(&text, "%s\n", json_is_string(value) ? json_string_value(value) : "");
    }
    if (buf_check(&text) < 0)
        return error_oom(e);
    r = host_write(c, MODULES_FILE, text.data ? text.data : "", 0644, apply, ret_same, e);
    if (r < 0)
        return r;
    json_array_foreach(modules, i, value)
    {
        const char *name = json_string_value(value);

        if (!name || is_loaded(c, name))
            continue;
        *ret_same = false;
        r = apply ? load(c, name, e) : 0;
        if (r < 0)
            return error_wrap(e, "module %s", name);
    }
    return 0;
}

/* "net.ipv4.ip_forward" is /proc/sys/net/ipv4/ip_forward. */
static char *sysctl_path(struct context *c, const char *name)
{
    _cleanup_free_ char *relative = NULL;

    if (strchr(name, '/') || strstr(name, ".."))
        return NULL;
    if (asprintf(&relative, "/proc/sys/%s", name) < 0) {
        relative = NULL;
        return NULL;
    }
    for (char *p = relative + strlen("/proc/sys/"); *p; p++)
        if (*p == '.')
            *p = '/';
    return context_path(c, relative);
}

static bool sysctl_is(const char *path, const char *value)
{
    _cleanup_free_ char *have = NULL;
    size_t len;

    return file_read(AT_FDCWD, path, 4096, &have, &len, NULL) >= 0 &&
           strlen(value) == strcspn(have, "\n") && strncmp(have, value, strlen(value)) == 0;
}

static int sysctl_set(struct context *c, const char *name, const char *value, bool apply,
                      bool *ret_same, struct error *e)
{
    _cleanup_free_ char *path = sysctl_path(c, name);
    _cleanup_close_ int fd = -1;

    if (!path)
        return error_set(e, -EINVAL, "\"%s\" is no kernel parameter's name", name);
    if (sysctl_is(path, value))
        return 0;
    *ret_same = false;
    if (!apply || c->root[0])
        return 0;
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(e, -errno, "%s", path);
    return fd_write_all(fd, value, strlen(value), e);
}

int host_sysctls(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(64 * 1024);
    json_t *sysctls, *value;
    const char *name;
    int r = member(c, "sysctls", &sysctls, e);

    if (r < 0)
        return r;
    json_object_foreach(sysctls, name, value)
    {
        if (!json_is_string(value))
            return error_set(e, -EINVAL, "system.sysctls.%s: expected a text", name);
        buf_addf(&text, "%s = %s\n", name, json_string_value(value));
    }
    if (buf_check(&text) < 0)
        return error_oom(e);
    r = host_write(c, SYSCTL_FILE, text.data ? text.data : "", 0644, apply, ret_same, e);
    json_object_foreach(sysctls, name, value)
    {
        if (r < 0)
            return r;
        r = sysctl_set(c, name, json_string_value(value), apply, ret_same, e);
    }
    return r;
}

/* Switches off what /proc/swaps lists: a header, then "FILENAME TYPE SIZE …". */
static int swap_off(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    _cleanup_free_ char *path = context_path(c, "/proc/swaps"), *text = NULL;
    char *line, *rest;
    size_t len;

    if (!path)
        return error_oom(e);
    if (file_read(AT_FDCWD, path, 64 * 1024, &text, &len, NULL) < 0)
        return 0; /* a kernel without swap */
    rest = text;
    (void)strsep(&rest, "\n");
    while ((line = strsep(&rest, "\n"))) {
        if (!line[0])
            continue;
        line[strcspn(line, " \t")] = '\0';
        *ret_same = false;
        if (apply && !c->root[0] && swapoff(line) < 0)
            return error_set_errno(e, -errno, "switching off swap on %s", line);
    }
    return 0;
}

static bool is_swap_line(const char *line, void *userdata)
{
    char type[64];

    (void)userdata;
    return sscanf(line, "%*s %*s %63s", type) == 1 && strcmp(type, "swap") == 0;
}

/* Swap entries of fstab become comments. */
static int comment_fstab(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    _cleanup_free_ char *path = context_path(c, "/etc/fstab"), *text = NULL;
    _cleanup_buf_ struct buf want = BUF_INIT(2 * FSTAB_MAX);
    bool same = true;
    size_t len;
    int r;

    if (!path)
        return error_oom(e);
    r = file_read(AT_FDCWD, path, FSTAB_MAX, &text, &len, e);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    text_comment_lines(text, is_swap_line, NULL, "switched off by nodeseed", &want);
    if (buf_check(&want) < 0)
        return error_oom(e);
    r = host_write(c, "/etc/fstab", want.data ? want.data : "", 0644, apply, &same, e);
    *ret_same = *ret_same && same;
    return r;
}

/* Masks swap.target, so that neither units nor GPT partition types bring swap back. */
static int mask_target(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    _cleanup_free_ char *path = context_path(c, SWAP_TARGET);
    char to[16] = "";
    int r;

    if (!path)
        return error_oom(e);
    if (readlink(path, to, sizeof(to) - 1) > 0 && strcmp(to, "/dev/null") == 0)
        return 0;
    *ret_same = false;
    if (!apply)
        return 0;
    r = file_make_parents(path, 0755, e);
    if (r < 0)
        return r;
    (void)unlink(path);
    if (symlink("/dev/null", path) < 0)
        return error_set_errno(e, -errno, "%s", path);
    return file_sync_folder_of(AT_FDCWD, path, e);
}

int host_swap(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    int r;

    *ret_same = true;
    r = comment_fstab(c, apply, ret_same, e);
    if (r >= 0)
        r = mask_target(c, apply, ret_same, e);
    return r < 0 ? r : swap_off(c, apply, ret_same, e);
}
