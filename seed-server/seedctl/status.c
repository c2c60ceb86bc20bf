/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "common/parse.h"
#include "terminal.h"
#include "watch.h"

#define PATIENCE_MS (3 * 60 * 1000) /* longer than a node's back-off between two attempts */

enum { OPTION_SOCKET = 1, OPTION_WATCH, OPTION_JSON, OPTION_TIMEOUT, OPTION_PATIENCE };

static const struct option options[] = {
    {"socket",   required_argument, NULL, OPTION_SOCKET  },
    {"watch",    no_argument,       NULL, OPTION_WATCH   },
    {"json",     no_argument,       NULL, OPTION_JSON    },
    {"timeout",  required_argument, NULL, OPTION_TIMEOUT },
    {"patience", required_argument, NULL, OPTION_PATIENCE},
    {NULL,       0,                 NULL, 0              },
};

struct status_options {
    const char *socket;
    bool watch, json;
    struct watch_options watching;
};

static int read_options(int argc, char *argv[], struct status_options *ret, struct error *e)
{
    struct status_options o = {.watching.patience_ms = PATIENCE_MS};
    int option, r = 0;

    while (r == 0 && (option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        switch (option) {
        case OPTION_SOCKET:
            o.socket = optarg;
            break;
        case OPTION_WATCH:
            o.watch = true;
            break;
        case OPTION_JSON:
            o.json = true;
            break;
        case OPTION_TIMEOUT:
            r = parse_duration(optarg, &o.watching.timeout_ms, e);
            if (r < 0)
                r = error_wrap(e, "--timeout");
            break;
        case OPTION_PATIENCE:
            r = parse_duration(optarg, &o.watching.patience_ms, e);
            if (r < 0)
                r = error_wrap(e, "--patience");
            break;
        default:
            return COMMAND_USAGE;
        }
    }
    if (r < 0)
        return r;
    if (optind < argc || (o.watch && o.json) || (o.watching.timeout_ms && !o.watch))
        return COMMAND_USAGE;
    *ret = o;
    return 0;
}

static int print_status(const json_t *status, bool json, struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(CLIENT_ANSWER_MAX);
    _cleanup_view_ struct cluster_view view = {0};
    struct board_style style = terminal_style();
    int r;

    if (json) {
        r = json_print_pretty(status, &out, e);
    } else {
        r = cluster_view_read(status, &view, e);
        if (r == 0)
            r = board_table(&view, &style, &out, e);
    }
    return r < 0 ? r : terminal_write(&out, e);
}

int command_status(int argc, char *argv[], struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    _cleanup_json_ json_t *status = NULL;
    struct status_options o;
    int r = read_options(argc, argv, &o, e);

    if (r != 0)
        return r;
    r = client_new(o.socket, &c, e);
    if (r < 0)
        return r;
    if (o.watch)
        return watch_run(c, &o.watching, e);
    r = client_get_json(c, "/admin/status", CLIENT_TIMEOUT_MS, &status, e);
    return r < 0 ? r : print_status(status, o.json, e);
}
