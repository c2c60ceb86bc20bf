/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "install_cmdline.h"

/* The installer: this program in an initramfs (seed-bootstrap --install), as a table of steps of
 * its own with the same runner. Its state is in memory, and gone with the next boot: what outlives
 * a power cut is the mark on the disk (install_intent.h) and what the taskbox knows. */

struct install {
    struct install_cmdline cmdline;
    char nic[MAC_TEXT_SIZE]; /* of the card, or the bond's first, that leads to the taskbox; "" */
    json_t *facts;           /* read-only discovery, for the enrolment's body (install_facts.h) */
    uint64_t link_ms;        /* how long to wait for a link */
    bool restarts;           /* the machine, when the installation is done; not under --root */
    char screen[2048];       /* what the waiting screen showed last */
};

static inline void install_done(struct install *i)
{
    json_decref(i->facts);
}

/* Switches with spanning tree take 30 s. */
#define INSTALL_LINK_MS 45000

/* Where an installer keeps its state, below --root. */
#define INSTALL_STATE "/run/nodeseed"

/* Restarts the machine, when it is ours to restart: returns 0 only where it is not. */
struct context;
int install_restart(struct context *c, struct error *e) _must_check_;
