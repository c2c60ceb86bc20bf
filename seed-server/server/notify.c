/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include <systemd/sd-daemon.h>

#include "common/log.h"

/* A manager that cannot be told does not stop the service: it has its own time limits. */
static void tell(const char *message)
{
    int r = sd_notify(0, message);

    if (r < 0)
        log_debug("telling the service manager: %s, ignoring", strerror(-r));
}

int notify_take_sockets(struct notify_sockets *ret, struct error *e)
{
    struct notify_sockets sockets = {-1, -1, -1};
    char **names = NULL;
    int n = sd_listen_fds_with_names(1, &names);

    if (n < 0)
        return error_set_errno(e, n, "taking the sockets of the service manager");
    for (int i = 0; i < n; i++) {
        int fd = SD_LISTEN_FDS_START + i;
        int *place = strcmp(names[i], "plain") == 0     ? &sockets.plain
                     : strcmp(names[i], "tls") == 0     ? &sockets.tls
                     : strcmp(names[i], "control") == 0 ? &sockets.control
                                                        : NULL;
        if (!place || *place >= 0)
            log_warning("a socket named \"%s\" was passed: plain, tls and control are known, "
                        "ignoring",
                        names[i]);
        else
            *place = fd;
        free(names[i]);
    }
    free(names);
    *ret = sockets;
    return 0;
}

static void send_with_status(const char *state, const char *status)
{
    char message[512];

    (void)snprintf(message, sizeof(message), "%sSTATUS=%s", state, status); /* cut short is fine */
    tell(message);
}

void notify_ready(const char *status)
{
    send_with_status("READY=1\n", status);
}

void notify_status(const char *status)
{
    send_with_status("", status);
}

void notify_stopping(void)
{
    tell("STOPPING=1");
}

uint64_t notify_watchdog_ms(void)
{
    uint64_t us = 0;

    return sd_watchdog_enabled(0, &us) > 0 ? us / 2000 : 0;
}

void notify_alive(void)
{
    tell("WATCHDOG=1");
}
