/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets.h"

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/file.h"
#include "common/log.h"
#include "common/parse.h"

#define BACKLOG 4096 /* a rack that is switched on comes all at once */
#define GROUP "nodeseed"

static int bind_tcp(const struct ip_address *address, uint16_t port, struct error *e)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    bool is_v4 = address->family == AF_INET;
    int one = 1, zero = 0, fd;

    memcpy(&v4.sin_addr, address->bytes, 4);
    memcpy(&v6.sin6_addr, address->bytes, 16);
    fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set_errno(e, -errno, "making a socket");
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
        (!is_v4 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)) < 0) ||
        bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
             is_v4 ? sizeof(v4) : sizeof(v6)) < 0 ||
        listen(fd, BACKLOG) < 0) {
        int r = error_set_errno(e, -errno, "listening");

        (void)close(fd); /* nothing was written to it */
        return r;
    }
    return fd;
}

int listen_tcp(const char *endpoint, int *ret, struct error *e)
{
    struct ip_address address;
    uint16_t port;
    int r = parse_endpoint(endpoint, &address, &port, e);

    if (r == 0)
        r = bind_tcp(&address, port, e);
    if (r < 0)
        return error_wrap(e, "%s", endpoint);
    *ret = r;
    return 0;
}

/* A socket file that nobody listens on is what a killed server left. */
static int remove_stale(const char *path, const struct sockaddr_un *address, struct error *e)
{
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat st;

    if (lstat(path, &st) < 0)
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return error_set(e, -EEXIST, "%s is there and is no socket", path);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
        return error_set(e, -EADDRINUSE, "another server listens on %s", path);
    if (unlink(path) < 0)
        return error_set_errno(e, -errno, "removing %s", path);
    return 0;
}

/* Whoever may connect is an administrator: the permissions are the check. */
static int give_to_group(const char *path, struct error *e)
{
    struct group *group = getgrnam(GROUP);

    if (group && chown(path, (uid_t)-1, group->gr_gid) == 0) {
        if (chmod(path, 0660) < 0)
            return error_set_errno(e, -errno, "%s", path);
        return 0;
    }
    log_info("%s: no group %s here, for this user only", path, GROUP);
    return 0;
}

int listen_unix(const char *path, int *ret, struct error *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _cleanup_close_ int fd = -1;
    mode_t old;
    int r;

    if (strlen(path) >= sizeof(address.sun_path))
        return error_set(e, -ENAMETOOLONG, "%s is too long for a socket", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    r = file_make_parents(path, 0755, e);
    if (r == 0)
        r = remove_stale(path, &address, e);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set_errno(e, -errno, "making a socket");
    old = umask(0177); /* no moment at which others could connect; no other thread runs yet */
    r = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
    (void)umask(old);
    if (r < 0)
        return error_set_errno(e, r, "listening on %s", path);
    r = give_to_group(path, e);
    if (r == 0 && listen(fd, BACKLOG) < 0)
        r = error_set_errno(e, -errno, "listening on %s", path);
    if (r < 0)
        return r;
    *ret = TAKE_FD(fd);
    return 0;
}

void socket_address_text(const struct sockaddr *a, char ret[IP_TEXT_SIZE])
{
    const void *bytes = NULL;

    if (a && a->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
    else if (a && a->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    if (!bytes || !inet_ntop(a->sa_family, bytes, ret, IP_TEXT_SIZE))
        (void)snprintf(ret, IP_TEXT_SIZE, "local"); /* fits */
}
