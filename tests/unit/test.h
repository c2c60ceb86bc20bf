/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cmocka.h and what it expects to have been included before it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A call that must succeed; shows the error's words when it does not. */
#define assert_good(call, e)                                                                       \
    do {                                                                                           \
        if ((call) < 0)                                                                            \
            fail_msg("%s: %s", #call, (e)->message);                                               \
    } while (0)
