/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json.h"

/* seed_artifacts: what is fetched by digest. Nodes fetch programs and container images; blank
 * machines the files that they boot with, and the installer the system that it writes to a disk. */
enum artifact_kind {
    ARTIFACT_BINARY,
    ARTIFACT_IMAGE,    /* a container image's archive */
    ARTIFACT_OS_IMAGE, /* a disk's content */
    ARTIFACT_BOOT,     /* the installer's kernel and initramfs, boot loaders */
    ARTIFACT_KIND_COUNT
};

struct artifact {
    const char *name, *file, *sha256;
    uint64_t size;
    enum artifact_kind kind;
    const char *path, *mode;      /* of a binary */
    const char *image, *image_id; /* of an image */
    bool with_rbd;                /* of an image: it has the program rbd, too */
    const char *compression;      /* of an OS image: "none", "gzip", "xz" or "zstd" */
    uint64_t raw_size;            /* of an OS image: bytes on the disk */
    unsigned roles;               /* enum role bits: which nodes fetch it; 0: none */
};

/* The whole list; names are unique. -EINVAL. */
int artifacts_check(const json_t *value, struct error *e) _must_check_;

/* One item; texts are borrowed from it. */
int artifact_read(const json_t *item, struct artifact *ret, struct error *e) _must_check_;

/* Is it the image of that component, "coredns" in k8s.gcr.io/coredns:1.7.0, "calico/node" in
 * quay.io/calico/node:v3.17.1? */
bool artifact_is_image_of(const struct artifact *a, const char *component);
