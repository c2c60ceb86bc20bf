/* SPDX-License-Identifier: Apache-2.0 */
#include "secrecy.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#ifndef __has_feature /* clang's */
#define __has_feature(x) 0
#endif

void secrecy_begin(void)
{
    const struct rlimit none = {0, 0};

    /* The limit is inherited by programs that are started, and honoured by systemd-coredump; where
     * core_pattern is another pipe, only the second keeps this program's memory out of it. A
     * sanitizer's leak check has to look into it. */
    (void)setrlimit(RLIMIT_CORE, &none); /* lowering a limit is always allowed */
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* 0 is a value that every kernel has */
#endif
}
