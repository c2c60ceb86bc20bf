/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

/* Many keep-alive HTTP/1.1 connections in one thread, plain or TLS 1.3, for putting load on a
 * server: one request at a time on each, answers with Content-Length only. */

struct engine;
struct conn;

/* A client certificate and its key, as OpenSSL objects. */
struct identity {
    void *certificate; /* X509 */
    void *key;         /* EVP_PKEY */
};

/* Called from engine_run. answered may call conn_send for the next request. */
struct engine_calls {
    void (*connected)(struct conn *c);
    void (*answered)(struct conn *c, int status, const char *body, size_t len);
    void (*failed)(struct conn *c, const char *why); /* the connection is closed; may be NULL: ends
                                                      * the program with the reason */
};

struct conn {
    struct engine *engine;
    void *user;     /* the caller's */
    unsigned index; /* the caller's */
    int fd;         /* -1: closed */
    void *ssl;      /* SSL, NULL on a plain connection */
    int state;
    struct buf out, in;
    size_t sent;
    size_t head_len, body_len; /* of the answer, once its head is there */
    int status;
};

/* ca_file NULL: plain HTTP. */
struct engine *engine_new(const char *address, uint16_t port, const char *ca_file,
                          const struct engine_calls *calls);

/* Begins to connect from 127.x.y.z, with index making the address. identity may be NULL. */
void conn_open(struct engine *e, struct conn *c, unsigned index, const struct identity *identity);
void conn_close(struct conn *c);

/* Queues one request; c must be idle. body NULL: GET. Outside of a callback conn_go() sets it off.
 */
void conn_send(struct conn *c, const char *path, const char *body, size_t body_len);
void conn_go(struct conn *c);

/* Runs until *stop is true or the (monotonic) time until_ms is over. */
void engine_run(struct engine *e, const bool *stop, uint64_t until_ms);

/* Prints and ends the program: a benchmark with a part missing is none. */
void die(const char *format, ...) _printf_(1, 2) __attribute__((noreturn));
