/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "common/error.h"
#include "common/protocol.h"

/* What nodes' steps wrote, as STATE/logs/HOST/STEP.log: at most LOG_FILE_MAX bytes a step, and as
 * much of what came before in STEP.log.1. Not synced: a lost tail of a log harms nothing. */
#define LOG_FILE_MAX (512 * 1024)

/* Appends. -ENOSPC when the disk is full. host is a host of the plan: never a path. */
int log_files_append(const char *state_folder, const char *host, enum step step, const void *data,
                     size_t len, struct error *e) _must_check_;

/* All steps in their order, or one (step -1: all), each under a line "== STEP". Nothing there is no
 * error. */
int log_files_read(const char *state_folder, const char *host, int step, struct buf *out,
                   struct error *e) _must_check_;
