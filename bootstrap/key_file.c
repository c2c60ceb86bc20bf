/* SPDX-License-Identifier: Apache-2.0 */
#include "key_file.h"

#include <fcntl.h>

#include "common/file.h"

#define PEM_MAX (64 * 1024)

static int set_aside(const char *path, struct error *e)
{
    _cleanup_free_ char *aside = NULL;

    if (asprintf(&aside, "%s.broken", path) < 0) {
        aside = NULL;
        return error_oom(e);
    }
    if (rename(path, aside) < 0)
        return error_set_errno(e, -errno, "setting aside %s", path);
    return 0;
}

int key_file_read(const char *path, struct key **ret, bool *ret_broken, struct error *e)
{
    _cleanup_(secret_freep) char *pem = NULL;
    struct error why = ERROR_INIT;
    size_t len;
    int r = file_read(AT_FDCWD, path, PEM_MAX, &pem, &len, &why);

    *ret_broken = false;
    if (r < 0 && r != -E2BIG) /* no key is that long */
        return error_set(e, r, "%s", why.message);
    if (r == 0)
        r = key_read(pem, ret, &why);
    if (r == 0)
        return 0;
    if (r != -EINVAL && r != -E2BIG)
        return error_set(e, r, "%s: %s", path, why.message);
    r = set_aside(path, e);
    if (r < 0)
        return r;
    *ret_broken = true;
    return error_set(e, -ENOENT, "%s: %s", path, why.message);
}
