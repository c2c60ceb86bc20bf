/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a power cut is tried in tests: cut_here("disks", "after-mkfs") ends the process with
 * SIGKILL when NODESEED_CUT_AT=disks:after-mkfs is in the environment. The runner itself has the
 * points "before" and "done" of each step and "journaled" after its journal entry. In the product
 * it is nothing. */
#ifdef NODESEED_TEST_CUTS
void cut_here(const char *step, const char *point);
#else
static inline void cut_here(const char *step, const char *point)
{
    (void)step;
    (void)point;
}
#endif
