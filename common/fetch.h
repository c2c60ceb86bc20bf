/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"

/* HTTP(S) client over libcurl, which only fetch.c includes. One struct fetcher keeps connections
 * alive between requests to the same server; it is for one thread. */
struct fetcher;

/* Memory is borrowed for the fetcher's life. NULL members are not used. */
struct fetch_identity {
    const char *ca_pem;          /* the only CA trusted; NULL: HTTPS is refused … */
    bool ca_by_setup;            /* … unless tls_setup brings the only CA that is to be trusted */
    const char *certificate_pem; /* client certificate and its key */
    const char *key_pem;
    const char *unix_socket; /* connect here whatever the URL's host says */
    const char *user_agent;
    /* Told the SSL_CTX (CURLOPT_SSL_CTX_FUNCTION; opaque here) after its CA and certificate are set
     * and before it is used, for what curl has no option for, such as at which time certificates
     * are judged; a negative errno ends the request. NULL: not wanted. */
    int (*tls_setup)(void *ssl_ctx, void *userdata);
    void *tls_data;
};

int fetcher_new(const struct fetch_identity *identity, struct fetcher **ret,
                struct error *e) _must_check_;
void fetcher_free(struct fetcher *f); /* NULL ok */
DEFINE_CLEANUP(struct fetcher *, fetcher_free);

/* Called with each piece of a streamed body; a negative errno ends the transfer with it. */
typedef int fetch_sink(const void *data, size_t len, void *userdata);

struct fetch_request {
    const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE" */
    const char *url;
    const void *body; /* sent when not NULL */
    size_t body_len;
    const char *content_type;
    const char *const *headers; /* further "Name: value" lines, NULL-terminated, may be NULL */
    uint64_t connect_timeout_ms, total_timeout_ms; /* neither may be 0 */
    uint64_t resume_from;                          /* sends Range: bytes=N- when not 0 */
    const char *if_range;                          /* ETag sent as If-Range with it */
    size_t max_body;                               /* longer answers are -E2BIG */
    struct buf *answer;                            /* the body goes here … */
    fetch_sink *sink; /* … or here, but only of 200 and 206: the response is filled in by then */
    void *sink_data;
};

struct fetch_response {
    int status;              /* the server's answer: 200, 404 …; 0 when none came */
    char etag[80];           /* without quotes; "" when there was none, or a weak one */
    uint64_t retry_after_ms; /* what Retry-After asks, capped at 120 s; 0 when there was none */
    uint64_t content_length; /* of the body as sent; UINT64_MAX unknown */
};

/* 0 when any HTTP answer arrived whole: look at ret->status. Redirects are never followed. Errors:
 * -ECONNREFUSED, -EHOSTUNREACH (no route, no such name), -ETIMEDOUT, -ECONNRESET (cut off: ret says
 * what had arrived, for whoever resumes), -EPROTO (TLS or HTTP; in TLS 1.3 a server that refuses
 * our certificate is -ECONNRESET as well), -EKEYREJECTED (the certificate is not the CA's or not
 * for that name), -EKEYEXPIRED (it is, but not at this clock's time), -E2BIG, the sink's or
 * tls_setup's own. */
int fetch(struct fetcher *f, const struct fetch_request *request, struct fetch_response *ret,
          struct error *e) _must_check_;
