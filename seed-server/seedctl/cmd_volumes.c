/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "terminal.h"
#include "text.h"

enum { OPTION_SOCKET = 1, OPTION_JSON };

static const struct option options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"json",   no_argument,       NULL, OPTION_JSON  },
    {NULL,     0,                 NULL, 0            },
};

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

/* The widths of columns; the last one has none. */
static const size_t widths[] = {20, 48, 10};

static const char *text_of(const json_t *o, const char *part, const char *key)
{
    const char *text = json_string_value(json_object_get(part ? json_object_get(o, part) : o, key));

    return text ? text : "?";
}

static void add_cell(struct buf *out, const char *text, size_t column)
{
    _cleanup_buf_ struct buf safe = BUF_INIT(4096);

    (void)text_add(&safe, text, 512);
    buf_addf(out, "%-*s  ", (int)widths[column], safe.data ? safe.data : "");
}

/* The size and the name are the PersistentVolume's, as Kubernetes has them. */
static void add_volume(struct buf *out, const json_t *volume)
{
    const json_t *object = json_object_get(volume, "object");
    const json_t *capacity = json_object_get(json_object_get(object, "spec"), "capacity");

    add_cell(out, text_of(volume, NULL, "host"), 0);
    add_cell(out, text_of(volume, NULL, "path"), 1);
    add_cell(out, text_of(capacity, NULL, "storage"), 2);
    (void)text_add(out, text_of(object, "metadata", "name"), 64);
    if (json_is_true(json_object_get(volume, "releasing")))
        buf_add_str(out, " (being emptied)");
    buf_add_char(out, '\n');
}

int command_volumes(int argc, char *argv[], struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    _cleanup_buf_ struct buf out = BUF_INIT(OUTPUT_MAX);
    _cleanup_json_ json_t *answer = NULL;
    const char *socket = NULL;
    json_t *volumes, *volume;
    bool as_json = false;
    int option, r;
    size_t i;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == OPTION_SOCKET)
            socket = optarg;
        else if (option == OPTION_JSON)
            as_json = true;
        else
            return COMMAND_USAGE;
    }
    if (optind != argc)
        return COMMAND_USAGE;
    if ((r = client_new(socket, &c, e)) < 0 ||
        (r = client_get_json(c, "/admin/volumes", CLIENT_TIMEOUT_MS, &answer, e)) < 0 ||
        (r = json_get_array(answer, "volumes", &volumes, e)) < 0)
        return r;
    if (as_json) {
        r = json_print_pretty(volumes, &out, e);
        return r < 0 ? r : terminal_write(&out, e);
    }
    add_cell(&out, "HOST", 0);
    add_cell(&out, "PATH", 1);
    add_cell(&out, "SIZE", 2);
    buf_add_str(&out, "PERSISTENTVOLUME\n");
    json_array_foreach(volumes, i, volume) add_volume(&out, volume);
    return buf_check(&out) < 0 ? error_oom(e) : terminal_write(&out, e);
}
