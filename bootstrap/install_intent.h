/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "common/parse.h"
#include "disk_probe.h"

/* The installer's mark on the disk that it writes: two blocks in the disk's first MiB, where
 * neither boot code nor a partition is, each
 *
 *   {"version":1,"cluster":"<uuid>","host":"node2","incarnation":1,"serial":"OS1","wwn":"",
 *    "state":"writing"|"whole","image":"<sha256 of the image as it is served>"}
 *
 * zero bytes up to 4,064, and SHA-256 over those. It is on the disk, synced, before the first byte
 * of an image is, and says "whole" after the last one: a disk with it is ours to write again after
 * a power cut, and nothing else that is not blank is. Readers refuse a version they do not know and
 * ignore members they do not know.
 *
 * A block is longer than what a disk writes whole or not at all. The second is therefore written
 * and synced before the first: a cut leaves one that says what was or one that says what is. The
 * first counts as long as it is whole. Earlier installers wrote the first alone. */

#define INSTALL_INTENT_OFFSET ((uint64_t)960 * 1024) /* bytes from the disk's beginning */
#define INSTALL_INTENT_SIZE 4096                     /* of a block */
#define INSTALL_INTENT_BLOCKS 2
#define INSTALL_MARK_SIZE (INSTALL_INTENT_BLOCKS * INSTALL_INTENT_SIZE)
#define INSTALL_INTENT_VERSION 1

enum install_state { INSTALL_WRITING, INSTALL_IS_WHOLE };

struct install_intent {
    char cluster[UUID_TEXT_SIZE];
    char host[254];
    int64_t incarnation;
    char serial[128], wwn[128]; /* "" when the disk has none */
    enum install_state state;
    char image[65];
};

/* -ENOENT when the block is all zeros or no intent at all, -EINVAL when it is a broken one. */
int install_intent_parse(const uint8_t block[INSTALL_INTENT_SIZE], struct install_intent *ret,
                         struct error *e) _must_check_;
int install_intent_print(const struct install_intent *intent, uint8_t ret[INSTALL_INTENT_SIZE],
                         struct error *e) _must_check_;

/* Whose disk is to be written, with what. */
struct install_claim {
    const char *cluster, *host, *image;
    int64_t incarnation;
    bool reinstall; /* an older incarnation of this host may be overwritten */
};

enum install_verdict {
    INSTALL_FRESH, /* the disk is blank */
    INSTALL_AGAIN, /* it is ours: begin again */
    INSTALL_WHOLE, /* our image is on it, whole: only seeding and what follows is left */
};

/* Decides on the disk that was chosen by its name. intent: what was found on it, or NULL. -EPERM is
 * a refusal with the disk's name, what is on it and what to do. Pure. */
int install_decide(const struct install_claim *claim, const struct disk *disk,
                   const struct disk_probe *probe, const struct install_intent *intent,
                   enum install_verdict *ret, struct error *e) _must_check_;

/* The intent of a claim for a disk. -EINVAL when a name does not fit. */
int install_intent_of(const struct install_claim *claim, const struct disk *disk,
                      struct install_intent *ret, struct error *e) _must_check_;
