/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/error.h"

/* A row of seedctl's command table (main.c). */
struct command {
    const char *name, *arguments, *summary;
    /* argv[0] is the command's name. Returns 0; a negative errno with the error, which main prints;
     * COMMAND_REFUSED when the reason is on stderr already; COMMAND_USAGE when main is to print how
     * the command is called. */
    int (*run)(int argc, char *argv[], struct error *e);
};

/* Exit codes, and what run returns for them. */
#define COMMAND_REFUSED 1
#define COMMAND_USAGE 2

/* admin.c: what the running server is asked for over its unix socket. */
int command_logs(int argc, char *argv[], struct error *e) _must_check_;
int command_kubeconfig(int argc, char *argv[], struct error *e) _must_check_;
int command_ca(int argc, char *argv[], struct error *e) _must_check_;
int command_token(int argc, char *argv[], struct error *e) _must_check_;

/* status.c */
int command_status(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_inventory.c: hosts.ini and vars.yml as Ansible reads them. */
int command_inventory(int argc, char *argv[], struct error *e) _must_check_;
int command_vars(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_apply.c */
int command_apply(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_adopt.c */
int command_adopt(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_check.c, cmd_plan.c, cmd_render.c: a configuration folder, with or without a server. */
int command_check(int argc, char *argv[], struct error *e) _must_check_;
int command_variables(int argc, char *argv[], struct error *e) _must_check_;
int command_plan(int argc, char *argv[], struct error *e) _must_check_;
int command_render(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_dnsmasq.c */
int command_dnsmasq(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_approve.c */
int command_approve(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_known_hosts.c */
int command_known_hosts(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_pending.c */
int command_pending(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_rearm.c */
int command_rearm(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_remove.c */
int command_remove(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_volumes.c */
int command_volumes(int argc, char *argv[], struct error *e) _must_check_;

/* cmd_user_data.c */
int command_user_data(int argc, char *argv[], struct error *e) _must_check_;
