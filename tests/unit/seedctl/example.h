/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "seed-server/seedctl/board.h"

/* Three hosts on their way, two minutes after the first was seen; times are relative to
 * EXAMPLE_NOW_MS. node1 is at the control plane (40 %), node2 waits for it, node3 was not seen. */
#define EXAMPLE_NOW_MS 1000120000ULL
extern const char example_running[];
/* The same three when all are ready. */
extern const char example_ready[];

/* A view of a status text; both are released by example_done(). */
struct example {
    json_t *value;
    struct cluster_view view;
};
struct example example_read(const char *text);
void example_done(struct example *x);
#define _cleanup_example_ _cleanup_(example_done)

/* No line of text is wider than width; tells the first that is. */
void assert_lines_fit(const char *text, size_t width);
