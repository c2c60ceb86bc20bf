/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What seed-server and seed-bootstrap agree on beside the node config (node-config(5)) and the HTTP
 * API (openapi.json): names and limits. */

#define PROTOCOL_VERSION 1

/* Steps of a first boot in their order; the same names in the journal, in reports, on the board.
 * STEP_INSTALL is the installer's, on hosts with seed_boot=pxe alone; what the installed system
 * does begins with STEP_IDENTIFY. */
enum step {
    STEP_INSTALL,
    STEP_IDENTIFY,
    STEP_ENROL,
    STEP_CONFIG,
    STEP_PREFLIGHT,
    STEP_HOST,
    STEP_DISKS,
    STEP_ARTIFACTS,
    STEP_ETCD,
    STEP_CONTROL_PLANE,
    STEP_NODE,
    STEP_ADDONS,
    STEP_REPORT,
    STEP_COUNT
};
#define STEP_FIRST STEP_IDENTIFY

/* "install", "identify", … "control-plane" …; NULL out of range. */
const char *step_name(enum step step);
/* What a person reads: "preparing disks". */
const char *step_doing(enum step step);
/* The step of that name, or -1. */
int step_find(const char *name);

/* Limits, bytes. */
#define PROTOCOL_CONFIG_MAX (4 * 1024 * 1024)
#define PROTOCOL_REPORT_MAX (16 * 1024)
#define PROTOCOL_LOG_MAX (256 * 1024) /* of one step's log in one request */
#define PROTOCOL_CSR_MAX (8 * 1024)
#define PROTOCOL_FACTS_MAX (16 * 1024)   /* what a machine tells of itself when it enrols */
#define PROTOCOL_VOLUME_MAX (128 * 1024) /* a host's local volumes */
#define PROTOCOL_VOLUMES_SEEN_MAX (16 * 1024 * 1024) /* the first master's view of all */
#define PROTOCOL_SSH_MAX (64 * 1024)                 /* public host keys */
#define PROTOCOL_GATE_WAIT_MAX_S 60
#define PROTOCOL_ATTEND_WAIT_MAX_S 120 /* shorter than the watchdog of the node's unit */

/* proof = hex(HMAC-SHA-256(token, ENROL_LABEL ‖ nonce ‖ SHA-256(CA's SPKI) ‖ SHA-256(CSR in DER))):
 * the token's text bytes as they stand in seed.yml, the label without its NUL, the nonce's 64 hex
 * digits as sent, both digests as 32 raw bytes. */
#define ENROL_LABEL "enrol-v1"

/* Certificates of the server's CAs begin so long before they are made: clocks differ. */
#define CERTIFICATE_BACKDATE_S 86400

/* Carries a granted slot's id from then on: the first request with it confirms the lease, because a
 * reply is not a delivery. */
#define LEASE_HEADER "Nodeseed-Lease"
