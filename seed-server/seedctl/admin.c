/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "common/file.h"
#include "terminal.h"
#include "text.h"

enum { OPTION_SOCKET = 1, OPTION_OUTPUT, OPTION_PIN };

/* What the commands here take: each names the options it allows and whether it wants a host. */
struct request {
    const char *socket, *host, *output;
    bool pin;
};

static const struct option options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"pin",    no_argument,       NULL, OPTION_PIN   },
    {NULL,     0,                 NULL, 0            },
};

static int read_request(int argc, char *argv[], bool wants_host, int allowed, struct request *ret)
{
    struct request q = {0};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option != OPTION_SOCKET && option != allowed)
            return COMMAND_USAGE;
        if (option == OPTION_SOCKET)
            q.socket = optarg;
        else if (option == OPTION_OUTPUT)
            q.output = optarg;
        else
            q.pin = true;
    }
    if (argc - optind != (wants_host ? 1 : 0))
        return COMMAND_USAGE;
    if (wants_host)
        q.host = argv[optind];
    *ret = q;
    return 0;
}

static int ask(const struct request *q, const char *method, const char *folder, struct buf *answer,
               struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    _cleanup_buf_ struct buf path = BUF_INIT(2048);
    int r = client_path(folder, q->host, &path, e);

    if (r == 0)
        r = client_new(q->socket, &c, e);
    return r < 0 ? r : client_request(c, method, path.data, CLIENT_TIMEOUT_MS, answer, e);
}

/* A log holds what programs on the node wrote: on a terminal it must not steer it. */
int command_logs(int argc, char *argv[], struct error *e)
{
    _cleanup_buf_ struct buf answer = BUF_INIT(CLIENT_ANSWER_MAX),
                             clean = BUF_INIT(CLIENT_ANSWER_MAX);
    struct request q;
    int r = read_request(argc, argv, true, 0, &q);

    if (r == 0)
        r = ask(&q, "GET", "/admin/logs", &answer, e);
    if (r != 0)
        return r;
    if (!isatty(STDOUT_FILENO))
        return terminal_write(&answer, e);
    text_add_lines(&clean, answer.data ? answer.data : "", answer.len);
    if (buf_check(&clean) < 0)
        return error_oom(e);
    return terminal_write(&clean, e);
}

/* It holds a private key, so a file is made for its owner alone. */
int command_kubeconfig(int argc, char *argv[], struct error *e)
{
    _cleanup_buf_ struct buf answer = BUF_INIT(1024 * 1024);
    struct request q;
    int r = read_request(argc, argv, false, OPTION_OUTPUT, &q);

    if (r == 0)
        r = ask(&q, "GET", "/admin/kubeconfig", &answer, e);
    if (r != 0)
        return r;
    if (!q.output)
        return terminal_write(&answer, e);
    return file_write_atomic(AT_FDCWD, q.output, answer.data, answer.len, 0600, e);
}

int command_ca(int argc, char *argv[], struct error *e)
{
    _cleanup_buf_ struct buf answer = BUF_INIT(1024 * 1024);
    _cleanup_json_ json_t *ca = NULL;
    const char *pin, *certificate;
    struct request q;
    int r = read_request(argc, argv, false, OPTION_PIN, &q);

    if (r == 0)
        r = ask(&q, "GET", "/admin/ca", &answer, e);
    if (r != 0)
        return r;
    r = json_parse(answer.data ? answer.data : "", answer.len, answer.limit, &ca, e);
    if (r == 0)
        r = json_get_string(ca, "pin", &pin, e);
    if (r == 0)
        r = json_get_string(ca, "certificate", &certificate, e);
    if (r < 0)
        return error_wrap(e, "the server's answer");
    if (q.pin)
        printf("%s\n", pin);
    else
        printf("pin: %s\n%s", pin, certificate);
    return 0;
}

/* Both ask the server to do something for one host, and print what it says it did. */
static int act(int argc, char *argv[], const char *folder, const char *done, struct error *e)
{
    _cleanup_buf_ struct buf answer = BUF_INIT(1024 * 1024);
    struct request q;
    int r = read_request(argc, argv, true, 0, &q);

    if (r == 0)
        r = ask(&q, "POST", folder, &answer, e);
    if (r == 0)
        printf("%s: %s\n", q.host, done);
    return r;
}

int command_approve(int argc, char *argv[], struct error *e)
{
    return act(argc, argv, "/admin/approve", "approved; it enrols with its next attempt", e);
}

int command_rearm(int argc, char *argv[], struct error *e)
{
    return act(argc, argv, "/admin/rearm", "may enrol again with a new key", e);
}
