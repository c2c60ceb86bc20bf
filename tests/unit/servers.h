/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

/* Real HTTP and HTTPS servers on loopback with real certificates (servers.py says which). */
struct servers {
    char folder[64]; /* certificates, keys and the unix socket "socket" */
    pid_t pid;
    int input; /* they end when it is closed */
    char *ports;
};

#define SERVERS_URL_SIZE 256

/* All end the test when something fails. */
void servers_start(struct servers *s);
void servers_stop(struct servers *s);

/* The text of folder/name in fresh memory. */
char *servers_file(const struct servers *s, const char *name);

/* http(s)://127.0.0.1:PORT/PATH of the server called name. */
void servers_url(const struct servers *s, const char *name, const char *path,
                 char ret[SERVERS_URL_SIZE]);
