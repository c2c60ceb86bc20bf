/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "disk_plan.h"

/* What the taskbox tells an installer (GET /v1/install, openapi.json): which disk, which image, and
 * what the installed system is to be given. */

enum install_compression { INSTALL_RAW, INSTALL_GZIP, INSTALL_XZ, INSTALL_ZSTD };

struct install_image {
    const char *name, *url, *sha256; /* url absolute, or a path of the plain plane */
    uint64_t size, raw_size;         /* bytes as served, and unpacked */
    enum install_compression compression;
};

/* Texts are borrowed from json. */
struct install_config {
    json_t *json;
    const char *cluster, *host;
    int64_t incarnation;
    char root_uuid[UUID_TEXT_SIZE]; /* of the root file system */
    char disk_guid[UUID_TEXT_SIZE]; /* of the partition table, where that is a GPT */
    bool reinstall;
    struct disk_want disk; /* match and name alone */
    struct install_image image;
    int64_t memory_mb;     /* least that the machine must have, 0 any */
    const json_t *network; /* system.network of node-config(5), NULL: what the image does */
    const char *server, *plain, *pin, *seed_host; /* for the installed system's seed.yml */
};

/* Keeps a reference to json. Errors name the member. Pure. */
int install_config_read(json_t *json, struct install_config *ret, struct error *e) _must_check_;
void install_config_done(struct install_config *c);

/* Bytes of the text that are accepted. */
#define INSTALL_CONFIG_MAX (256 * 1024)
