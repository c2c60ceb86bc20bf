/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "terminal.h"

enum { OPTION_SOCKET = 1, OPTION_YES };

static const struct option options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"yes",    no_argument,       NULL, OPTION_YES   },
    {NULL,     0,                 NULL, 0            },
};

int command_remove(int argc, char *argv[], struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    _cleanup_json_ json_t *answer = NULL;
    const char *socket = NULL, *host;
    bool yes = false;
    int option, r;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == OPTION_SOCKET)
            socket = optarg;
        else if (option == OPTION_YES)
            yes = true;
        else
            return COMMAND_USAGE;
    }
    if (optind + 1 != argc)
        return COMMAND_USAGE;
    host = argv[optind];
    printf("%s is removed:\n"
           "  - its key, its token and its installer's key open nothing here from now on;\n"
           "  - a machine that says it is this host is refused until seedctl rearm;\n"
           "  - nothing on the machine changes, and what Kubernetes gave it stays good: drain it\n"
           "    and delete its node there first (kubectl drain, kubectl delete node).\n",
           host);
    r = client_new(socket, &c, e);
    if (r == 0 && !yes)
        r = terminal_confirm(host, e);
    if (r == 0)
        r = client_post(c, "/admin/remove", host, "{}", &answer, e);
    if (r < 0)
        return r;
    printf("%s: removed; take it out of hosts.ini, or let another machine take its place with "
           "seedctl rearm %s\n",
           host, host);
    return 0;
}
