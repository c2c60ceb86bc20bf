/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/protocol.h"
#include "route.h"

/* The functions of the route table's rows. handlers_plain.c, handlers_node.c, handlers_admin.c,
 * handlers_install.c, handlers_report.c, ssh_keys.c */
route_handler handle_healthz, handle_metrics, handle_ca, handle_artifact, handle_artifact_digest,
    handle_nocloud;
route_handler handle_boot_script, handle_machine_script;
route_handler handle_install, handle_install_report, handle_install_log, handle_install_handover,
    handle_install_done;
route_handler handle_nonce, handle_enrol;
route_handler handle_console;
route_handler handle_config, handle_gate, handle_attend, handle_report, handle_log,
    handle_certificate, handle_secrets;
route_handler handle_ssh_keys, handle_known_hosts;
route_handler handle_disk_grants, handle_disk_wipe; /* wipes.c */
route_handler handle_status, handle_logs, handle_kubeconfig, handle_render, handle_plan,
    handle_approve, handle_rearm, handle_pending, handle_admin_ca, handle_events, handle_token,
    handle_remove;

/* A log as it came in: of a step that ended, or of one that runs (?running=1). Answers. */
void log_take(struct server *s, struct http_request *r, const char *host, enum step step);
