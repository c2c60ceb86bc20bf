/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* What a machine found out about itself (read-only) and sends along when it asks to enrol, for an
 * administrator who has to say which host it is. It comes from strangers: only the members below
 * are kept, texts as printable ASCII of bounded length. Pure.
 *
 * {"nics":[{"name","mac","driver","link","speed"}], "disks":[{"name","size","serial","wwn","path",
 *  "content"}], "dmi":{"vendor","product","serial","uuid"}, "memory_mb", "cpus"} */
#define FACTS_ITEMS_MAX 64 /* NICs, disks */
#define FACTS_TEXT_MAX 128 /* bytes of one text */

/* The "facts" of a request's body as compact JSON text, free() it; NULL when there are none.
 * -EINVAL when it is no object or larger than PROTOCOL_FACTS_MAX. */
int facts_read(const json_t *body, char **ret, struct error *e) _must_check_;
