/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "common/clock.h"
#include "machine.h"
#include "terminal.h"
#include "text.h"

enum { OPTION_SOCKET = 1, OPTION_JSON };

static const struct option options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"json",   no_argument,       NULL, OPTION_JSON  },
    {NULL,     0,                 NULL, 0            },
};

/* What an administrator may do about it. */
static void add_advice(const json_t *entry, struct buf *out)
{
    const char *host = json_string_value(json_object_get(entry, "host"));
    const char *mac = machine_mac(entry);

    buf_add_str(out, "    ");
    if (host && json_is_true(json_object_get(entry, "awaits_approval"))) {
        buf_add_str(out, "accept it as this host: seedctl approve ");
        (void)text_add(out, host, 254);
    } else if (mac) {
        buf_add_str(out, "make it a host: seedctl adopt ");
        (void)text_add(out, mac, 20);
        buf_add_str(out, " NAME");
    }
    text_end_line(out);
}

static int print_list(const json_t *pending, struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(CLIENT_ANSWER_MAX);
    uint64_t now_ms = clock_realtime_ms();
    const json_t *entry;
    size_t i;

    if (json_array_size(pending) == 0)
        buf_add_str(&out, "no machine waits\n");
    json_array_foreach((json_t *)pending, i, entry)
    {
        if (i > 0)
            buf_add_char(&out, '\n');
        machine_describe(entry, now_ms, &out);
        add_advice(entry, &out);
    }
    return buf_check(&out) < 0 ? error_oom(e) : terminal_write(&out, e);
}

int command_pending(int argc, char *argv[], struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    _cleanup_buf_ struct buf out = BUF_INIT(CLIENT_ANSWER_MAX);
    _cleanup_json_ json_t *answer = NULL;
    json_t *pending;
    const char *socket = NULL;
    bool json = false;
    int option, r;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == OPTION_SOCKET)
            socket = optarg;
        else if (option == OPTION_JSON)
            json = true;
        else
            return COMMAND_USAGE;
    }
    if (optind < argc)
        return COMMAND_USAGE;
    r = client_new(socket, &c, e);
    if (r == 0)
        r = client_get_json(c, "/admin/pending", CLIENT_TIMEOUT_MS, &answer, e);
    if (r == 0)
        r = json_get_array(answer, "pending", &pending, e);
    if (r < 0)
        return r;
    if (!json)
        return print_list(pending, e);
    r = json_print_pretty(answer, &out, e);
    return r < 0 ? r : terminal_write(&out, e);
}
