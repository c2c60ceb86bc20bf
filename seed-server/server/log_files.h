/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "common/error.h"
#include "common/protocol.h"

/* What nodes' steps wrote, as STATE/logs/HOST/STEP.log: at most LOG_FILE_MAX bytes a step, and as
 * much of what came before in STEP.log.1. Not synced: a lost tail of a log harms nothing. */
#define LOG_FILE_MAX (512 * 1024)

/* Appends what an ended step wrote, in place of what was known of it while it ran. -ENOSPC when the
 * disk is full. host is a host of the plan: never a path. */
int log_files_append(const char *state_folder, const char *host, enum step step, const void *data,
                     size_t len, struct error *e) _must_check_;

/* What a step that runs has written so far, all of it, as STEP.log.now: in place of the last
 * time's. */
int log_files_set_running(const char *state_folder, const char *host, enum step step,
                          const void *data, size_t len, struct error *e) _must_check_;

/* All steps in their order, or one (step -1: all), each under a line "== STEP", and what runs last.
 * Nothing there is no error. */
int log_files_read(const char *state_folder, const char *host, int step, struct buf *out,
                   struct error *e) _must_check_;
