/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/fetch.h"
#include "step.h"

/* HTTPS to a program of the cluster (etcd, the API server) with a certificate of this machine. */
struct local_client {
    char *ca, *certificate, *key; /* PEM */
    struct fetcher *fetcher;
};

void local_client_done(struct local_client *l);
#define _cleanup_local_client_ _cleanup_(local_client_done)

/* From files; paths are absolute and get the root prefix. -ENOENT when one is missing. */
int local_client_open(const struct context *c, const char *ca, const char *certificate,
                      const char *key, struct local_client *ret, struct error *e) _must_check_;

/* From texts, which are taken over (freed also on failure). */
int local_client_take(char *ca, char *certificate, char *key, struct local_client *ret,
                      struct error *e) _must_check_;

#define LOCAL_ANSWER_MAX ((size_t)8 * 1024 * 1024)

struct local_request {
    const char *method, *url, *content_type;
    const json_t *body;  /* may be NULL */
    uint64_t timeout_ms; /* 0: 30 s */
};

/* One try. *ret_status is the HTTP status; *ret (may be NULL) a new reference to the answer when it
 * is JSON, else NULL. Errors as fetch()'s. */
int local_client_call(struct local_client *l, const struct local_request *request, int *ret_status,
                      json_t **ret, struct error *e) _must_check_;

/* A program that is starting refuses, resets or says 5xx: these pass. */
bool local_error_passes(int code);
