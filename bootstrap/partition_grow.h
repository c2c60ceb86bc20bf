/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* Making a partition that is in use larger, where it is: what comes before it does not move, and
 * neither does what comes after. */

#define PARTITION_MBR_SIZE 512

/* How many bytes lie free after a partition: up to the next one, the disk's end, or where a table
 * of type dos cannot count any further (2^32 sectors). 0 for what cannot be said, and for a logical
 * partition, whose end is that of the extended one around it. folder: sysfs's of the partition,
 * below that of its disk; mbr: the disk's first bytes. */
uint64_t partition_room(const char *folder, const uint8_t mbr[PARTITION_MBR_SIZE]) _must_check_;

/* Has the partition of that number take the room after it. 0 also where the program that does it
 * sees none. */
int partition_grow(struct context *c, const char *disk, const char *number,
                   struct error *e) _must_check_;
