/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "buf.h"
#include "error.h"

/* Runs a program from an argv vector: never through a shell. The child gets stdin from input (or
 * /dev/null), PATH and LANG=C and what env adds ("NAME=value", NULL-terminated, may be NULL), no
 * other descriptors, a process group of its own, and SIGKILL for the group at the time limit. */
struct process {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *env;  /* added to the clean environment */
    const void *input;       /* written to stdin, may be NULL */
    size_t input_len;
    uint64_t timeout_ms; /* must not be 0 */
    struct buf *output;  /* stdout and stderr together, cut off at its limit; may be NULL */
    struct buf *errors;  /* stderr alone goes here when not NULL */
    /* Called about every tick_ms while the program runs (a watchdog, a progress bar); may be NULL.
     */
    void (*tick)(void *userdata);
    void *tick_data;
    uint64_t tick_ms;
};

/* Returns 0 when the program ended with exit code 0. -ETIME when the limit ended it; -ECHILD for
 * another exit code or a signal (its value in *ret_status as of waitpid(2), may be NULL), with the
 * last line of its output in the error; a negative errno when it could not be started. */
int process_run(const struct process *p, int *ret_status, struct error *e) _must_check_;
