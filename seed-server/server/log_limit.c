/* SPDX-License-Identifier: Apache-2.0 */
#include "log_limit.h"

bool log_limit_pass(struct log_limit *l, uint64_t now_ms, uint64_t *ret_left_out)
{
    bool pass;

    (void)pthread_mutex_lock(&l->lock);
    if (now_ms - l->since_ms >= LOG_LIMIT_MS) {
        l->since_ms = now_ms;
        l->lines = 0;
    }
    pass = l->lines < LOG_LIMIT_LINES;
    l->lines += pass;
    *ret_left_out = pass ? l->left_out : 0;
    l->left_out = pass ? 0 : l->left_out + 1;
    (void)pthread_mutex_unlock(&l->lock);
    return pass;
}
