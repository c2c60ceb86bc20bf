/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "network.h"

/* What others (the image's maker, cloud-init, an installer) wrote about the NICs that are ours now.
 * ifupdown carries out every stanza of an interface, so one of theirs would run a DHCP client
 * beside our static address; netplan merges what two files say. Pure.
 *
 * A NIC whose name is not known, because the tree is not running yet, may be any that they name. */
enum foreign_result {
    FOREIGN_KEEP,   /* says nothing about ours */
    FOREIGN_CHANGE, /* ret has what remains */
    FOREIGN_REMOVE, /* nothing remains that makes sense by itself */
};

/* interfaces(5). Lines about ours are turned into comments. */
int foreign_interfaces(const char *text, const struct network *n, struct buf *ret,
                       enum foreign_result *ret_result, struct error *e) _must_check_;
/* Does it read that file, by "source" or "source-directory"? path is absolute; relative words are
 * taken from /etc/network. */
bool foreign_interfaces_reads(const char *text, const char *path);

/* netplan(5). What is no YAML is to be removed: netplan would refuse ours along with it. */
int foreign_netplan(const char *text, size_t len, const struct network *n, struct buf *ret,
                    enum foreign_result *ret_result, struct error *e) _must_check_;
