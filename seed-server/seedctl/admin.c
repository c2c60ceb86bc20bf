/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "common/file.h"
#include "terminal.h"
#include "text.h"

enum { OPTION_SOCKET = 1, OPTION_OUTPUT, OPTION_PIN, OPTION_STEP };

static const struct option options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"pin",    no_argument,       NULL, OPTION_PIN   },
    {"step",   required_argument, NULL, OPTION_STEP  },
    {NULL,     0,                 NULL, 0            },
};

struct request {
    const char *socket, *output, *step;
    const char *host;
    bool pin;
};

/* allowed: the one option that the command has beside --socket, 0 for none. It takes
 * n arguments: a host, or none. */
static int read_request(int argc, char *argv[], int allowed, int n, struct request *ret)
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
        else if (option == OPTION_STEP)
            q.step = optarg;
        else
            q.pin = true;
    }
    if (argc - optind != n)
        return COMMAND_USAGE;
    if (n)
        q.host = argv[optind];
    *ret = q;
    return 0;
}

/* body NULL: GET. */
static int ask(const struct request *q, const char *folder, const char *query, const char *body,
               struct buf *answer, struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    _cleanup_buf_ struct buf path = BUF_INIT(4096);
    int r = client_path(folder, q->host, &path, e);

    if (r == 0 && query)
        r = client_query(query, q->step, &path, e);
    if (r == 0)
        r = client_new(q->socket, &c, e);
    return r < 0 ? r
                 : client_request(c, body ? "POST" : "GET", path.data, body, CLIENT_TIMEOUT_MS,
                                  answer, e);
}

/* The member key of an answer that is an object. *ret_answer owns it. */
static int answered_text(const struct buf *answer, const char *key, json_t **ret_answer,
                         const char **ret, struct error *e)
{
    int r = json_parse(answer->data ? answer->data : "", answer->len, answer->limit, ret_answer, e);

    if (r == 0)
        r = json_get_string(*ret_answer, key, ret, e);
    return r < 0 ? error_wrap(e, "the server's answer") : 0;
}

/* A log holds what programs on the node wrote: on a terminal it must not steer it. */
int command_logs(int argc, char *argv[], struct error *e)
{
    _cleanup_buf_ struct buf answer = BUF_INIT(CLIENT_ANSWER_MAX);
    _cleanup_buf_ struct buf clean = BUF_INIT(CLIENT_ANSWER_MAX);
    struct request q;
    int r = read_request(argc, argv, OPTION_STEP, 1, &q);

    if (r == 0)
        r = ask(&q, "/admin/logs", q.step ? "step" : NULL, NULL, &answer, e);
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
    int r = read_request(argc, argv, OPTION_OUTPUT, 0, &q);

    if (r == 0)
        r = ask(&q, "/admin/kubeconfig", NULL, NULL, &answer, e);
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
    int r = read_request(argc, argv, OPTION_PIN, 0, &q);

    if (r == 0)
        r = ask(&q, "/admin/ca", NULL, NULL, &answer, e);
    if (r == 0)
        r = answered_text(&answer, "pin", &ca, &pin, e);
    if (r == 0)
        r = json_get_string(ca, "certificate", &certificate, e);
    if (r != 0)
        return r;
    if (q.pin)
        printf("%s\n", pin);
    else
        printf("pin: %s\n%s", pin, certificate);
    return 0;
}

int command_token(int argc, char *argv[], struct error *e)
{
    _cleanup_buf_ struct buf answer = BUF_INIT(1024 * 1024);
    _cleanup_json_ json_t *made = NULL;
    const char *token;
    struct request q;
    int r = read_request(argc, argv, 0, 1, &q);

    if (r == 0)
        r = ask(&q, "/admin/token", NULL, "{}", &answer, e);
    if (r == 0)
        r = answered_text(&answer, "token", &made, &token, e);
    if (r == 0)
        printf("%s\n", token);
    return r;
}
