/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmark's client. See tests/bench/bench for how its parts are put together.
 *   client enrol ADDRESS PORT CA PREFIX N FILE      enrols PREFIX1 to PREFIXN, keys into FILE
 *   client get ADDRESS PORT CA FILE CONNECTIONS MS PATH HOSTS    GETs for MS milliseconds; "%u" in
 *       PATH becomes 1 to HOSTS in turn. CA and FILE "-": plain HTTP. Begins when a line comes in
 *   client fresh ADDRESS PORT CA FILE MS PATH HOSTS    the same, each over a connection of its own,
 * one after the other: the time of an answer includes connecting client park ADDRESS PORT CA FILE
 * CONNECTIONS PATH REPORTER   connects; parks GETs of PATH; once a line comes in, REPORTER's (a
 * file with one identity) report lets them all go Each stage prints one JSON object as a line. */
#include <inttypes.h>
#include <sys/resource.h>
#include <time.h>

#include "common/clock.h"
#include "common/parse.h"
#include "identities.h"

#define HANDSHAKES_AT_ONCE 128
#define WAIT_STEP_US 10
#define WAITS_MAX 200000 /* 2 s; what takes longer counts as that */

/* Everything the callbacks share; one benchmark is one process. */
static struct {
    struct engine *engine;
    struct conn *conns;
    struct identity *ids;
    unsigned n, n_ids, opened, connected;
    const char *path;
    unsigned hosts, next_host;
    uint64_t requests, bytes, refused, again;
    uint64_t *times_us;        /* of each answer */
    uint64_t *asked_us;        /* of each connection's request */
    uint64_t waits[WAITS_MAX]; /* answers by how long they took, in steps of WAIT_STEP_US */
    uint64_t since_us;
    unsigned answered;
    bool parked, stop;
} run;

static uint64_t now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail with this clock */
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static unsigned number(const char *s)
{
    struct error e = ERROR_INIT;
    uint64_t value;

    if (parse_uint(s, UINT32_MAX, &value, &e) < 0)
        die("%s: %s", s, e.message);
    return (unsigned)value;
}

/* Handshakes cost processor time on both sides; more of them at once only time out. */
static void open_next(void)
{
    unsigned i = run.opened++;

    conn_open(run.engine, &run.conns[i], i, run.ids ? &run.ids[i % run.n_ids] : NULL);
}

static void open_all(struct engine *engine, unsigned n)
{
    run.engine = engine;
    run.n = n;
    run.conns = calloc(n, sizeof(*run.conns));
    run.times_us = calloc(n, sizeof(*run.times_us));
    run.asked_us = calloc(n, sizeof(*run.asked_us));
    if (!run.conns || !run.times_us || !run.asked_us)
        die("out of memory");
    for (unsigned i = 0; i < n && i < HANDSHAKES_AT_ONCE; i++)
        open_next();
    engine_run(engine, &run.stop, clock_monotonic_ms() + 300000);
    if (!run.stop)
        die("%u of %u connections stood in five minutes", run.connected, n);
    run.stop = false;
}

static void count_connected(void)
{
    if (++run.connected == run.n)
        run.stop = true;
    else if (run.opened < run.n)
        open_next();
}

static void say(const char *what)
{
    printf("{\"%s\": %u}\n", what, run.n);
    if (fflush(stdout) != 0)
        die("writing failed");
}

/* Runs the waiting connections until a line comes in on stdin. */
static void until_told(void)
{
    struct timeval none;
    fd_set set;

    do {
        engine_run(run.engine, &run.stop, clock_monotonic_ms() + 100);
        none = (struct timeval){0};
        FD_ZERO(&set);
        FD_SET(STDIN_FILENO, &set);
    } while (select(STDIN_FILENO + 1, &set, NULL, NULL, &none) == 0);
    (void)getchar(); /* the end of input releases as well */
}

/* ---- get ---- */

static void on_connected(struct conn *c)
{
    (void)c;
    count_connected();
}

