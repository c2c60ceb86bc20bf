/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "common/error.h"
#include "common/parse.h"

/* What tells this machine from others: the MAC addresses of its interfaces and what its firmware
 * says. Vendors' placeholders are left out, so that they never identify. */
#define IDENTITY_MACS_MAX 32 /* as many as the server reads */

struct machine {
    char macs[IDENTITY_MACS_MAX][MAC_TEXT_SIZE]; /* sorted, each once */
    size_t n_macs;
    char uuid[UUID_TEXT_SIZE]; /* "" when there is none */
    char serial[128];          /* "" when there is none */
};

/* Reads ROOT/sys. -ENODEV when nothing at all identifies the machine. */
int machine_read(const char *root, struct machine *ret, struct error *e) _must_check_;

/* Firmware and kernel keep some of a machine's memory for themselves: of what the inventory asks
 * for, this share has to be there. */
#define MEMORY_PERCENT 90

/* MemTotal of ROOT/proc/meminfo, in KiB. */
int machine_memory_kb(const char *root, uint64_t *ret, struct error *e) _must_check_;
