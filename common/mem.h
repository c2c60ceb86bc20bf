/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ownership helpers. An owner carries one of the _cleanup_ attributes; handing over is visible as
 * TAKE_PTR or TAKE_FD, which leave NULL or -1 behind. */

#define _must_check_ __attribute__((warn_unused_result))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _cleanup_(f) __attribute__((cleanup(f)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define TAKE_PTR(p)                                                                                \
    ({                                                                                             \
        __typeof__(p) *_pp = &(p);                                                                 \
        __typeof__(p) _p = *_pp;                                                                   \
        *_pp = NULL;                                                                               \
        _p;                                                                                        \
    })

#define TAKE_FD(fd)                                                                                \
    ({                                                                                             \
        int *_fdp = &(fd);                                                                         \
        int _fd = *_fdp;                                                                           \
        *_fdp = -1;                                                                                \
        _fd;                                                                                       \
    })

/* Defines name##p(T *p) for use with _cleanup_, calling free_function on a non-NULL owner. */
#define DEFINE_CLEANUP(type, free_function)                                                        \
    static inline void free_function##p(type *p)                                                   \
    {                                                                                              \
        if (*p)                                                                                    \
            free_function(*p);                                                                     \
    }                                                                                              \
    struct mem_h_swallow_semicolon

static inline void freep(void *p)
{
    free(*(void **)p);
}

/* Closes and keeps errno. For descriptors that were only read, or that were synced before: whoever
 * needs close()'s own answer calls close() himself. */
static inline void closep(int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        (void)close(*fd);
        errno = saved;
    }
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
