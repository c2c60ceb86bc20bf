/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"
#include "cut.h"
#include "steps.h"
#include "text_block.h"

#define FILE_MAX (1024 * 1024)

/* In this order: modules bring the sysctls of theirs, the network comes before what needs it. */
static const struct {
    const char *doing;
    host_part *part;
} parts[] = {
    {"growing the root file system", host_root_size},
    {"making copied identities new", host_identity },
    {"setting the host name",        host_name     },
    {"writing /etc/hosts",           host_hosts    },
    {"loading kernel modules",       host_modules  },
    {"setting kernel parameters",    host_sysctls  },
    {"switching swap off",           host_swap     },
    {"setting the address",          host_network  },
    {"setting routes",               host_routes   },
    {"setting up the time service",  host_time     },
    {"letting administrators in",    host_ssh      },
};

bool host_has(const struct context *c, const char *path)
{
    _cleanup_free_ char *full = context_path(c, path);
    struct stat st;

    return full && stat(full, &st) == 0;
}

int host_write(struct context *c, const char *path, const char *text, mode_t mode, bool apply,
               bool *ret_same, struct error *e)
{
    _cleanup_free_ char *full = context_path(c, path), *have = NULL;
    size_t len;
    int r;

    if (!full)
        return error_oom(e);
    r = file_read(AT_FDCWD, full, FILE_MAX, &have, &len, NULL);
    *ret_same = r >= 0 && strlen(text) == len && memcmp(have, text, len) == 0;
    if (*ret_same || !apply)
        return 0;
    r = file_make_parents(full, 0755, e);
    if (r < 0)
        return r;
    step_note(c, "writing %s", path);
    return file_write_atomic(AT_FDCWD, full, text, strlen(text), mode, e);
}

/* The file's text, "" when it is missing. */
static int read_text(struct context *c, const char *path, char **ret, mode_t *ret_mode,
                     struct error *e)
{
    _cleanup_free_ char *full = context_path(c, path);
    struct stat st;
    size_t len;
    int r;

    if (!full)
        return error_oom(e);
    *ret_mode = stat(full, &st) == 0 ? st.st_mode & 07777 : 0644;
    r = file_read(AT_FDCWD, full, FILE_MAX, ret, &len, e);
    if (r != -ENOENT)
        return r;
    *ret = strdup("");
    return *ret ? 0 : error_oom(e);
}

int host_write_block(struct context *c, const char *path, const char *lines, bool apply,
                     bool *ret_same, struct error *e)
{
    _cleanup_buf_ struct buf want = BUF_INIT(2 * FILE_MAX);
    _cleanup_free_ char *have = NULL;
    mode_t mode;
    int r = read_text(c, path, &have, &mode, e);

    if (r < 0)
        return r;
    text_block_replace(have, lines, &want);
    if (buf_check(&want) < 0)
        return error_oom(e);
    return host_write(c, path, want.data ? want.data : "", mode, apply, ret_same, e);
}

static int read_system(struct context *c, json_t **ret, struct error *e)
{
    return json_get_object(c->config, "system", ret, e);
}

int host_name(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    char now[256] = "", text[sizeof(c->host) + 1];
    int r;

    (void)snprintf(text, sizeof(text), "%s\n", c->host);
    r = host_write(c, "/etc/hostname", text, 0644, apply, ret_same, e);
    if (r < 0 || c->root[0])
        return r;
    if (gethostname(now, sizeof(now) - 1) == 0 && strcmp(now, c->host) == 0)
        return 0;
    *ret_same = false;
    if (apply && sethostname(c->host, strlen(c->host)) < 0)
        return error_set_errno(e, -errno, "the kernel's host name");
    return 0;
}

/* "127.0.1.1 NAME", as installers write it: what listens or registers by the host's name would be
 * reachable from here alone. */
static bool is_loopback_name(const char *line, void *userdata)
{
    struct context *c = userdata;
    char address[64], name[256];

    return sscanf(line, "%63s %255s", address, name) == 2 && strcmp(address, "127.0.1.1") == 0 &&
           (strcmp(name, c->host) == 0 ||
            (strncmp(name, c->host, strlen(c->host)) == 0 && name[strlen(c->host)] == '.'));
}

static int hosts_lines(json_t *hosts, struct buf *ret, struct error *e)
{
    json_t *entry, *names, *name;
    const char *address;
    size_t i, k;

    json_array_foreach(hosts, i, entry)
    {
        int r = json_get_string(entry, "address", &address, e);

        if (r >= 0)
            r = json_get_array(entry, "names", &names, e);
        if (r < 0)
            return error_wrap(e, "system.hosts");
        buf_add_str(ret, address);
        json_array_foreach(names, k, name)
        {
            buf_addf(ret, " %s", json_is_string(name) ? json_string_value(name) : "");
        }
        buf_add_char(ret, '\n');
    }
    return buf_check(ret) < 0 ? error_oom(e) : 0;
}

int host_hosts(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    _cleanup_buf_ struct buf lines = BUF_INIT(FILE_MAX), kept = BUF_INIT(2 * FILE_MAX);
    _cleanup_buf_ struct buf want = BUF_INIT(4 * FILE_MAX);
    _cleanup_free_ char *have = NULL;
    json_t *system, *hosts;
    mode_t mode;
    int r = read_system(c, &system, e);

    if (r >= 0)
        r = json_get_array(system, "hosts", &hosts, e);
    if (r >= 0)
        r = hosts_lines(hosts, &lines, e);
    if (r >= 0)
        r = read_text(c, "/etc/hosts", &have, &mode, e);
    if (r < 0)
        return r;
    text_comment_lines(have, is_loopback_name, c, "by nodeseed, see below", &kept);
    text_block_replace(kept.data ? kept.data : "", lines.data ? lines.data : "", &want);
    if (buf_check(&kept) < 0 || buf_check(&want) < 0)
        return error_oom(e);
    return host_write(c, "/etc/hosts", want.data ? want.data : "", mode, apply, ret_same, e);
}

int host_is_done(struct context *c, bool *ret, struct error *e)
{
    bool done = true;

    for (size_t i = 0; i < ARRAY_SIZE(parts) && done; i++) {
        int r = parts[i].part(c, false, &done, e);

        if (r < 0)
            return error_wrap(e, "%s", parts[i].doing);
    }
    *ret = done;
    return 0;
}

int host_run(struct context *c, struct error *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        bool same;
        int r;

        step_progress(c, (int)(i * 100 / ARRAY_SIZE(parts)), "%s", parts[i].doing);
        r = parts[i].part(c, true, &same, e);
        if (r < 0)
            return error_wrap(e, "%s", parts[i].doing);
        cut_here("host", parts[i].doing);
    }
    return 0;
}
