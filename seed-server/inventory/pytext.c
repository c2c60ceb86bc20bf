/* SPDX-License-Identifier: Apache-2.0 */
#include "pytext.h"

#include "common/pyvalue.h"
#include "unicode.h"

void pytext_repr(struct buf *out, const char *s, size_t n)
{
    char quote = memchr(s, '\'', n) && !memchr(s, '"', n) ? '"' : '\'';
    uint32_t c;
    size_t len;

    buf_add_char(out, quote);
    for (size_t i = 0; i < n; i += len) {
        len = unicode_decode(s + i, n - i, &c);
        if (c == '\\' || c == (uint32_t)quote) {
            buf_add_char(out, '\\');
            buf_add_char(out, s[i]);
        } else if (c == '\t') {
            buf_add_str(out, "\\t");
        } else if (c < 0x20 || (c >= 0x7f && c < 0xa1) || c == 0xad) {
            buf_addf(out, "\\x%02x", c);
        } else if (c >= 0xd800 && c <= 0xdfff) {
            buf_addf(out, "\\u%04x", c);
        } else {
            buf_add(out, s + i, len);
        }
    }
    buf_add_char(out, quote);
}

static int not_an_int(const char *s, size_t n, struct error *e)
{
    _cleanup_buf_ struct buf quoted = BUF_INIT(8192);

    pytext_repr(&quoted, s, n);
    return error_set(e, -EINVAL, "invalid literal for int() with base 10: %s",
                     quoted.data ? quoted.data : "''");
}

int pytext_to_int(const char *s, size_t n, json_t **ret, struct error *e)
{
    _cleanup_buf_ struct buf digits = BUF_INIT(PYVALUE_DECIMAL_MAX + 1);
    const char *whole = s;
    size_t whole_n = n, len;
    bool negative = false, after_digit = false;
    json_t *v;
    uint32_t c;

    unicode_strip(&s, &n);
    if (n && (*s == '-' || *s == '+')) {
        negative = *s == '-';
        s++;
        n--;
    }
    for (size_t i = 0; i < n; i += len) {
        int digit;

        len = unicode_decode(s + i, n - i, &c);
        if (c == '_' && after_digit) {
            after_digit = false;
            continue;
        }
        digit = unicode_digit(c);
        if (digit < 0)
            return not_an_int(whole, whole_n, e);
        buf_add_char(&digits, (char)('0' + digit));
        after_digit = true;
    }
    if (!after_digit)
        return not_an_int(whole, whole_n, e);
    if (buf_check(&digits) == -ENOMEM)
        return error_oom(e);
    if (buf_check(&digits) < 0 || digits.len > PYVALUE_DECIMAL_MAX)
        return error_set(e, -EINVAL, "Exceeds the limit (%d digits) for integer string conversion",
                         PYVALUE_DECIMAL_MAX);
    v = pyvalue_integer(digits.data, digits.len, 10, negative);
    if (!v)
        return error_oom(e);
    *ret = v;
    return 0;
}

int pytext_to_int64(const char *s, size_t n, int64_t *ret, struct error *e)
{
    _cleanup_json_ json_t *v = NULL;
    int r = pytext_to_int(s, n, &v, e);

    if (r < 0)
        return r;
    if (!json_is_integer(v))
        return error_set(e, -ERANGE, "the number %.20s… is too big", pyvalue_number_text(v));
    *ret = json_integer_value(v);
    return 0;
}
