/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "common/json.h"

/* Entries of the node config's "artifacts", node-config(5). */
enum artifact_kind { ARTIFACT_BINARY, ARTIFACT_IMAGE };

struct artifact {
    enum artifact_kind kind;
    const char *name, *url, *sha256; /* all texts are borrowed from the config */
    uint64_t size;
    const char *path; /* ARTIFACT_BINARY */
    mode_t mode;
    const char *image, *image_id; /* ARTIFACT_IMAGE: tag, and digest of its configuration */
};

#define ARTIFACTS_MAX 256

/* *ret is freed by the caller. Digests are checked to be such, paths to be absolute. */
int artifacts_parse(const json_t *array, struct artifact **ret, size_t *ret_n,
                    struct error *e) _must_check_;

/* Whether `ctr images ls` lists this tag for the image of this ID. containerd's CRI plugin names
 * each image a second time by its ID; both lines then have the same manifest digest. */
bool image_is_listed(const char *list, const char *image, const char *image_id);
