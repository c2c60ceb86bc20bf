/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "plan.h"

void problems_done(struct problems *p)
{
    size_t i;

    for (i = 0; i < p->n; i++) {
        free(p->items[i].file);
        free(p->items[i].message);
    }
    free(p->items);
    *p = (struct problems){0};
}

int problems_add(struct problems *p, bool fatal, struct inventory_origin where, const char *format,
                 ...)
{
    _cleanup_free_ char *message = NULL, *file = NULL;
    struct problem *items;
    va_list ap;
    char *c;
    int n;

    if (fatal)
        p->fatal++;
    if (p->n == PROBLEMS_MAX)
        return 0;

    va_start(ap, format);
    n = vasprintf(&message, format, ap);
    va_end(ap);
    if (n < 0) {
        message = NULL; /* it is undefined now */
        return -ENOMEM;
    }
    for (c = message; *c; c++) /* one line, whatever a name has in it */
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    if (where.file) {
        file = strdup(where.file);
        if (!file)
            return -ENOMEM;
    }
    if ((p->n & (p->n - 1)) == 0) { /* grows at powers of two */
        items = reallocarray(p->items, p->n ? p->n * 2 : 1, sizeof(*items));
        if (!items)
            return -ENOMEM;
        p->items = items;
    }
    p->items[p->n++] = (struct problem){fatal, TAKE_PTR(file), where.line, TAKE_PTR(message)};
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct problem *x = a, *y = b;
    int r;

    /* What belongs to no file comes last. */
    if (!x->file || !y->file)
        r = (!x->file) - (!y->file);
    else
        r = strcmp(x->file, y->file);
    if (r == 0)
        r = (x->line > y->line) - (x->line < y->line);
    return r ? r : strcmp(x->message, y->message);
}

void problems_sort(struct problems *p)
{
    if (p->n)
        qsort(p->items, p->n, sizeof(*p->items), compare);
}

void problems_print(const struct problems *p, struct buf *out)
{
    size_t i;

    for (i = 0; i < p->n; i++) {
        const struct problem *q = &p->items[i];

        if (q->file && q->line)
            buf_addf(out, "%s:%u: ", q->file, q->line);
        else if (q->file)
            buf_addf(out, "%s: ", q->file);
        buf_addf(out, "%s%s\n", q->fatal ? "" : "warning: ", q->message);
    }
    if (p->n == PROBLEMS_MAX)
        buf_addf(out, "and more: only the first %d are shown\n", PROBLEMS_MAX);
}
