/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

/* Apart from file.c, whose file_read() fuzz targets replace: that takes calls from other files. */

#define FILE_MAX 4096 /* a page, which no attribute of sysfs exceeds */

bool file_read_line(int dirfd, const char *path, char *ret, size_t size)
{
    _cleanup_free_ char *text = NULL;
    size_t len;

    ret[0] = '\0';
    if (file_read(dirfd, path, FILE_MAX, &text, NULL, NULL) < 0)
        return false;
    len = strcspn(text, "\n");
    if (len >= size)
        return false;
    memcpy(ret, text, len);
    ret[len] = '\0';
    return true;
}
