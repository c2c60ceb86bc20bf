/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/fetch.h"
#include "install_config.h"
#include "install_writer.h"

/* From the taskbox to the disk: what arrives is digested, unpacked and written as it comes; nothing
 * of it is kept. A connection that breaks is taken up where it stopped (Range, If-Range). */
struct install_stream {
    struct fetcher *fetcher;
    const struct install_image *image;
    const char *url;
    struct image_writer *writer;
    /* Now and then, for progress and heartbeats: bytes written so far. */
    void (*progress)(uint64_t written, void *userdata);
    /* Before a pause of ms, with why; does the sleeping. */
    void (*wait)(uint64_t ms, const char *why, void *userdata);
    void *userdata;
};

/* A connection that brings nothing so often in a row is given up. */
#define INSTALL_STREAM_TRIES 8

/* When this returns 0 the image is on the disk, synced, and was what it should be: size, SHA-256
 * and raw_size. -EBADMSG: it was not, and everything but the writer's head has been written. */
int install_stream_run(const struct install_stream *s, struct error *e) _must_check_;
