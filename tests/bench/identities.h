/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine.h"

/* Node certificates of many hosts: enrolled once, kept in one PEM file (certificate, key, and so
 * on), used by every round. */

/* Enrols host 1 to n of the pattern ("n%u"), over many connections at once, and writes the file. */
void identities_enrol(const char *address, uint16_t port, const char *ca_file, const char *prefix,
                      unsigned n, const char *file);

/* Reads the file; *ret_n is how many there are. The program keeps them. */
struct identity *identities_read(const char *file, unsigned *ret_n);

/* The body of POST /v1/enrol by which a machine with this key (EVP_PKEY) says that it is host. */
void identities_enrol_body(void *key, const char *nonce, const char *host, struct buf *ret);
