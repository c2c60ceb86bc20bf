/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "offline.h"
#include "seed-server/plan/variables.h"

int command_check(int argc, char *argv[], struct error *e)
{
    _cleanup_(plan_unrefp) struct plan *plan = NULL;
    struct offline_options o;
    size_t etcd, masters, nodes;
    int r, first;

    r = offline_options_read(argc, argv, "", &o, &first);
    if (r != 0 || first != argc)
        return COMMAND_USAGE;
    r = offline_plan(&o, &plan, e);
    if (r != 0)
        return r;
    (void)plan_role_hosts(plan, ROLE_ETCD, &etcd);
    (void)plan_role_hosts(plan, ROLE_MASTER, &masters);
    (void)plan_role_hosts(plan, ROLE_NODE, &nodes);
    printf("%s: good: %zu hosts (%zu etcd, %zu masters, %zu nodes), Kubernetes %s\n", o.conf,
           plan_host_count(plan), etcd, masters, nodes, plan_settings(plan)->kubernetes_version);
    return 0;
}

int command_variables(int argc, char *argv[], struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(1024 * 1024);

    (void)argv;
    if (argc != 1)
        return COMMAND_USAGE;
    variables_print(&out);
    if (buf_check(&out) < 0)
        return error_oom(e);
    fputs(out.data, stdout);
    return 0;
}
