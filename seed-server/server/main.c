/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/secrecy.h"
#include "notify.h"
#include "options.h"
#include "reload.h"
#include "route.h"
#include "start.h"

#define TICK_MS 1000

/* Blocked in every thread, because it is done before the first one is made. */
static int make_signalfd(struct error *e)
{
    sigset_t signals;
    int fd;

    (void)sigemptyset(&signals); /* neither these nor pthread_sigmask fail with these arguments */
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* clients leave */
    fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? error_set_errno(e, -errno, "signalfd") : fd;
}

/* Every connection is a descriptor, and 1024 of them, the usual soft limit, are soon used up. */
static void raise_file_limit(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) < 0)
        log_warning("raising the limit of open files: %s, ignoring", strerror(errno));
}

static void say_ready(struct server *s)
{
    _cleanup_(serving_unrefp) struct serving *serving = server_serving(s);
    char status[160];

    (void)snprintf(status, sizeof(status), "serving %zu hosts, plan %.12s",
                   plan_host_count(serving->plan), plan_id(serving->plan)); /* fits */
    log_info("%s", status);
    notify_ready(status);
}

/* Until a signal asks to end. */
static void run(struct server *s, int signal_fd)
{
    uint64_t watchdog_ms = notify_watchdog_ms(), tick_ms = TICK_MS;

    if (watchdog_ms && watchdog_ms < tick_ms)
        tick_ms = watchdog_ms;
    for (;;) {
        struct pollfd fd = {signal_fd, POLLIN, 0};
        struct signalfd_siginfo signal;

        (void)poll(&fd, 1, (int)tick_ms); /* early is fine */
        while (read(signal_fd, &signal, sizeof(signal)) == sizeof(signal)) {
            if (signal.ssi_signo != SIGHUP)
                return;
            reload_request(s->reload);
        }
        server_tick(s);
        if (watchdog_ms)
            notify_alive();
    }
}

/* glibc gives each thread a heap of its own, up to eight per processor, and each keeps what it
 * freed: one per processor is a sixth less memory, and as fast. */
static void limit_heaps(void)
{
    int processors = get_nprocs();

    (void)mallopt(M_ARENA_MAX, processors < 2 ? 2 : processors); /* only memory is lost without */
}

int main(int argc, char *argv[])
{
    struct server_options options;
    struct server server = {0};
    struct error e = ERROR_INIT;
    int signal_fd, r;

    secrecy_begin();
    r = options_parse(argc, argv, &options, &e);
    if (r < 0) {
        fprintf(stderr, "seed-server: %s\n", e.message);
        return 2;
    }
    if (options.help || options.print_routes) {
        if (options.help)
            options_usage(stdout);
        else
            routes_print(stdout);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (options.debug)
        log_set_level(LOG_DEBUG);
    /* What SQLite makes has the mode that this leaves; ours name their own. */
    (void)umask(077);
    limit_heaps();
    raise_file_limit();
    signal_fd = make_signalfd(&e);
    r = signal_fd < 0 ? signal_fd : server_start(&server, &options, &e);
    if (r == 0) {
        say_ready(&server);
        run(&server, signal_fd);
        log_info("ending");
        notify_stopping();
    } else {
        log_error("%s", e.message);
    }
    server_stop(&server);
    if (signal_fd >= 0)
        (void)close(signal_fd); /* only read from */
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
