/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* Local volumes whose PersistentVolumes nodeseed makes; the config's member "volumes" says so and
 * names the class' folder. What is mounted right below it is a volume, whoever mounted it. */

#define VOLUMES_MOUNTS_MAX 256

struct volume_mounts {
    struct volume_mount {
        char *path;   /* "/mnt/disks/…", without the root prefix */
        char *number; /* "8:16", the file system's device */
        char *inside; /* the folder of that file system which is mounted, "/" for all of it */
        const char *used_at; /* another place where it or a part of it is mounted; NULL: none */
    } * items;               /* in order of path, each once */
    size_t n;
    char *text; /* of mountinfo, which used_at points into */
};
void volume_mounts_done(struct volume_mounts *m);
#define _cleanup_volume_mounts_ _cleanup_(volume_mounts_done)

/* From the text of /proc/PID/mountinfo (proc(5)). folder has no slash at its end; root, which may
 * be "", goes before it. -E2BIG above VOLUMES_MOUNTS_MAX. */
int volume_mounts_parse(const char *mountinfo, const char *root, const char *folder,
                        struct volume_mounts *ret, struct error *e) _must_check_;

/* Removes all that is in a file system but what mkfs and the disk's owner put there (lost+found and
 * our marker), however deep it is; never crosses into what is mounted in it. tick, which may be
 * NULL, is called now and then. */
int volume_empty(const char *path, void (*tick)(void *userdata), void *userdata,
                 struct error *e) _must_check_;

/* Tells the server what this node has; empties what the server names, as an administrator asked it
 * (seedctl volumes release); on the init master makes the PersistentVolumes that are missing.
 * Nothing without the config's "volumes". Safe to repeat. */
int volumes_attend(struct context *c, struct error *e) _must_check_;
