/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/json.h"
#include "x509.h"

/* An HTTP/1.1 listener: http.c alone includes libmicrohttpd. It judges what arrives (raw URI,
 * sizes, deadlines, number of connections) and carries answers out; who may ask what is route.c's.
 */

/* Where a request came in. */
enum plane { /* bits */
             PLANE_PLAIN = 1,
             PLANE_TLS = 2,
             PLANE_CONTROL = 4,
};

enum http_method { /* bits; HEAD is answered as GET without its body */
                   HTTP_GET = 1,
                   HTTP_POST = 2,
};

/* A prepared answer (status aside): bytes and headers that may be sent any number of times by any
 * thread. */
struct http_answer;

/* Copies body. headers are "Name: value" lines, NULL-terminated, may be NULL. NULL without memory.
 */
struct http_answer *http_answer_new(const void *body, size_t len, const char *content_type,
                                    const char *const *headers) _must_check_;
/* The same without a copy: takes body over (malloc's), also when it fails. */
struct http_answer *http_answer_take(char *body, size_t len, const char *content_type,
                                     const char *const *headers) _must_check_;
/* size bytes of fd from offset, by sendfile where the plane allows; takes fd over, also when it
 * fails. */
struct http_answer *http_answer_from_file(int fd, uint64_t offset, uint64_t size,
                                          const char *content_type,
                                          const char *const *headers) _must_check_;
void http_answer_free(struct http_answer *a); /* NULL ok; sending goes on */
DEFINE_CLEANUP(struct http_answer *, http_answer_free);

struct http_span { /* part of the path, not NUL-terminated */
    const char *at;
    size_t len;
};
#define HTTP_PARAMS_MAX 2

struct http_server;
struct route;
struct serving;

/* One request, from its first line until its answer is sent. Handlers read it and answer it once.
 */
struct http_request {
    struct http_server *listener;
    enum plane plane;
    enum http_method method;
    const char *path;  /* raw, without the query; holds no escapes and no odd bytes */
    const char *query; /* raw, "" when there is none */
    const char *body;  /* of a POST, NUL-terminated; "" otherwise */
    size_t body_len;

    /* Set by the dispatcher. */
    const struct route *route;
    struct http_span params[HTTP_PARAMS_MAX];
    struct serving *serving; /* held until the request is over */
    size_t host;             /* the node that asks, in serving's plan; SIZE_MAX without identity */
    size_t body_max;         /* 0: no body is taken */
};

/* The value of a header, or NULL. */
const char *http_header(const struct http_request *r, const char *name);
/* An unsigned number of the query ("wait=30"): otherwise when absent; -EINVAL for anything else. */
int http_query_uint(const struct http_request *r, const char *name, uint64_t max,
                    uint64_t otherwise, uint64_t *ret) _must_check_;
/* A text of the query, at most size-1 bytes; "" when absent, -EINVAL when too long. */
int http_query_text(const struct http_request *r, const char *name, char *ret,
                    size_t size) _must_check_;
/* Copies a path parameter as text: -ENAMETOOLONG when it does not fit. */
int http_param(const struct http_request *r, size_t i, char *ret, size_t size) _must_check_;
/* Who asks, from the TLS session; the same answer for every request of a connection until the
 * certificate ends. See x509_peer. *ret is borrowed. */
int http_peer(struct http_request *r, const struct x509_peer **ret, struct error *e) _must_check_;
/* The client's address as text, for people. */
void http_client_address(const struct http_request *r, char ret[IP_TEXT_SIZE]);

/* Answers. Exactly one call a request, by its handler or, after http_suspend, from any thread right
 * before http_resume. */
void http_send(struct http_request *r, unsigned status,
               struct http_answer *a); /* takes a; NULL: 500 */
/* The answer is someone else's, who keeps it at least as long as r->serving. */
void http_send_shared(struct http_request *r, unsigned status, struct http_answer *a);
void http_send_empty(struct http_request *r, unsigned status);
void http_send_text(struct http_request *r, unsigned status, const char *content_type,
                    const void *body, size_t len);
/* The same without a copy: takes the content over, which is left empty. */
void http_send_buf(struct http_request *r, unsigned status, const char *content_type,
                   struct buf *body);
/* Takes value; NULL is answered with 500. */
void http_send_json(struct http_request *r, unsigned status, json_t *value);
/* The same with Retry-After. */
void http_send_json_retry(struct http_request *r, unsigned status, json_t *value);
/* Wipes the text that was printed, and forbids caches to keep it. */
void http_send_json_secret(struct http_request *r, unsigned status, json_t *value);
/* {"error":"…"}; 503 carries Retry-After. */
void http_send_error(struct http_request *r, unsigned status, const char *format, ...)
    _printf_(3, 4);
/* The same, as the last answer of its connection. */
void http_send_last_error(struct http_request *r, unsigned status, const char *words);
/* 405 with the methods that the path has. */
void http_send_method_not_allowed(struct http_request *r, unsigned methods);
/* The status that fits an error's code: -EINVAL 400, -ENOENT 404, -EPERM 403, -ENOSPC 507,
 * -EAGAIN and -ESHUTDOWN 503, otherwise 500; only the words of the first three are shown. */
void http_send_failure(struct http_request *r, const struct error *e);

/* Parks a request: its connection costs no thread until http_resume, which sends the answer that
 * was set just before. Resume may come before suspend's caller returned. A client that left is
 * noticed only then: whoever suspends keeps a deadline. */
void http_suspend(struct http_request *r);
void http_resume(struct http_request *r);

/* What a listener asks of its owner, on its own threads. begin: the head is here: set route and
 * body_max, or answer. handle: the body too: answer or suspend. end: it was answered (or the client
 * left): drop what begin took. */
struct http_dispatch {
    void (*begin)(struct http_request *r, void *userdata);
    void (*handle)(struct http_request *r, void *userdata);
    void (*end)(struct http_request *r, void *userdata);
    void (*seen)(const struct http_request *r, unsigned status, void *userdata); /* for metrics */
    void *userdata;
};

struct http_options {
    enum plane plane;
    int fd; /* a listening socket, taken over */
    unsigned threads;
    unsigned connections, connections_each; /* see connections.h */
    /* How long a client may take, whatever it sends meanwhile: a new connection for its first
     * request's head, an answered one for the next, a head's body, and reading an answer, where
     * large ones have more. */
    uint64_t head_ms, idle_ms, body_ms, send_ms;
    const char *certificate, *key, *client_ca; /* PEM; only for PLANE_TLS */
    const struct http_dispatch *dispatch;
};
int http_server_start(const struct http_options *options, struct http_server **ret,
                      struct error *e) _must_check_;
/* Ends connections that are past a deadline; call it about once a second. */
void http_server_tick(struct http_server *s);
/* Accepts no more. Then every suspended request must be resumed before http_server_stop. */
void http_server_quiesce(struct http_server *s);
unsigned http_server_suspended(struct http_server *s);
/* Those among them, and those resumed, whose answer is not sent yet: http_server_stop would cut
 * them off. */
unsigned http_server_unanswered(struct http_server *s);
void http_server_stop(struct http_server *s); /* NULL ok */
DEFINE_CLEANUP(struct http_server *, http_server_stop);
unsigned http_server_connections(struct http_server *s);
