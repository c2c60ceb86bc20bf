/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "artifact.h"
#include "common/buf.h"

/* Fetches, checks and installs artifacts with a few threads: while one image is imported (which is
 * one program's processor time) the next is on its way. Threads touch nothing but their job. */
struct artifact_job {
    struct artifact artifact;
    char *url;            /* absolute */
    char *target;         /* of a binary: where it goes; of an image: where the archive waits */
    _Atomic uint64_t got; /* bytes fetched */
    _Atomic bool importing;
    bool done;  /* it is on the machine */
    bool fresh; /* by the pool, just now */
    struct error error;
    struct buf output; /* of the importing program */
};

struct artifact_pool {
    struct artifact_job *jobs;
    size_t n;
    const char *containerd; /* path of its socket */
    uint64_t import_timeout_ms;
    /* The pool's own. */
    pthread_t threads[4];
    size_t n_threads;
    _Atomic size_t next, ended;
};

/* Starts threads for the jobs; jobs whose done is set already are passed over. */
int artifact_pool_start(struct artifact_pool *p, struct error *e) _must_check_;

/* Have all jobs ended? */
bool artifact_pool_idle(const struct artifact_pool *p);

/* Waits for the threads to end. After it the jobs' done, error and output may be read. */
void artifact_pool_join(struct artifact_pool *p);
