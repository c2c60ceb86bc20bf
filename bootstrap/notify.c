/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

void notify_send(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    _cleanup_close_ int fd = -1;
    size_t len;

    /* '@' names a socket of the abstract namespace, whose first byte is NUL. */
    if (!path || (path[0] != '/' && path[0] != '@'))
        return;
    len = strlen(path);
    if (len < 2 || len > sizeof(address.sun_path) - 1)
        return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

void notify_sendf(const char *format, ...)
{
    char state[1024];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(state, sizeof(state), format, ap);
    va_end(ap);
    notify_send(state);
}
