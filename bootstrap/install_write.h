/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "install_config.h"
#include "install_disk.h"
#include "install_table.h"
#include "step.h"

/* The installer's disk from decision to bootable. The order, each line durable before the next
 * begins, so that a cut after any of them is begun again or carried on from what is found:
 *
 *   mark "writing" on the disk
 *   no partition table at either end
 *   the image but for its first MiB, held against its digest
 *   root checked, given its new UUID and the disk's size
 *   seeded: a new token, addresses, no foreign identity; boot loaders name the new UUID
 *   backup GPT, first MiB but for its first sector
 *   first sector: from here on the disk boots
 *   mark "whole" */
struct install_target {
    struct context *c;
    const struct install_config *config;
    struct install_claim claim;
    struct install_intent intent;
    enum install_verdict verdict;
    struct install_disk disk;
    struct install_table table;
    const char *folder;      /* on a file system in memory */
    const char *seed_token;  /* for the installed system */
    char nic[MAC_TEXT_SIZE]; /* of the card that leads to the taskbox; "" unknown */
    bool uefi;
    char *loader; /* on the ESP, as UEFI writes it; NULL without an ESP */
};

/* Up to the first line's effect on what can be refused: is the disk large enough? */
int install_write_check(const struct install_target *t, const struct disk *disk,
                        struct error *e) _must_check_;

/* The image onto the disk (or, when it is there whole, its table from the disk), and the table
 * fitted: t->table. t->disk is open and claimed. */
int install_write_image(struct install_target *t, struct error *e) _must_check_;

/* The file systems made this host's. t->disk is unclaimed afterwards, and has no partitions. */
int install_write_systems(struct install_target *t, struct error *e) _must_check_;

/* The last three lines; nothing when the disk is whole already. */
int install_write_end(struct install_target *t, struct error *e) _must_check_;

/* Takes away what a killed predecessor has left mounted. */
void install_write_tidy(struct context *c, const char *folder);

void install_target_done(struct install_target *t);
