/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "seed-server/plan/plan.h"

/* Plans from texts: a configuration folder is written to a temporary place and removed again. */

/* The guide's three hosts, roles included, with ip and a gateway. */
extern const char GUIDE[];
/* vars.yml under which GUIDE has no warning but that seed_artifacts is not set. */
extern const char QUIET[];

/* GUIDE with a few words of it replaced; borrowed until the next. */
const char *guide_but(const char *what, const char *by);
/* GUIDE and QUIET with more behind them; sections go on where GUIDE ends, in [all:vars]. */
const char *guide_and(const char *more);
const char *quiet_and(const char *more);

struct made {
    int result;
    struct plan *plan; /* NULL when refused */
    char *problems;    /* as problems_print, without the folder's name */
    char message[768];
};

/* stored is a list of key, value, …, NULL; NULL: a new cluster. */
struct made make_plan(const char *hosts, const char *vars, const char *const *stored);
/* With the plan options as given but for stored. */
struct made make_plan_with(const char *hosts, const char *vars, const char *const *stored,
                           struct plan_options options);
void made_done(struct made *m);

/* hosts and vars are refused, or warned about, with a line that has this text; or are not. */
void assert_refused(const char *hosts, const char *vars, const char *line);
void assert_warned(const char *hosts, const char *vars, const char *line);
void assert_silent(const char *hosts, const char *vars, const char *text);

/* One host's config, parsed. New reference. */
json_t *config_of(const struct made *m, const char *host);
/* "/kubelet/unit" → value, borrowed; fails the test where there is none. */
const json_t *at(const json_t *root, const char *path);
const char *text_at(const json_t *root, const char *path);
/* The FILE of that path in a list of them. */
const json_t *file_in(const json_t *files, const char *path);
