/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "common/file.h"
#include "terminal.h"

enum { OPTION_SOCKET = 1, OPTION_OUTPUT };

static const struct option options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {NULL,     0,                 NULL, 0            },
};

int command_known_hosts(int argc, char *argv[], struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    _cleanup_buf_ struct buf answer = BUF_INIT(CLIENT_ANSWER_MAX);
    const char *socket = NULL, *output = NULL;
    int option, r;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == OPTION_SOCKET)
            socket = optarg;
        else if (option == OPTION_OUTPUT)
            output = optarg;
        else
            return COMMAND_USAGE;
    }
    if (optind < argc)
        return COMMAND_USAGE;
    r = client_new(socket, &c, e);
    if (r == 0)
        r = client_request(c, "GET", "/admin/known-hosts", NULL, CLIENT_TIMEOUT_MS, &answer, e);
    if (r < 0)
        return r;
    if (!output)
        return terminal_write(&answer, e);
    return file_write_atomic(AT_FDCWD, output, answer.data, answer.len, 0644, e);
}
