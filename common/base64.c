/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : (c == '/' ? 63 : -1);
}

int base64_decode(const char *s, char **ret, size_t *ret_len, struct error *e)
{
    size_t len = strlen(s), padding = 0, i, n = 0;
    _cleanup_free_ char *out = NULL;

    while (padding < 2 && padding < len && s[len - 1 - padding] == '=')
        padding++;
    if (len % 4 != 0)
        return error_set(e, -EINVAL, "expected base64");
    out = malloc(len / 4 * 3 + 1);
    if (!out)
        return error_oom(e);
    for (i = 0; i < len; i += 4) {
        unsigned long bits = 0;
        size_t k, last = i + 4 == len ? padding : 0;

        for (k = 0; k < 4; k++) {
            int v = k < 4 - last ? value_of(s[i + k]) : 0;

            if (v < 0)
                return error_set(e, -EINVAL, "expected base64");
            bits = bits << 6 | (unsigned long)v;
        }
        for (k = 0; k < 3 - last; k++)
            out[n++] = (char)(bits >> (16 - 8 * k) & 0xff);
    }
    out[n] = '\0';
    *ret = TAKE_PTR(out);
    *ret_len = n;
    return 0;
}
