/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* From a machine that waits (machine.h) to its line in hosts.ini. Pure. */

/* A disk by one of its names: seed_install_disk. */
struct disk_name {
    const char *kind; /* "serial", "wwn", "by_path", "by_id"; NULL: none */
    const char *id;
};

struct adoption {
    const char *mac, *name;
    const char *ip; /* NULL: not known yet */
    bool pxe;       /* it told its disks: the installer runs on it */
    struct disk_name disk;
};

/* The only disk that is blank. -ENOENT when none is, -EEXIST when several are: none is ever chosen
 * by its size or its place. Borrowed from disks. */
int adopt_choose_disk(const json_t *disks, struct disk_name *ret, struct error *e) _must_check_;

/* "serial=OS9" from the command line: well formed, and one of disks (what it is called by "by_id"
 * is not among the facts, and taken as it is). *ret borrows from text. *ret_words: what is on the
 * disk where that is not nothing; NULL otherwise. */
int adopt_name_disk(const json_t *disks, char *text, struct disk_name *ret, const char **ret_words,
                    struct error *e) _must_check_;

/* The host's line, without a line break. -EINVAL when the name cannot be a host's. */
int adopt_line(const struct adoption *a, struct buf *out, struct error *e) _must_check_;

/* Comment lines: every disk, as seed_install_disk would name it. */
void adopt_list_disks(const json_t *disks, struct buf *out);
