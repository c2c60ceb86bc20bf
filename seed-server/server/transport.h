/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "common/buf.h"

/* What lies between a TLS session and its socket. Records are read by one call of recv(2) where
 * GnuTLS asks for the head of each and then for its body; and several records are
 * written by one call of send(2). It owns nothing while it holds nothing: a connection that waits
 * at a gate costs no buffer. For one thread at a time; the descriptor is borrowed and does not
 * block. */
struct transport {
    int fd;
    bool gathering; /* what is written waits for transport_flush */
    bool greeted;   /* atomic: the handshake is over */
    struct buf out; /* written and not sent */
    char *in;       /* received and not read */
    size_t in_at, in_len;
    /* There is nothing to read, and the handshake is not over. */
    void (*starved)(void *userdata);
    void *userdata;
};

/* The most that may be gathered, TLS records' own bytes included. */
#define TRANSPORT_OUT_MAX (64 * 1024)

void transport_init(struct transport *t, int fd, void (*starved)(void *userdata), void *userdata);
void transport_done(struct transport *t);

/* The handshake is over: reading may find nothing from now on. */
void transport_greet(struct transport *t);
bool transport_greeted(const struct transport *t);

/* Like recv(2) and sendmsg(2) on a socket that does not block: -1 with errno, EAGAIN for later. For
 * x509_set_transport: t is a struct transport. */
ssize_t transport_pull(void *t, void *data, size_t len);
ssize_t transport_push(void *t, const struct iovec *pieces, int n);

/* From now on what is pushed is kept back, until the flush sends it in one go. False when not all
 * of it could be sent now: whoever does not read what he asked for. */
void transport_gather(struct transport *t);
bool transport_flush(struct transport *t);
