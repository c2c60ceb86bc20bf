/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "process.h"

/* The half of process.c that prepares and starts the child. */

struct child {
    char *path; /* of the program, looked up */
    char *const *argv;
    char **env;
    int input, output, errors, status; /* the child's ends */
    int fd_max;                        /* the highest descriptor open, for old kernels */
};

#define CHILD_INIT                                                                                 \
    {                                                                                              \
        .input = -1, .output = -1, .errors = -1, .status = -1                                      \
    }

/* Our ends: of stdout (with stderr in it when p->errors is NULL), of stderr (else -1), and of the
 * pipe that tells execve's errno. */
struct child_ends {
    int output, errors, status;
};

/* Everything that may fail or allocate is done here, before fork: after it only async-signal-safe
 * calls are allowed. On failure c and ret hold what was made so far. */
int child_prepare(struct child *c, const struct process *p, struct child_ends *ret,
                  struct error *e) _must_check_;
void child_done(struct child *c);

/* Forks, closes the child's ends here and waits for execve. */
int child_start(struct child *c, struct child_ends *ends, pid_t *ret_pid,
                struct error *e) _must_check_;
