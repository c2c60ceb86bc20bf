/* SPDX-License-Identifier: Apache-2.0 */
#include "key_file.h"

#include <fcntl.h>

#include "common/file.h"

#define PEM_MAX (64 * 1024)

/* -ENOENT when a key is to be made. */
static int read_key(struct context *c, const char *path, struct key **ret, struct error *e)
{
    _cleanup_(secret_freep) char *pem = NULL;
    struct error why = ERROR_INIT;
    int r = file_read(AT_FDCWD, path, PEM_MAX, &pem, NULL, &why);

    if (r < 0 && r != -E2BIG) /* no key is that long */
        return error_set(e, r, "%s", why.message);
    if (r == 0)
        r = key_read(pem, ret, &why);
    if (r == 0)
        return 0;
    if (r != -EINVAL && r != -E2BIG)
        return error_set(e, r, "%s: %s", path, why.message);
    r = file_set_aside(path, e);
    if (r < 0)
        return r;
    step_note(c, "%s: %s: set aside as .broken, making a new key", path, why.message);
    return -ENOENT;
}

static int make_key(const char *path, struct key **ret, struct error *e)
{
    _cleanup_(key_freep) struct key *key = NULL;
    int r = key_make(&key, e);

    if (r >= 0)
        r = file_write_atomic(AT_FDCWD, path, key_pem(key), strlen(key_pem(key)), 0600, e);
    if (r >= 0)
        *ret = TAKE_PTR(key);
    return r;
}

int key_file_obtain(struct context *c, const char *path, struct key **ret, struct error *e)
{
    int r = read_key(c, path, ret, e);

    return r == -ENOENT ? make_key(path, ret, e) : r;
}
