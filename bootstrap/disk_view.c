/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_view.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/process.h"

#define TRIES 50 /* a free loop device may be somebody else's a moment later */
#define PAUSE_MS 100
#define MODPROBE_MS 60000

void disk_view_close(struct disk_view *v)
{
    if (v->fd < 0)
        return;
    /* At once, where closing alone would leave it to the kernel when; ENXIO: it has none. */
    (void)ioctl(v->fd, LOOP_CLR_FD, 0);
    closep(&v->fd); /* read-only */
    v->fd = -1;
}

static int set_up(int loop, struct error *e)
{
    const struct loop_info64 info = {.lo_flags = LO_FLAGS_AUTOCLEAR};
    int read_only = 0;

    if (ioctl(loop, LOOP_SET_STATUS64, &info) < 0)
        return error_set_errno(e, -errno, "having it go by itself");
    /* it is, as both descriptors are for reading; and all depends on it */
    if (ioctl(loop, BLKROGET, &read_only) < 0 || !read_only)
        return error_set(e, -EIO, "it is not read-only");
    return 0;
}

/* Gives the loop device its backing. -EBUSY without words when it was not free any more. */
static int attach(int loop, int fd, struct error *e)
{
    int r;

    if (flock(loop, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? -EBUSY : error_set_errno(e, -errno, "locking it");
    /* LOOP_CONFIGURE does both at once, from Linux 5.8 on */
    if (ioctl(loop, LOOP_SET_FD, fd) < 0)
        return errno == EBUSY ? -EBUSY : error_set_errno(e, -errno, "attaching the device");
    r = set_up(loop, e);
    if (r < 0)
        (void)ioctl(loop, LOOP_CLR_FD, 0); /* the first reason is the one to tell */
    return r;
}

static int try_once(const struct disk_roots *roots, int control, int fd, struct disk_view *ret,
                    struct error *e)
{
    _cleanup_close_ int loop = -1;
    struct disk_view v = DISK_VIEW_INIT;
    int number = ioctl(control, LOOP_CTL_GET_FREE), r;

    if (number < 0)
        return error_set_errno(e, -errno, "looking for a free loop device");
    if (snprintf(v.node, sizeof(v.node), "%s/loop%d", roots->dev, number) >= (int)sizeof(v.node))
        return error_set(e, -ENAMETOOLONG, "%s: the name is too long", roots->dev);
    loop = open(v.node, O_RDONLY | O_CLOEXEC);
    if (loop < 0 && (errno == ENOENT || errno == ENXIO))
        return -EBUSY; /* its node is not there yet, or it went away again */
    if (loop < 0)
        return error_set_errno(e, -errno, "opening %s", v.node);
    r = attach(loop, fd, e);
    if (r < 0)
        return r == -EBUSY ? r : error_wrap(e, "%s", v.node);
    v.fd = TAKE_FD(loop);
    *ret = v;
    return 0;
}

/* Opening it loads the module where devtmpfs has its node; where not, the module brings it. */
static int open_control(const struct disk_roots *roots, int *ret, struct error *e)
{
    static const char *const modprobe[] = {"modprobe", "loop", NULL};
    const struct process load = {.argv = modprobe, .timeout_ms = MODPROBE_MS};
    _cleanup_free_ char *path = path_join(roots->dev, "loop-control");
    int fd, code;

    if (!path)
        return error_oom(e);
    fd = open(path, O_RDWR | O_CLOEXEC);
    code = -errno;
    if (fd < 0 && (code == -ENOENT || code == -ENODEV || code == -ENXIO) && !roots->root[0] &&
        process_run(&load, NULL, NULL) == 0) {
        fd = open(path, O_RDWR | O_CLOEXEC);
        code = -errno;
    }
    if (fd < 0)
        return error_set_errno(e, code, "%s (is the kernel's module loop there?)", path);
    *ret = fd;
    return 0;
}

int disk_view_open(const struct disk_roots *roots, int fd, struct disk_view *ret, struct error *e)
{
    _cleanup_close_ int control = -1;
    int tries, r = open_control(roots, &control, e);

    if (r < 0)
        return r;
    /* what was written through a file system or through the whole disk passed this cache by */
    if (ioctl(fd, BLKFLSBUF, 0) < 0)
        return error_set_errno(e, -errno, "flushing it");
    r = -EBUSY;
    for (tries = 0; r == -EBUSY && tries < TRIES; tries++) {
        if (tries)
            clock_sleep_ms(PAUSE_MS);
        r = try_once(roots, control, fd, ret, e);
    }
    return r == -EBUSY ? error_set(e, -EBUSY, "no loop device stayed free") : r;
}
