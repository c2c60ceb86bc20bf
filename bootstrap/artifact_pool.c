/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact_pool.h"

#include <sched.h>

#include "common/process.h"
#include "download.h"

#define STACK_BYTES ((size_t)512 * 1024) /* musl's default is too small for TLS */

static int import_image(const struct artifact_pool *p, struct artifact_job *job, struct error *e)
{
    const char *const argv[] = {"ctr",    "-a",     p->containerd, "-n", "k8s.io",
                                "images", "import", job->target,   NULL};
    struct process process = {
        .argv = argv, .timeout_ms = p->import_timeout_ms, .output = &job->output};

    return process_run(&process, NULL, e);
}

static int work(const struct artifact_pool *p, struct fetcher *f, struct artifact_job *job,
                struct error *e)
{
    const struct artifact *a = &job->artifact;
    struct download d = {
        .url = job->url,
        .sha256 = a->sha256,
        .size = a->size,
        .path = job->target,
        .mode = a->kind == ARTIFACT_BINARY ? a->mode : 0600,
        .got = &job->got,
    };
    bool there = false;
    int r = 0;

    /* an archive that was fetched before a cut */
    if (a->kind == ARTIFACT_IMAGE)
        r = file_has_digest(job->target, a->size, a->sha256, &there, e);
    if (r == 0 && !there)
        r = download_run(f, &d, e);
    if (r == 0 && a->kind == ARTIFACT_IMAGE) {
        atomic_store(&job->importing, true);
        r = import_image(p, job, e);
        atomic_store(&job->importing, false);
    }
    return r < 0 ? error_wrap(e, "artifact %s", a->name) : 0;
}

static void *worker(void *argument)
{
    struct artifact_pool *p = argument;
    const struct fetch_identity nobody = {.user_agent = "seed-bootstrap"};
    _cleanup_(fetcher_freep) struct fetcher *f = NULL;
    struct error failed = ERROR_INIT;
    int r = fetcher_new(&nobody, &f, &failed);

    for (;;) {
        size_t i = atomic_fetch_add(&p->next, 1);
        struct artifact_job *job;

        if (i >= p->n)
            return NULL;
        job = &p->jobs[i];
        if (!job->done) {
            if (r < 0)
                job->error = failed;
            else
                job->done = job->fresh = work(p, f, job, &job->error) == 0;
        }
        atomic_fetch_add(&p->ended, 1);
    }
}

/* As many as there are processors, and one at least. */
static size_t thread_count(const struct artifact_pool *p)
{
    cpu_set_t set;
    size_t n = 1;

    if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1)
        n = (size_t)CPU_COUNT(&set);
    if (n > ARRAY_SIZE(p->threads))
        n = ARRAY_SIZE(p->threads);
    return n < p->n ? n : p->n;
}

int artifact_pool_start(struct artifact_pool *p, struct error *e)
{
    size_t wanted = thread_count(p);
    pthread_attr_t attributes;
    int r = pthread_attr_init(&attributes);

    if (r == 0)
        r = pthread_attr_setstacksize(&attributes, STACK_BYTES);
    atomic_store(&p->next, 0);
    atomic_store(&p->ended, 0);
    for (p->n_threads = 0; r == 0 && p->n_threads < wanted; p->n_threads++) {
        r = pthread_create(&p->threads[p->n_threads], &attributes, worker, p);
        if (r != 0)
            break;
    }
    (void)pthread_attr_destroy(&attributes);
    /* fewer threads than wanted do the work as well */
    return p->n_threads || !wanted ? 0 : error_set_errno(e, -r, "starting a thread");
}

bool artifact_pool_idle(const struct artifact_pool *p)
{
    return atomic_load(&p->ended) >= p->n;
}

void artifact_pool_join(struct artifact_pool *p)
{
    size_t i;

    for (i = 0; i < p->n_threads; i++)
        (void)pthread_join(p->threads[i], NULL); /* fails for a wrong thread alone */
    p->n_threads = 0;
}
