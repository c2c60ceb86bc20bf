/* SPDX-License-Identifier: Apache-2.0 */
#include "network_files.h"

#define RESOLV_PATH "/etc/resolv.conf"
#define CLOUD_PATH "/etc/cloud/cloud.cfg.d/99-nodeseed-network.cfg"

/* /etc/resolv.conf is not among them: it is everybody's. */
const char *const network_own_files[] = {
    "/etc/netplan/99-nodeseed.yaml",
    "/etc/network/interfaces.d/nodeseed",
    "/etc/udev/rules.d/75-nodeseed-net.rules",
    "/etc/systemd/network/05-nodeseed*",
    CLOUD_PATH,
    NULL,
};

void network_files_done(struct network_files *f)
{
    for (size_t i = 0; i < f->n; i++)
        buf_done(&f->items[i].text);
    f->n = 0;
}

struct buf *network_files_add(struct network_files *f, mode_t mode, const char *path_format, ...)
{
    /* NETWORK_FILES_MAX is what all together need: one too many would be a mistake of ours, and
     * becomes an error of the last one. */
    struct network_file *file = &f->items[f->n < NETWORK_FILES_MAX ? f->n++ : f->n - 1];
    va_list args;

    file->mode = mode;
    file->beside = false;
    buf_init(&file->text, NETWORK_FILE_LIMIT);
    va_start(args, path_format);
    (void)vsnprintf(file->path, sizeof(file->path), path_format, args);
    va_end(args);
    return &file->text;
}

static struct buf *add_beside(struct network_files *f, const char *path)
{
    struct buf *text = network_files_add(f, 0644, "%s", path);

    f->items[f->n - 1].beside = true;
    return text;
}

static void add_resolv_conf(const struct network *n, struct network_files *ret)
{
    struct buf *out;

    if (!n->n_dns)
        return;
    out = add_beside(ret, RESOLV_PATH);
    buf_add_str(out, "# Written by seed-bootstrap, changes are lost.\n");
    for (size_t i = 0; i < n->n_dns; i++)
        buf_addf(out, "nameserver %s\n", n->dns[i]);
}

int network_render(const struct network *n, const struct network_image *image,
                   struct network_files *ret, struct error *e)
{
    static int (*const renderers[])(const struct network *, const struct network_image *,
                                    struct network_files *, struct error *) = {
        [NETWORK_NETPLAN] = network_netplan,
        [NETWORK_IFUPDOWN] = network_ifupdown,
        [NETWORK_NETWORKD] = network_networkd,
    };
    int r = renderers[image->backend](n, image, ret, e);

    if (r < 0)
        return r;
    if (!image->resolver)
        add_resolv_conf(n, ret);
    if (image->cloud_init)
        buf_add_str(add_beside(ret, CLOUD_PATH), "network: {config: disabled}\n");
    for (size_t i = 0; i < ret->n; i++)
        if (buf_check(&ret->items[i].text) < 0)
            return error_oom(e);
    return 0;
}
