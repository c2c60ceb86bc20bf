/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* FILE entries of the node config: {"path", "mode", "owner" (optional), "json" or "text"}. */

/* Writes each entry of the array that differs (content, mode or owner), with the folders above it
 * (0755, as root). *ret_changed, which may be NULL, is set to true when any was written and is
 * never set to false, so that several lists can share it. */
int files_write(struct context *c, json_t *files, bool *ret_changed, struct error *e) _must_check_;

/* *ret: does each entry of the array have its content and mode on the machine? */
int files_check(struct context *c, json_t *files, bool *ret, struct error *e) _must_check_;
