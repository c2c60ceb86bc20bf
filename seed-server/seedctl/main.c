/* SPDX-License-Identifier: Apache-2.0 */
/* seedctl: the administrator's one command. See seedctl(8). */
#include <stdbool.h>

#include "command.h"
#include "common/secrecy.h"

/* In the order of `seedctl help`. */
static const struct command commands[] = {
    {"check",       "[--conf DIR] [--artifacts DIR]",      "every problem of a configuration",        command_check     },
    {"plan",        "[--conf DIR] [--json]",               "who is what, and what is allotted",       command_plan      },
    {"render",      "[--conf DIR] [--diff FILE] HOST",     "what HOST would be told",                 command_render    },
    {"apply",       "[--dry-run] [--yes] [HOST...]",       "bring ready hosts to the plan",           command_apply     },
    {"dnsmasq",     "[--conf DIR] [--proxy] [OPTION...]",  "DHCP and TFTP for the machines",
     command_dnsmasq                                                                                                    },
    {"variables",   "",                                    "every variable, as a table",              command_variables },
    {"status",      "[--watch | --json] [--timeout TIME]", "what each host is doing",                 command_status    },
    {"pending",     "[--json]",                            "machines that wait, and their parts",     command_pending   },
    {"logs",        "[--step STEP] HOST",                  "what a host's steps wrote",               command_logs      },
    {"adopt",       "[--write] [OPTION...] MAC NAME",      "a waiting machine's line in hosts.ini",
     command_adopt                                                                                                      },
    {"approve",     "[--yes] HOST [FINGERPRINT]",          "accept the key that HOST shows",          command_approve   },
    {"rearm",       "[--reinstall|--wipe SERIAL] HOST",    "let HOST enrol, install or wipe a disk",
     command_rearm                                                                                                      },
    {"remove",      "[--yes] HOST",                        "refuse HOST's key from now on",           command_remove    },
    {"token",       "HOST",                                "a one-time token for HOST's seed.yml",    command_token     },
    {"user-data",   "[--conf DIR] [--output FILE] HOST",   "what cloud-init is to be given for HOST",
     command_user_data                                                                                                  },
    {"volumes",     "[release HOST/VOLUME]",               "local volumes, and emptying one",         command_volumes   },
    {"kubeconfig",  "[--output FILE]",                     "a way into the cluster",                  command_kubeconfig},
    {"known-hosts", "[--output FILE]",                     "hosts' SSH host keys, as ssh reads them",
     command_known_hosts                                                                                                },
    {"inventory",   "[--export] FILE",                     "what ansible-inventory --list prints",    command_inventory },
    {"vars",        "FILE",                                "a file of variables as Ansible reads it", command_vars      },
    {"ca",          "[--pin]",                             "the taskbox's CA and its pin",            command_ca        },
};

static void print_help(FILE *to)
{
    fprintf(to, "usage: seedctl COMMAND [ARGUMENT...]\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        fprintf(to, "  %-11s %-36s %s\n", commands[i].name, commands[i].arguments,
                commands[i].summary);
    fprintf(to, "\nExit codes: 0 good, 1 refused or failed, 2 usage. See seedctl(8).\n");
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct command *command;
    struct error e = ERROR_INIT;
    int r;

    secrecy_begin();
    if (argc < 2) {
        print_help(stderr);
        return COMMAND_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return 0;
    }
    command = find_command(argv[1]);
    if (!command) {
        fprintf(stderr, "seedctl: there is no command \"%s\"; see seedctl help\n", argv[1]);
        return COMMAND_USAGE;
    }
    r = command->run(argc - 1, argv + 1, &e);
    /* What went to stdout may have failed on its way, and counts as much as the command itself. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && r == 0)
        r = error_set(&e, -EIO, "writing to standard output failed");
    if (r < 0) {
        fprintf(stderr, "seedctl %s: %s\n", command->name, e.message);
        return COMMAND_REFUSED;
    }
    if (r == COMMAND_USAGE)
        fprintf(stderr, "usage: seedctl %s %s\n", command->name, command->arguments);
    return r;
}
