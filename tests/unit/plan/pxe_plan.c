/* SPDX-License-Identifier: Apache-2.0 */
#include "pxe_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

const char *guide_pxe(const char *more)
{
    static char text[4096];
    const char *place = strstr(GUIDE, "node2 ");

    assert_non_null(place);
    snprintf(text, sizeof(text), "%.*snode2 seed_boot=pxe %s %s", (int)(place - GUIDE), GUIDE, more,
             place + strlen("node2 "));
    return text;
}
