/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "server.h"
#include "volume_record.h"

/* What the files about volumes share: see volumes.h for what the keys are. */
#define VOLUMES_PREFIX "volumes/"
#define VOLUMES_RELEASE_PREFIX "release/"
#define VOLUMES_MADE_KEY "cluster/volumes-made"
#define VOLUMES_SEEN_KEY "cluster/volumes-seen"
#define VOLUMES_ASKED_KEY "cluster/volumes-asked"

/* Answers 409 and false where nodeseed makes no PersistentVolumes. */
bool volumes_are_ours(struct http_request *r);
/* A host's record of that kind, "volumes" or "release": new reference, NULL without memory. */
json_t *volumes_record_of(const struct store_view *view, const char *kind, const char *host,
                          uint64_t *ret_revision) _must_check_;
/* Somebody wants to know since the init master last looked. */
bool volumes_asked(const struct store_view *view);
