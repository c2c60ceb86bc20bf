/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "network.h"

/* What a struct network is turned into: files for whoever manages addresses in an image. Pure but
 * for network_image_read(). */

/* Who it is. */
enum network_backend { NETWORK_NETPLAN, NETWORK_IFUPDOWN, NETWORK_NETWORKD, NETWORK_NOBODY };

/* What an image has, as far as the files depend on it. */
struct network_image {
    enum network_backend backend;
    /* systemd 245 and later: a NIC is still known by the address burnt in while a bond has given it
     * another, and what lies on top of it is not taken for it. */
    bool permanent_mac;
    bool netplan_routes; /* netplan 0.99 and later, where gateway4 is deprecated */
    /* resolvconf or systemd-resolved: who takes name servers from the back end. Without either,
     * nobody but us writes /etc/resolv.conf. */
    bool resolver;
    bool networkd_enabled;
    bool cloud_init; /* which would write what it thinks of the network at the next boot */
};

/* Looks at the tree at root. */
int network_image_read(const char *root, struct network_image *ret, struct error *e) _must_check_;

struct network_file {
    char path[80]; /* absolute, in the image */
    mode_t mode;
    bool beside; /* NETWORK_BESIDE when it differs */
    struct buf text;
};

/* Everything of a back end: two devices of two files, the NICs, and what goes beside them. */
#define NETWORK_FILES_MAX (NETWORK_MEMBERS_MAX + 8)
#define NETWORK_FILE_LIMIT (64 * 1024)

struct network_files {
    struct network_file items[NETWORK_FILES_MAX];
    size_t n;
};

void network_files_done(struct network_files *f);
#define _cleanup_network_files_ _cleanup_(network_files_done)

/* A further file: its text is to be filled in, and is checked by whoever asked for all of them. */
struct buf *network_files_add(struct network_files *f, mode_t mode, const char *path_format, ...)
    _printf_(3, 4);

/* The files for one image. -ENOMEM. */
int network_render(const struct network *n, const struct network_image *image,
                   struct network_files *ret, struct error *e) _must_check_;

/* The back ends' parts of it. */
int network_netplan(const struct network *n, const struct network_image *image,
                    struct network_files *ret, struct error *e) _must_check_;
int network_ifupdown(const struct network *n, const struct network_image *image,
                     struct network_files *ret, struct error *e) _must_check_;
int network_networkd(const struct network *n, const struct network_image *image,
                     struct network_files *ret, struct error *e) _must_check_;

/* Where files of ours may be: what matches and is not rendered is an old one of ours. NULL at the
 * end. */
extern const char *const network_own_files[];
