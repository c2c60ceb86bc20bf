/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "bootstrap/step.h"

/* A folder under /tmp that stands for a machine's root, and a context that works in it. */
struct tree {
    char root[64];
    struct context context;
    struct settings *settings;
};

/* Both end the test when something fails. config is JSON text, or NULL for no config. */
void tree_make(struct tree *t, const char *config);
void tree_remove(struct tree *t);

/* path is absolute in the tree. */
void tree_write(const struct tree *t, const char *path, const char *text);
/* The file's text in fresh memory; NULL when there is none. */
char *tree_read(const struct tree *t, const char *path);
bool tree_has(const struct tree *t, const char *path);
