/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state.h"

/* What `seedctl status` shows. Pure: a status, the terminal's size and the time in, text out. */

struct board_style {
    unsigned width;  /* columns, at least 40 */
    unsigned height; /* lines, 0: as many as it takes */
    uint64_t now_ms; /* realtime, as the times in the status */
    bool colour;     /* ANSI colours for states */
};

/* The live board: a heading, and per host a bar, its step and what it is doing or waiting for. With
 * a height, hosts that need a look come first and the rest are counted in one line. Every line ends
 * in a newline and none is wider than the terminal. */
int board_render(const struct cluster_view *v, const struct board_style *style, struct buf *out,
                 struct error *e) _must_check_;

/* A table of all hosts in the inventory's order, and the machines that nobody knows. */
int board_table(const struct cluster_view *v, const struct board_style *style, struct buf *out,
                struct error *e) _must_check_;

/* How far a host is, 0 to 1000: whole steps, and the part of this one that its percentage says. */
unsigned board_permille(const struct host_view *h);

/* "waits: etcd 0 of 1: node1 preparing disks": what one line can say about a host. A host that
 * should have reported long ago has "silent for 12m03s: " before it. */
int board_words(const struct host_view *h, uint64_t now_ms, struct buf *out) _must_check_;

/* SGR parameters of the colour that a state has on the board and in the table. */
const char *board_colour(enum host_state state);

/* One line where the newest configuration is refused and an older one in use; else nothing. */
void board_add_refusal(const struct cluster_view *v, size_t width, struct buf *out);
