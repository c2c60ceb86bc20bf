/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "common/file.h"
#include "report.h"
#include "step.h"

#define CONFIG_VERSION 1

char *context_path(const struct context *c, const char *path)
{
    return path_join(c->root, path);
}

int context_read(const struct context *c, const char *path, size_t max, char **ret, size_t *ret_len,
                 struct error *e)
{
    _cleanup_free_ char *full = context_path(c, path);

    return full ? file_read(AT_FDCWD, full, max, ret, ret_len, e) : error_oom(e);
}

int context_set_host(struct context *c, const char *host, struct error *e)
{
    if (!host[0] || strlen(host) >= sizeof(c->host))
        return error_set(e, -EPROTO, "a certificate without a host's name");
    if (host != c->host)
        (void)snprintf(c->host, sizeof(c->host), "%s", host);
    reporter_set_host(c->reporter, c->host);
    return 0;
}

static int read_roles(json_t *roles, unsigned *ret, struct error *e)
{
    static const struct {
        const char *name;
        enum node_role role;
    } names[] = {
        {"etcd",   NODE_ROLE_ETCD  },
        {"master", NODE_ROLE_MASTER},
        {"node",   NODE_ROLE_NODE  },
    };
    unsigned bits = 0;
    json_t *value;
    size_t i;

    json_array_foreach(roles, i, value)
    {
        unsigned bit = 0;

        for (size_t k = 0; k < ARRAY_SIZE(names) && json_is_string(value); k++)
            if (strcmp(json_string_value(value), names[k].name) == 0)
                bit = names[k].role;
        if (!bit)
            return error_set(e, -EINVAL, "host.roles has a role that this program does not know");
        bits |= bit;
    }
    if (!bits)
        return error_set(e, -EINVAL, "host.roles is empty");
    *ret = bits;
    return 0;
}

int context_set_config(struct context *c, json_t *config, struct error *e)
{
    json_t *host, *roles;
    const char *name, *ip;
    int64_t version;
    unsigned bits = 0;
    int r = json_get_int(config, "version", &version, e);

    if (r < 0)
        return r;
    if (version != CONFIG_VERSION)
        return error_set(e, -EINVAL,
                         "the node config has version %lld, this program knows %d: the taskbox and "
                         "this machine's seed-bootstrap are of different releases",
                         (long long)version, CONFIG_VERSION);
    r = json_get_object(config, "host", &host, e);
    if (r >= 0)
        r = json_get_string(host, "name", &name, e);
    if (r >= 0)
        r = json_get_string(host, "ip", &ip, e);
    if (r >= 0)
        r = json_get_array(host, "roles", &roles, e);
    if (r >= 0)
        r = read_roles(roles, &bits, e);
    if (r < 0)
        return r;
    if (strcmp(name, c->host) != 0)
        return error_set(e, -EINVAL, "the node config is for %s, this is %s", name, c->host);
    json_incref(config);
    json_decref(c->config);
    c->config = config;
    c->ip = ip;
    c->roles = bits;
    return 0;
}

void context_drop_config(struct context *c)
{
    json_decref(c->config);
    c->config = NULL;
    c->ip = "";
    c->roles = 0;
}

void context_done(struct context *c)
{
    context_drop_config(c);
}
