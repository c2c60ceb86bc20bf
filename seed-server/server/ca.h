/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "x509.h"

/* The taskbox's certificate authorities: which there are, where they live (STATE/ca/NAME.{crt,key},
 * keys 0600), made whole at the first start and never again. */
enum ca_id { CA_SEED, CA_KUBERNETES, CA_ETCD, CA_FRONT_PROXY, CA_COUNT };

struct ca;

/* Loads what is there and makes what is missing. A certificate without its key is refused: making a
 * new CA would cut off every node. */
int ca_open(const char *state_folder, uint64_t now_ms, struct ca **ret,
            struct error *e) _must_check_;
void ca_close(struct ca *ca); /* NULL ok */
DEFINE_CLEANUP(struct ca *, ca_close);

/* The CA of a cert_profile's name ("seed", "etcd" …), or -1. */
int ca_find(const char *name);

const char *ca_certificate(const struct ca *ca, enum ca_id id); /* PEM, borrowed */
struct x509_ca *ca_signer(const struct ca *ca, enum ca_id id);  /* borrowed */
/* SHA-256 of the seed CA's SPKI, in hex: what nodes are given to trust. */
const char *ca_pin(const struct ca *ca);

/* The server's own certificate and key (PEM), kept in STATE/server.{crt,key}; a new one when that
 * one does not name every address, is not the CA's or ends within 30 days. */
int ca_server_identity(struct ca *ca, const struct cert_profile *profile, uint64_t now_ms,
                       char **ret_certificate, char **ret_key, struct error *e) _must_check_;

/* What a master needs of the CAs: {"files":[FILE…]} as in node-config(5). Secret: the caller wipes
 * what it prints it into. */
int ca_control_plane_files(const struct ca *ca, json_t **ret, struct error *e) _must_check_;