static void ask_next(struct conn *c)
{
    char path[512];
    const char *mark = strstr(run.path, "%u");

    if (!run.asked_us[c->index])
        run.asked_us[c->index] = now_us();
    if (!mark) {
        conn_send(c, run.path, NULL, 0);
        return;
    }
    /* A stride that is prime to the number of hosts visits them all, far from each other. */
    run.next_host = (run.next_host + 7919) % run.hosts;
    (void)snprintf(path, sizeof(path), "%.*s%u%s", (int)(mark - run.path), run.path,
                   run.next_host + 1, mark + 2);
    conn_send(c, path, NULL, 0);
}

static void count_answer(struct conn *c, int status, size_t len)
{
    uint64_t wait = (now_us() - run.asked_us[c->index]) / WAIT_STEP_US;

    run.asked_us[c->index] = 0;
    run.waits[wait < WAITS_MAX ? wait : WAITS_MAX - 1]++;
    if (status != 200)
        run.refused++;
    run.requests++;
    run.bytes += len;
}

static void on_got(struct conn *c, int status, const char *body, size_t len)
{
    (void)body;
    count_answer(c, status, len);
    ask_next(c);
}

/* How long the part of all answers that is given in per mille took at most. */
static double quantile_ms(unsigned per_mille)
{
    uint64_t before = 0;
    unsigned i;

    for (i = 0; i < WAITS_MAX - 1; i++) {
        before += run.waits[i];
        if (before * 1000 >= run.requests * per_mille)
            break;
    }
    return (double)(i + 1) * WAIT_STEP_US / 1000;
}

static void print_answers(uint64_t began_us)
{
    printf("{\"requests\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"bytes\": %" PRIu64
           ", \"seconds\": %.3f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}\n",
           run.requests, run.refused, run.bytes, (double)(now_us() - began_us) / 1e6,
           quantile_ms(500), quantile_ms(990), quantile_ms(1000));
}

static void get(char *argv[])
{
    static const struct engine_calls calls = {on_connected, on_got, NULL};
    bool plain = strcmp(argv[2], "-") == 0;
    unsigned ms = number(argv[5]);
    uint64_t began;

    if (!plain)
        run.ids = identities_read(argv[3], &run.n_ids);
    run.path = argv[6];
    run.hosts = number(argv[7]);
    open_all(engine_new(argv[0], (uint16_t)number(argv[1]), plain ? NULL : argv[2], &calls),
             number(argv[4]));
    say("connected");
    until_told();
    began = now_us();
    for (unsigned i = 0; i < run.n; i++) {
        ask_next(&run.conns[i]);
        conn_go(&run.conns[i]);
    }
    engine_run(run.engine, &run.stop, clock_monotonic_ms() + ms);
    print_answers(began);
}

/* ---- fresh ---- */

static void open_anew(struct conn *c, unsigned index)
{
    run.asked_us[0] = now_us();
    conn_open(run.engine, c, index, run.ids ? &run.ids[index % run.n_ids] : NULL);
    c->index = 0; /* the index made its address, and is the only one's from here on */
}

static void on_fresh_answer(struct conn *c, int status, const char *body, size_t len)
{
    (void)body;
    count_answer(c, status, len);
    conn_close(c);
    open_anew(c, (unsigned)run.requests);
}

static void fresh(char *argv[])
{
    static const struct engine_calls calls = {ask_next, on_fresh_answer, NULL};
    bool plain = strcmp(argv[2], "-") == 0;
    uint64_t began;

    if (!plain)
        run.ids = identities_read(argv[3], &run.n_ids);
    run.path = argv[5];
    run.hosts = number(argv[6]);
    run.conns = calloc(1, sizeof(*run.conns));
    run.asked_us = calloc(1, sizeof(*run.asked_us));
    if (!run.conns || !run.asked_us)
        die("out of memory");
    run.engine = engine_new(argv[0], (uint16_t)number(argv[1]), plain ? NULL : argv[2], &calls);
    run.n = 1;
    say("connected");
    until_told();
    began = now_us();
    open_anew(run.conns, 0);
    engine_run(run.engine, &run.stop, clock_monotonic_ms() + number(argv[4]));
    print_answers(began);
}

/* ---- park ---- */

/* A server gives a connection that says nothing a few seconds, and one that had an answer longer.
 */
