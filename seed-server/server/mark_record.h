/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/json.h"
#include "sha256.h"

/* The labels and taints that Nodes are to have. Pure. The store has
 *
 *   marks/HOST           {"config", "labels": {KEY: VALUE}, "taints": {"KEY:EFFECT": VALUE},
 *                         "before": {"labels": [KEY], "taints": ["KEY:EFFECT"]}}
 *   cluster/nodes-made   {"digest", "missing"}
 *
 * config is the SHA-256 of the config that the host has carried out and that says so, before is
 * what others said before it: only that may be taken away from its Node again. A Node itself
 * remembers what was set (its annotations), which its kubelet could rewrite: with before, a node
 * cannot have an administrator's taint taken off itself. A host that never had any has no record.
 *
 * digest is of all records, missing how many Nodes were not there when the first master had made
 * the others so. */

/* What becomes of a host's record (text, NULL: it has none) when it has carried out that config. To
 * free; *ret NULL: it needs none. Configs of older releases say nothing of labels and taints. */
int mark_record_next(const char *text, const json_t *config, const char *digest, char **ret,
                     struct error *e) _must_check_;

/* What the first master is told: the record as "name" of that host, without "config". -EINVAL for a
 * text that is none. */
int mark_record_node(const char *text, const char *host, json_t **ret,
                     struct error *e) _must_check_;

struct nodes_made {
    char digest[SHA256_TEXT_SIZE]; /* "": nothing was made yet */
    uint64_t missing;
};
/* A record, or the body of POST /v1/nodes/made. */
int nodes_made_parse(const char *text, size_t len, struct nodes_made *ret,
                     struct error *e) _must_check_;
/* To free; NULL without memory. */
char *nodes_made_text(const struct nodes_made *m) _must_check_;

/* When the first master is told. Not again at once where it did not work, nor for each of the nodes
 * that become ready one after the other: looking at all Nodes of a large cluster costs it seconds.
 */
#define MARK_PAUSE_MS 10000
#define MARK_PAUSE_MAX_MS (10 * 60 * 1000)
#define MARK_MISSING_MAX_MS (60 * 60 * 1000) /* a Node that was deleted may never come */

struct mark_turn {
    char digest[SHA256_TEXT_SIZE]; /* that it was last told of */
    uint64_t told_ms;              /* when; 0: never */
    unsigned times;                /* how often for this one */
    uint64_t due_ms;               /* somebody is waiting until then; 0: nobody */
};
/* There is something to make: is it to be told now, which counts as done if so? missing: all of it
 * is made but what is missing. */
bool mark_turn_take(struct mark_turn *t, const char *digest, bool missing, uint64_t now_ms);
/* Has the time come that somebody was waiting for? Says so once. */
bool mark_turn_comes(struct mark_turn *t, uint64_t now_ms);
