/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "install_config.h"

/* Unpacks a stream by the program that knows its format (zstd, xz, gzip) as a child between two
 * pipes; an image that is not packed passes through. One thread feeds it and takes what comes out,
 * so that neither side can wait for the other for ever. */
struct unpacker;

/* Called with each piece that comes out. */
typedef int unpacker_sink(const void *data, size_t len, void *userdata, struct error *e);

int unpacker_new(enum install_compression compression, unpacker_sink *sink, void *userdata,
                 struct unpacker **ret, struct error *e) _must_check_;
void unpacker_free(struct unpacker *u); /* NULL ok; ends the child */
DEFINE_CLEANUP(struct unpacker *, unpacker_free);

/* -EBADMSG with the program's words when it cannot go on, -ETIME when it does nothing for minutes,
 * else the sink's own. */
int unpacker_add(struct unpacker *u, const void *data, size_t len, struct error *e) _must_check_;
/* No more comes: takes the rest, and says whether the program ended well. */
int unpacker_end(struct unpacker *u, struct error *e) _must_check_;
