/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json.h"

/* seed_artifacts: the programs and container images that nodes fetch, by digest. */
struct artifact {
    const char *name, *file, *sha256;
    uint64_t size;
    bool is_image;
    const char *path, *mode;      /* of a binary */
    const char *image, *image_id; /* of an image */
    unsigned roles;               /* enum role bits: who fetches it */
};

/* The whole list; names are unique. -EINVAL. */
int artifacts_check(const json_t *value, struct error *e) _must_check_;

/* One item; texts are borrowed from it. */
int artifact_read(const json_t *item, struct artifact *ret, struct error *e) _must_check_;

/* Is it the image of that component, "coredns" in k8s.gcr.io/coredns:1.7.0, "calico/node" in
 * quay.io/calico/node:v3.17.1? */
bool artifact_is_image_of(const struct artifact *a, const char *component);
