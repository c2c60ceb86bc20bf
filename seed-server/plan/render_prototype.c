/* SPDX-License-Identifier: Apache-2.0 */
#include "disks.h"
#include "render.h"

/* Workers differ in little: a name, an address, a pod network, their disks. Building and printing
 * the tree of each costs 90 µs; so one worker of each shape is rendered with marks in the places of
 * what differs, and the configs of the others are put together from its pieces in a few µs, which
 * makes keeping a hundred thousand of them unnecessary. test_render.c holds both ways against each
 * other.
 *
 * A mark is text that no config has otherwise: variables with "{{" are refused as templates, and
 * outside of strings JSON never has two braces in a row. What goes in its place needs no escaping:
 * DNS names, addresses, digests, and JSON as printed. */

#define PROTOTYPES_MAX 256 /* of shapes; hosts of further ones are rendered in full */
#define PIECES_MAX 32

enum part { PART_NAME, PART_IP, PART_PODS, PART_PLAN, PART_DISKS, PART_BOND, PART_END };

static const char *const marks[] = {
    [PART_NAME] = "{{name}}",     [PART_IP] = "{{ip}}",           [PART_PODS] = "{{pods}}",
    [PART_PLAN] = "{{plan}}",     [PART_DISKS] = "\"{{disks}}\"", /* values, not texts */
    [PART_BOND] = "\"{{bond}}\"",
};

struct piece {
    size_t start, len; /* of the text */
    enum part then;    /* what follows it */
};

struct prototype {
    const struct host *of; /* has the shape */
    char *text;
    struct piece pieces[PIECES_MAX];
    size_t n;
};

static bool equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool has_shape(const struct host *a, const struct host *b)
{
    return a->pub.roles == b->pub.roles && a->prefix == b->prefix && a->dns == b->dns &&
           a->ntp == b->ntp && a->ssh_keys == b->ssh_keys && equal(a->ssh_user, b->ssh_user) &&
           equal(a->labels, b->labels) && equal(a->taints, b->taints) &&
           equal(a->flags, b->flags) && equal(a->gateway, b->gateway) &&
           equal(a->pod_gateway, b->pod_gateway) && a->pub.mtu == b->pub.mtu &&
           a->pub.vlan == b->pub.vlan && !a->bond == !b->bond &&
           (a->pub.boot == BOOT_LOCAL) == (b->pub.boot == BOOT_LOCAL);
}

/* The first mark at or after start; its place in *ret, which is the end of the text without one. */
static enum part next_mark(const char *text, size_t start, size_t *ret)
{
    const char *place, *first = text + strlen(text);
    enum part found = PART_END, part;

    for (part = 0; part < PART_END; part++) {
        place = strstr(text + start, marks[part]);
        if (place && place < first) {
            first = place;
            found = part;
        }
    }
    *ret = (size_t)(first - text);
    return found;
}

static int cut_up(struct prototype *t, struct error *e)
{
    size_t start = 0, end;
    enum part part;

    do {
        if (t->n == PIECES_MAX)
            return error_set(e, -E2BIG, "a config repeats its host's name too often");
        part = next_mark(t->text, start, &end);
        t->pieces[t->n++] = (struct piece){start, end - start, part};
        start = end + (part == PART_END ? 0 : strlen(marks[part]));
    } while (part != PART_END);
    return 0;
}

static int make_one(const struct plan *p, const struct host *like, struct prototype *t,
                    struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(1024 * 1024);
    _cleanup_json_ json_t *disks = json_string("{{disks}}");
    struct host h = *like;
    int r;

    if (!disks)
        return error_oom(e);
    h.pub.name = marks[PART_NAME];
    h.pub.ip = marks[PART_IP];
    h.pub.pod_cidr = marks[PART_PODS];
    h.bond = like->bond ? marks[PART_BOND] : NULL;
    r = render_full(p, &h, marks[PART_PLAN], disks, 1, &text, e);
    if (r < 0)
        return r;
    t->of = like;
    t->text = buf_take(&text, NULL);
    return t->text ? cut_up(t, e) : error_oom(e);
}

int prototypes_make(struct plan *p, struct error *e)
{
    struct prototypes *all = &p->prototypes;
    size_t i, j, last = 0;
    int r;

    all->items = calloc(PROTOTYPES_MAX, sizeof(*all->items));
    if (!all->items)
        return error_oom(e);
    for (i = 0; i < p->n_hosts; i++) {
        struct host *h = &p->hosts[i];

        if (h->pub.roles != ROLE_NODE)
            continue;
        for (j = last; j < all->n && !has_shape(all->items[j].of, h); j++)
            ;
        for (j = j == all->n ? 0 : j; j < all->n && !has_shape(all->items[j].of, h); j++)
            ;
        if (j == PROTOTYPES_MAX)
            continue;
        if (j == all->n) {
            r = make_one(p, h, &all->items[all->n++], e); /* counted first: freed if it fails */
            if (r < 0)
                return r;
        }
        h->prototype = (unsigned)j + 1;
        last = j;
    }
    return 0;
}

void prototypes_done(struct prototypes *all)
{
    size_t i;

    for (i = 0; i < all->n; i++)
        free(all->items[i].text);
    free(all->items);
}

int prototype_render(const struct plan *p, const struct host *h, const char *digest,
                     const json_t *disks, struct buf *out, struct error *e)
{
    const struct prototype *t = &p->prototypes.items[h->prototype - 1];
    size_t i;
    int r;

    for (i = 0; i < t->n; i++) {
        buf_add(out, t->text + t->pieces[i].start, t->pieces[i].len);
        switch (t->pieces[i].then) {
        case PART_NAME:
            buf_add_str(out, h->pub.name);
            break;
        case PART_IP:
            buf_add_str(out, h->pub.ip);
            break;
        case PART_PODS:
            buf_add_str(out, h->pub.pod_cidr);
            break;
        case PART_PLAN:
            buf_add_str(out, digest);
            break;
        case PART_DISKS:
            r = json_print(disks, out, e);
            if (r < 0)
                return r;
            break;
        case PART_BOND:
            buf_add_str(out, h->bond);
            break;
        case PART_END:
            break;
        }
    }
    return buf_check(out) < 0 ? error_oom(e) : 0;
}
