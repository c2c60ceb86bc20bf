/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* How many lines strangers may cause in the log: LOG_LIMIT_LINES in LOG_LIMIT_MS. What is left out
 * is counted. Any thread. */
#define LOG_LIMIT_LINES 50
#define LOG_LIMIT_MS 10000

struct log_limit {
    pthread_mutex_t lock; /* guards all below */
    uint64_t since_ms, left_out;
    unsigned lines;
};
#define LOG_LIMIT_INIT                                                                             \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/* May there be one more line? *ret_left_out: so many were not, since the last that was. */
bool log_limit_pass(struct log_limit *l, uint64_t now_ms, uint64_t *ret_left_out);