static void on_node_connected(struct conn *c)
{
    conn_send(c, "/v1/config", NULL, 0);
}

/* A gate that is not open answers 202 at its own deadline: ask again, as a node would. */
static void on_gate(struct conn *c, int status, const char *body, size_t len)
{
    if (status == 200 && !run.parked) {
        count_connected();
        return;
    }
    if (status == 202) {
        run.again++;
        conn_send(c, run.path, NULL, 0);
        return;
    }
    if (status != 200)
        die("connection %u: the gate answered %d: %.*s", c->index, status, (int)len, body);
    run.times_us[run.answered++] = now_us();
    run.stop = run.answered == run.n;
}

static void on_reporter_connected(struct conn *c)
{
    static const char report[] = "{\"step\":\"control-plane\",\"state\":\"done\",\"message\":\"\","
                                 "\"boot_id\":\"bench\",\"seconds\":1}";

    conn_send(c, "/v1/reports", report, sizeof(report) - 1);
    run.since_us = now_us();
}

static void on_reported(struct conn *c, int status, const char *body, size_t len)
{
    if (status != 204)
        die("connection %u: the report was answered %d: %.*s", c->index, status, (int)len, body);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static double after_ms(unsigned i)
{
    return run.times_us[i] < run.since_us ? 0 : (double)(run.times_us[i] - run.since_us) / 1000;
}

/* The reporter shares the process, so that both ends are read off one clock, and has an engine of
 * its own, so that its report goes out while the others only wait. */
static void release(char *argv[])
{
    static const struct engine_calls calls = {on_reporter_connected, on_reported, NULL};
    static struct conn reporter;
    unsigned n;
    struct identity *id = identities_read(argv[6], &n);
    struct engine *engine = engine_new(argv[0], (uint16_t)number(argv[1]), argv[2], &calls);

    conn_open(engine, &reporter, 0, id);
    while (!run.since_us) {
        engine_run(engine, &run.stop, clock_monotonic_ms() + 1);
        engine_run(run.engine, &run.stop, clock_monotonic_ms() + 1); /* those that ask again */
    }
    engine_run(run.engine, &run.stop, clock_monotonic_ms() + 60000);
    if (run.answered != run.n)
        die("%u of %u gates opened in a minute", run.answered, run.n);
    qsort(run.times_us, run.n, sizeof(*run.times_us), compare);
    printf("{\"released\": %u, \"p50_ms\": %.1f, \"p99_ms\": %.1f, \"last_ms\": %.1f, "
           "\"asked_again\": "
           "%" PRIu64 "}\n",
           run.n, after_ms(run.n / 2), after_ms(run.n * 99 / 100), after_ms(run.n - 1), run.again);
}

static void park(char *argv[])
{
    static const struct engine_calls calls = {on_node_connected, on_gate, NULL};

    run.ids = identities_read(argv[3], &run.n_ids);
    run.path = argv[5];
    open_all(engine_new(argv[0], (uint16_t)number(argv[1]), argv[2], &calls), number(argv[4]));
    say("connected");
    until_told();
    run.parked = true;
    for (unsigned i = 0; i < run.n; i++) {
        conn_send(&run.conns[i], run.path, NULL, 0);
        conn_go(&run.conns[i]);
    }
    say("parked");
    until_told();
    release(argv);
}

static void enrol(char *argv[])
{
    identities_enrol(argv[0], (uint16_t)number(argv[1]), argv[2], argv[3], number(argv[4]),
                     argv[5]);
}

static const struct {
    const char *name;
    int arguments;
    void (*run)(char *argv[]);
} modes[] = {
    {"enrol", 6, enrol},
    {"get",   8, get  },
    {"fresh", 7, fresh},
    {"park",  7, park },
};

int main(int argc, char *argv[])
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files); /* too few are noticed by socket() */
    }
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        if (argc > 1 && strcmp(argv[1], modes[i].name) == 0 && argc - 2 == modes[i].arguments) {
            modes[i].run(argv + 2);
            return 0;
        }
    fprintf(stderr, "usage: see the comment at the top of tests/bench/client.c\n");
    return 2;
}
