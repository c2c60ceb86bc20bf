/* SPDX-License-Identifier: Apache-2.0 */
#include "host_pattern.h"
#include "pytext.h"
#include "unicode.h"

struct expansion {
    host_name_made *made;
    void *userdata;
    unsigned count;
    struct buf name; /* what is fixed so far */
};

struct piece {
    const char *s;
    size_t n;
};

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Where p stands in the alphabet as a piece of it (Python's str.index), or -1. */
static int alphabet_index(struct piece p)
{
    const char *at = p.n ? memmem(alphabet, sizeof(alphabet) - 1, p.s, p.n) : alphabet;

    return at ? (int)(at - alphabet) : -1;
}

static int expand(struct expansion *x, const char *rest, size_t len, struct error *e);

/* Goes on behind a range with one of its values in place. */
static int with_value(struct expansion *x, const char *value, size_t value_len, struct piece tail,
                      struct error *e)
{
    size_t before = x->name.len;
    int r;

    buf_add(&x->name, value, value_len);
    r = expand(x, tail.s, tail.n, e);
    x->name.len = before;
    return r;
}

/* Python's str(value).zfill(width) */
static int with_number(struct expansion *x, int64_t value, size_t width, struct piece tail,
                       struct error *e)
{
    char text[32], filled[256];
    int n;

    if (width >= sizeof(filled))
        return error_set(e, -E2BIG, "host range has numbers of %zu digits, at most %zu are fine",
                         width, sizeof(filled) - 1);
    n = snprintf(text, sizeof(text), "%lld", (long long)value);
    if ((size_t)n >= width)
        return with_value(x, text, (size_t)n, tail, e);
    memset(filled, '0', width);
    memcpy(filled + width - n, text, (size_t)n);
    if (value < 0) { /* the sign stays in front */
        filled[width - (size_t)n] = '0';
        filled[0] = '-';
    }
    return with_value(x, filled, width, tail, e);
}

static int numbers(struct expansion *x, struct piece begin, struct piece end, struct piece step,
                   size_t width, struct piece tail, struct error *e)
{
    int64_t from, to, by;
    int r;

    /* in Python's order, for its message */
    r = pytext_to_int64(begin.s, begin.n, &from, e);
    if (r == 0)
        r = pytext_to_int64(end.s, end.n, &to, e);
    if (r == 0)
        r = pytext_to_int64(step.s, step.n, &by, e);
    if (r == -ERANGE)
        return error_set(e, -E2BIG, "host range has numbers beyond 64 bits");
    if (r < 0)
        return r;
    if (by == 0)
        return error_set(e, -EINVAL, "range() arg 3 must not be zero");
    if (to == INT64_MAX)
        return error_set(e, -E2BIG, "host range has numbers beyond 64 bits");
    /* up to `to` itself going up, down to `to + 1` excluded going down: range(from, to + 1, by) */
    for (int64_t i = from; by > 0 ? i <= to : i > to + 1;) {
        r = with_number(x, i, width, tail, e);
        if (r < 0)
            return r;
        if (__builtin_add_overflow(i, by, &i))
            break;
    }
    return 0;
}

/* Letters begin to end, in steps. 1 when this is no range of letters. */
static int letters(struct expansion *x, struct piece begin, struct piece end, struct piece step,
                   struct piece tail, struct error *e)
{
    int first = alphabet_index(begin), last = alphabet_index(end), r;
    struct error ignored;
    int64_t by;

    if (first < 0 || last < 0)
        return 1;
    if (first > last)
        return error_set(e, -EINVAL, "host range must have begin <= end");
    r = pytext_to_int64(step.s, step.n, &by, &ignored);
    if (r == -ENOMEM)
        return error_oom(e);
    if (r == -EINVAL || by == 0) /* Python then tries numbers, and complains about those */
        return 1;
    if (r < 0)
        by = INT64_MAX; /* just the first, or none if it was negative, as for any step so big */
    for (int64_t i = first; by > 0 && i <= last; i += by > 100 ? 100 : by) {
        r = with_value(x, alphabet + i, 1, tail, e);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Splits at `[`, `]` (the first of each) and at every '|', which is what Ansible replaces the two
 * with: there must be exactly three pieces. */
static int cut_range(const char *s, size_t n, struct piece ret[3], struct error *e)
{
    const char *open = memchr(s, '[', n), *close = memchr(s, ']', n);
    size_t count = 0, start = 0;

    for (size_t i = 0; i <= n; i++) {
        if (i < n && s[i] != '|' && s + i != open && s + i != close)
            continue;
        if (count < 3)
            ret[count] = (struct piece){s + start, i - start};
        count++;
        start = i + 1;
    }
    if (count > 3)
        return error_set(e, -EINVAL, "too many values to unpack (expected 3)");
    if (count < 3)
        return error_set(e, -EINVAL, "not enough values to unpack (expected 3, got %zu)", count);
    return 0;
}

static int expand_range(struct expansion *x, struct piece range, struct piece tail, struct error *e)
{
    struct piece bounds[3] = {
        {"",  0},
        {"",  0},
        {"1", 1}
    };
    size_t count = 0, start = 0, width = 0;
    int r;

    for (size_t i = 0; i <= range.n; i++) {
        if (i < range.n && range.s[i] != ':')
            continue;
        if (count < 3)
            bounds[count] = (struct piece){range.s + start, i - start};
        count++;
        start = i + 1;
    }
    if (count != 2 && count != 3)
        return error_set(e, -EINVAL, "host range must be begin:end or begin:end:step");
    if (!bounds[0].n)
        bounds[0] = (struct piece){"0", 1};
    if (!bounds[1].n)
        return error_set(e, -EINVAL, "host range must specify end value");
    if (bounds[0].n > 1 && bounds[0].s[0] == '0') {
        width = unicode_length(bounds[0].s, bounds[0].n);
        if (width > 1 && width != unicode_length(bounds[1].s, bounds[1].n))
            return error_set(e, -EINVAL,
                             "host range must specify equal-length begin and end formats");
    }
    r = letters(x, bounds[0], bounds[1], bounds[2], tail, e);
    if (r != 1)
        return r;
    return numbers(x, bounds[0], bounds[1], bounds[2], width, tail, e);
}

/* rest follows what x->name holds. */
static int expand(struct expansion *x, const char *rest, size_t len, struct error *e)
{
    size_t before = x->name.len;
    struct piece pieces[3];
    int r;

    if (!memchr(rest, '[', len)) {
        if (x->count++ >= HOST_RANGE_MAX)
            return error_set(e, -E2BIG, "host range makes more than %u hosts", HOST_RANGE_MAX);
        buf_add(&x->name, rest, len);
        r = buf_check(&x->name);
        if (r < 0)
            return error_set_errno(e, r, "host range");
        r = x->made(x->name.data, x->name.len, x->userdata, e);
        x->name.len = before;
        return r;
    }
    r = cut_range(rest, len, pieces, e);
    if (r < 0)
        return r;
    buf_add(&x->name, pieces[0].s, pieces[0].n);
    r = expand_range(x, pieces[1], pieces[2], e);
    x->name.len = before;
    return r;
}

int host_pattern_expand(const char *name, size_t len, host_name_made *made, void *userdata,
                        struct error *e)
{
    struct expansion x = {made, userdata, 0, BUF_INIT(1024 * 1024)};
    int r;

    r = expand(&x, name, len, e);
    buf_done(&x.name);
    return r;
}
