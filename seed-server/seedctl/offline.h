/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <getopt.h>

#include "seed-server/plan/plan.h"

/* The commands that work on a configuration folder, with or without a server: check, plan, render.
 * Where a server runs, what it has promised already (pod networks, member names, the cluster's id)
 * counts, and its addresses go into what is rendered. */

struct offline_options {
    const char *conf;      /* --conf DIR; where it is missing, offline_conf() */
    const char *artifacts; /* --artifacts DIR, may be NULL */
    const char *socket;    /* --socket PATH, may be NULL: the usual one */
    const char *server,
        *tls_server;  /* --server URL, --tls-server URL: instead of what a server says */
    bool alone;       /* --alone: ask no server */
    bool json;        /* --json */
    const char *diff; /* --diff FILE */
    /* What hosts.ini is to hold instead of what it holds; NULL: what it holds. */
    const char *hosts_text;
    size_t hosts_len;
};

/* A command with options of its own has a table of them that begins with OFFLINE_OPTIONS, numbers
 * its own from OFFLINE_LAST + 1, and gives what it does not know to offline_option(). */
enum {
    OFFLINE_CONF = 1,
    OFFLINE_ARTIFACTS,
    OFFLINE_SOCKET,
    OFFLINE_SERVER,
    OFFLINE_TLS,
    OFFLINE_ALONE,
    OFFLINE_LAST = OFFLINE_ALONE
};
/* clang-format off */
#define OFFLINE_OPTIONS                                                                            \
    {"conf",       required_argument, NULL, OFFLINE_CONF     },                                    \
    {"artifacts",  required_argument, NULL, OFFLINE_ARTIFACTS},                                    \
    {"socket",     required_argument, NULL, OFFLINE_SOCKET   },                                    \
    {"server",     required_argument, NULL, OFFLINE_SERVER   },                                    \
    {"tls-server", required_argument, NULL, OFFLINE_TLS      },                                    \
    {"alone",      no_argument,       NULL, OFFLINE_ALONE    }
/* clang-format on */
/* The configuration that is meant without --conf: "conf" where there is such a folder, as in a tree
 * that it is worked on in, else the running server's. */
#define CONF_FOLDER "/etc/nodeseed"
const char *offline_conf(void);
#define OFFLINE_DEFAULTS                                                                           \
    {                                                                                              \
        .conf = offline_conf()                                                                     \
    }
/* False: option is none of OFFLINE_OPTIONS. */
bool offline_option(int option, const char *argument, struct offline_options *o) _must_check_;

/* Options into *ret; *ret_first is the index of the first argument after them. accepted names the
 * long options of the command ("json", "diff") beside the common ones. 0, or COMMAND_USAGE. */
int offline_options_read(int argc, char *argv[], const char *accepted, struct offline_options *ret,
                         int *ret_first) _must_check_;

/* Loads and plans, printing every problem and warning to stderr. 0; COMMAND_REFUSED when problems
 * are there and printed; a negative errno with the error. */
int offline_plan(const struct offline_options *o, struct plan **ret, struct error *e) _must_check_;
