/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "step.h"

/* Parts of STEP_HOST. Each compares the machine with config.system and, with apply, makes it so.
 * *ret_same: nothing was (or, without apply, would be) changed. */
typedef int host_part(struct context *c, bool apply, bool *ret_same, struct error *e);

host_part host_identity;  /* machine-id and SSH host keys of a copied image: made new */
host_part host_name;      /* /etc/hostname and the kernel's */
host_part host_hosts;     /* /etc/hosts */
host_part host_modules;   /* modules-load.d, and loaded */
host_part host_sysctls;   /* sysctl.d, and set */
host_part host_swap;      /* off for good */
host_part host_network;   /* a static address where config.system.network has one */
host_part host_routes;    /* further routes */
host_part host_time;      /* the time service's servers */
host_part host_ssh;       /* who may log in: system.ssh */
host_part host_root_size; /* partition and file system of / take the whole disk */

/* For parts that are a file: content compared, written with apply. path without the root prefix. */
int host_write(struct context *c, const char *path, const char *text, mode_t mode, bool apply,
               bool *ret_same, struct error *e) _must_check_;
/* The same for our part (text_block.h) of a file that may be missing. */
int host_write_block(struct context *c, const char *path, const char *lines, bool apply,
                     bool *ret_same, struct error *e) _must_check_;

/* Does ROOT/path exist? */
bool host_has(const struct context *c, const char *path);

/* How many bytes / could grow by: the room after its partition; 0 when it is not worth it, or the
 * config says that it stays as it is. */
uint64_t host_root_room(const struct context *c) _must_check_;
