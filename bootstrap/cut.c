/* SPDX-License-Identifier: Apache-2.0 */
#include "cut.h"

#ifdef NODESEED_TEST_CUTS
#include <signal.h>
#include <stdlib.h>
#include <string.h>

void cut_here(const char *step, const char *point)
{
    const char *at = getenv("NODESEED_CUT_AT");
    size_t n = strlen(step);

    /* raise() returns for SIGKILL only where it failed; there is no going on from a power cut. */
    if (at && strncmp(at, step, n) == 0 && at[n] == ':' && strcmp(at + n + 1, point) == 0)
        for (;;)
            (void)raise(SIGKILL);
}
#else
typedef int cut_is_nothing_in_the_product; /* ISO C wants a declaration */
#endif
