/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "common/clock.h"
#include "common/fingerprint.h"
#include "machine.h"
#include "state.h"
#include "terminal.h"
#include "text.h"

enum { OPTION_SOCKET = 1, OPTION_YES };

static const struct option options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"yes",    no_argument,       NULL, OPTION_YES   },
    {NULL,     0,                 NULL, 0            },
};

#define ARGUMENT_MAX 128 /* a fingerprint with all its blanks */

struct request {
    const char *socket, *host;
    char fingerprint[FINGERPRINT_SIZE]; /* "": not given */
    bool yes;
};

/* In one argument, or as the console shows it, which a shell takes for sixteen. */
static int read_fingerprint(int n, char *words[], char ret[FINGERPRINT_SIZE], struct error *e)
{
    _cleanup_buf_ struct buf all = BUF_INIT(ARGUMENT_MAX);

    for (int i = 0; i < n; i++)
        buf_add_str(&all, words[i]);
    if (buf_check(&all) == 0 && fingerprint_read(all.data, ret))
        return 0;
    return error_set(e, -EINVAL,
                     "'%.80s' is no fingerprint: give its 64 hex digits as the console shows them",
                     words[0]);
}

static bool waits_as(const json_t *entry, const char *host)
{
    const char *is = json_string_value(json_object_get(entry, "host"));

    return is && strcmp(is, host) == 0 && json_is_true(json_object_get(entry, "awaits_approval"));
}

/* Shows all that wait to become this host, and takes the fingerprint where it is one. */
static int choose(const struct cluster_view *view, const char *host, char ret[FINGERPRINT_SIZE],
                  struct error *e)
{
    _cleanup_buf_ struct buf words = BUF_INIT(CLIENT_ANSWER_MAX);
    uint64_t now_ms = clock_realtime_ms();
    const char *fingerprint = NULL;
    const json_t *entry;
    size_t i, n = 0;
    int r;

    json_array_foreach((json_t *)view->pending_list, i, entry)
    {
        if (!waits_as(entry, host))
            continue;
        machine_describe(entry, now_ms, &words);
        fingerprint = json_string_value(json_object_get(entry, "fingerprint"));
        n++;
    }
    if (buf_check(&words) < 0)
        return error_oom(e);
    if (n == 0)
        return error_set(e, -ENOENT,
                         "no machine waits for approval as %s; seedctl pending lists those that "
                         "wait, and why",
                         host);
    r = terminal_write(&words, e);
    if (r < 0)
        return r;
    if (n > 1)
        return error_set(e, -EEXIST,
                         "%zu machines wait for approval as %s: name the fingerprint that the "
                         "right one's console shows",
                         n, host);
    if (!fingerprint || !fingerprint_read(fingerprint, ret))
        return error_set(e, -EPROTO, "the server names no fingerprint for %s", host);
    return 0;
}

/* What is approved is the very key that was shown, whoever else asks meanwhile. */
static int show_and_ask(struct client *c, struct request *q, struct error *e)
{
    _cleanup_json_ json_t *status = NULL;
    _cleanup_view_ struct cluster_view view = {0};
    int r = client_get_json(c, "/admin/status", CLIENT_TIMEOUT_MS, &status, e);

    if (r == 0)
        r = cluster_view_read(status, &view, e);
    if (r == 0 && !cluster_view_find(&view, q->host))
        r = error_set(e, -ENOENT, "the inventory has no host %s", q->host);
    if (r == 0)
        r = choose(&view, q->host, q->fingerprint, e);
    if (r < 0 || q->yes)
        return r;
    printf("Approve it only if the console of %s shows this fingerprint.\n", q->host);
    return terminal_confirm(q->host, e);
}

static int approve(struct client *c, const struct request *q, struct error *e)
{
    _cleanup_json_ json_t *wanted = json_pack("{s:s}", "fingerprint", q->fingerprint);
    _cleanup_json_ json_t *answer = NULL;
    _cleanup_buf_ struct buf body = BUF_INIT(4096);
    int r = wanted ? json_print(wanted, &body, e) : error_oom(e);

    if (r == 0)
        r = client_post(c, "/admin/approve", q->host, body.data, &answer, e);
    if (r == 0)
        printf("%s: key %s approved; it enrols with its next attempt\n", q->host, q->fingerprint);
    return r;
}

int command_approve(int argc, char *argv[], struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    struct request q = {0};
    int option, r;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == OPTION_SOCKET)
            q.socket = optarg;
        else if (option == OPTION_YES)
            q.yes = true;
        else
            return COMMAND_USAGE;
    }
    if (optind == argc)
        return COMMAND_USAGE;
    q.host = argv[optind];
    r = argc - optind > 1 ? read_fingerprint(argc - optind - 1, argv + optind + 1, q.fingerprint, e)
                          : 0;
    if (r == 0)
        r = client_new(q.socket, &c, e);
    if (r == 0 && !*q.fingerprint)
        r = show_and_ask(c, &q, e);
    return r < 0 ? r : approve(c, &q, e);
}
