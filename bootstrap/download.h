/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/fetch.h"

/* A file by URL, size and SHA-256. */
struct download {
    const char *url;
    const char *sha256; /* lower case hex; also the ETag under which the server knows the file */
    uint64_t size;
    const char *path;
    mode_t mode;
    _Atomic uint64_t *got; /* bytes so far, for whoever shows progress; may be NULL */
};

/* Makes path that file. What arrives is kept in PATH.part, across failures and restarts, and
 * carried on with Range and If-Range; whole and with the right digest it is synced and renamed, so
 * that path is either what it was or what was asked for. Tries again by itself after what passes (a
 * refused, broken or overdue connection, 429, 5xx); gives up after DOWNLOAD_TRIES in a row that
 * brought nothing. -EBADMSG: the file is not what was asked for, after a fresh start as well;
 * -ENOENT and -EPROTO: the server's answer makes no sense to try again. */
#define DOWNLOAD_TRIES 6
int download_run(struct fetcher *f, const struct download *d, struct error *e) _must_check_;

/* *ret: does path have that size and digest? A missing file has not. */
int file_has_digest(const char *path, uint64_t size, const char *sha256, bool *ret,
                    struct error *e) _must_check_;
