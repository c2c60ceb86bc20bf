/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "disk_plan.h"

/* sfdisk(8)'s script for the partitions of a disk that gets volumes, with their preset GUIDs: the
 * same each time, so that a table whose writing was cut off is simply written again. */
int disk_gpt_script(const struct disk_want *want, const struct disk_decision *decision,
                    struct buf *out, struct error *e) _must_check_;
