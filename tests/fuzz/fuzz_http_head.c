/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buf.h"
#include "common/mem.h"
#include "tests/unit/server/lenient_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether another reader, one that knows nothing but the strict grammar (RFC 9112), finds the end
 * of the head where we do: CR LF CR LF, no byte of the head is a control but those and tabs, and no
 * line is folded. */
static bool is_strict(const char *text, size_t size)
{
    const char *end = memmem(text, size, "\r\n\r\n", 4);
    const char *fold = end ? memmem(text, (size_t)(end - text), "\r\n ", 3) : NULL;

    if (!end || fold || memmem(text, (size_t)(end - text), "\r\n\t", 3))
        return false;
    for (const char *c = text; c < end; c++) {
        if (*c == '\0' || (*c == '\r' && c[1] != '\n'))
            return false;
        if (*c == '\n' && (c == text || c[-1] != '\r'))
            return false;
    }
    return true;
}

/* Four bytes that may be two line ends to who cannot see what a NUL was. */
static bool looks_like_end(const char *at)
{
    for (size_t i = 0; i < 4; i++)
        if (at[i] != '\0' && at[i] != '\r' && at[i] != '\n')
            return false;
    return memchr(at, '\0', 4) && memchr(at, '\n', 4);
}

/* What has a NUL in it and looks like CR LF as that, see http_head.h. */
static char *strict_copy(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);

    if (!copy)
        return NULL;
    memcpy(copy, data, size);
    copy[size] = '\0';
    for (size_t i = 0; i + 1 < size; i++) {
        if (i + 3 < size && memcmp(copy + i, "\r\n\r\n", 4) == 0)
            break;
        if (i + 3 < size && looks_like_end(copy + i)) {
            memcpy(copy + i, "\r\n\r\n", 4);
            i += 3;
        } else if (copy[i] == '\0' && copy[i + 1] == '\n') {
            copy[i] = '\r';
        } else if (copy[i] == '\n' && copy[i + 1] == '\0' && (i == 0 || copy[i - 1] != '\r')) {
            memcpy(copy + i, "\r\n", 2);
        }
    }
    return copy;
}

/* What is taken reads the same to the strictest reader. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = malloc(size + 1);
    _cleanup_free_ char *strict = NULL;
    struct http_head h;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    strict = strict_copy(data, size);
    if (!strict)
        abort();
    if (lenient_head(text, size, &h)) {
        if (h.status && !h.why)
            abort();
        if (!h.status && !is_strict(strict, size))
            abort();
    }
    return 0;
}
