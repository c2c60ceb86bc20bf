/* SPDX-License-Identifier: Apache-2.0 */
#include "pmap.h"

#include <stdbool.h>

struct pmap {
    unsigned refs;
    int height;
    size_t count;
    struct pmap *left, *right;
    struct pmap_item *item;
};

static void item_unref(struct pmap_item *item)
{
    if (__atomic_sub_fetch(&item->refs, 1, __ATOMIC_ACQ_REL) == 0)
        free(item);
}

static struct pmap_item *item_ref(struct pmap_item *item)
{
    (void)__atomic_add_fetch(&item->refs, 1, __ATOMIC_RELAXED); /* counts only */
    return item;
}

static struct pmap_item *item_new(const char *key, const void *value, size_t len, uint64_t revision)
{
    size_t key_len = strlen(key);
    struct pmap_item *item;

    if (key_len > UINT32_MAX || len > SIZE_MAX / 2)
        return NULL;
    item = malloc(sizeof(*item) + key_len + 1 + len + 1);
    if (!item)
        return NULL;
    item->refs = 1;
    item->key_len = (uint32_t)key_len;
    item->value_len = len;
    item->revision = revision;
    item->value = item->key + key_len + 1;
    memcpy(item->key, key, key_len + 1);
    if (len)
        memcpy(item->value, value, len);
    item->value[len] = '\0';
    return item;
}

struct pmap *pmap_ref(struct pmap *m)
{
    if (m)
        (void)__atomic_add_fetch(&m->refs, 1, __ATOMIC_RELAXED); /* counts only */
    return m;
}

/* Recursion is bounded by the tree's height, which AVL keeps below 1.45 log2(n). */
void pmap_unref(struct pmap *m)
{
    if (!m || __atomic_sub_fetch(&m->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    pmap_unref(m->left);
    pmap_unref(m->right);
    item_unref(m->item);
    free(m);
}

static int height(const struct pmap *m)
{
    return m ? m->height : 0;
}

size_t pmap_count(const struct pmap *m)
{
    return m ? m->count : 0;
}

/* Takes the three references over, whether it succeeds or not; NULL without memory. */
static struct pmap *node_new(struct pmap *left, struct pmap_item *item, struct pmap *right)
{
    struct pmap *m = malloc(sizeof(*m));

    if (!m) {
        pmap_unref(left);
        pmap_unref(right);
        item_unref(item);
        return NULL;
    }
    m->refs = 1;
    m->left = left;
    m->right = right;
    m->item = item;
    m->height = 1 + (height(left) > height(right) ? height(left) : height(right));
    m->count = 1 + pmap_count(left) + pmap_count(right);
    return m;
}

/* Two levels made anew around what a rotation lifts; shared nodes are never changed. Takes left,
 * item and right over. */
static struct pmap *balance(struct pmap *left, struct pmap_item *item, struct pmap *right)
{
    struct pmap *a, *b, *result = NULL, *old;

    if (height(left) > height(right) + 1) {
        old = left;
        if (height(old->left) >= height(old->right)) {
            a = node_new(pmap_ref(old->right), item, right);
            if (a)
                result = node_new(pmap_ref(old->left), item_ref(old->item), a);
        } else {
            struct pmap *mid = old->right;
            a = node_new(pmap_ref(old->left), item_ref(old->item), pmap_ref(mid->left));
            b = node_new(pmap_ref(mid->right), item, right);
            if (a && b) {
                result = node_new(a, item_ref(mid->item), b);
            } else {
                pmap_unref(a);
                pmap_unref(b);
            }
        }
        pmap_unref(old);
        return result;
    }
    if (height(right) > height(left) + 1) {
        old = right;
        if (height(old->right) >= height(old->left)) {
            a = node_new(left, item, pmap_ref(old->left));
            if (a)
                result = node_new(a, item_ref(old->item), pmap_ref(old->right));
        } else {
            struct pmap *mid = old->left;
            a = node_new(left, item, pmap_ref(mid->left));
            b = node_new(pmap_ref(mid->right), item_ref(old->item), pmap_ref(old->right));
            if (a && b) {
                result = node_new(a, item_ref(mid->item), b);
            } else {
                pmap_unref(a);
                pmap_unref(b);
            }
        }
        pmap_unref(old);
        return result;
    }
    return node_new(left, item, right);
}

/* Takes item over. */
static struct pmap *insert(const struct pmap *m, struct pmap_item *item)
{
    struct pmap *child;
    int order;

    if (!m)
        return node_new(NULL, item, NULL);
    order = strcmp(item->key, m->item->key);
    if (order == 0)
        return node_new(pmap_ref(m->left), item, pmap_ref(m->right));
    child = insert(order < 0 ? m->left : m->right, item);
    if (!child)
        return NULL;
    return order < 0 ? balance(child, item_ref(m->item), pmap_ref(m->right))
                     : balance(pmap_ref(m->left), item_ref(m->item), child);
}

int pmap_put(struct pmap *m, const char *key, const void *value, size_t len, uint64_t revision,
             struct pmap **ret)
{
    struct pmap_item *item = item_new(key, value, len, revision);
    struct pmap *changed = item ? insert(m, item) : NULL;

    if (!changed)
        return -ENOMEM;
    *ret = changed;
    return 0;
}

static const struct pmap *leftmost(const struct pmap *m)
{
    while (m->left)
        m = m->left;
    return m;
}

/* key must be there. An empty result is no failure, hence *failed. */
static struct pmap *without(const struct pmap *m, const char *key, bool *failed)
{
    int order = strcmp(key, m->item->key);
    const struct pmap *next;
    struct pmap *child, *result;

    if (order == 0 && (!m->left || !m->right))
        return pmap_ref(m->left ? m->left : m->right);
    if (order == 0) {
        next = leftmost(m->right);
        child = without(m->right, next->item->key, failed);
        if (*failed)
            return NULL;
        result = balance(pmap_ref(m->left), item_ref(next->item), child);
    } else {
        child = without(order < 0 ? m->left : m->right, key, failed);
        if (*failed)
            return NULL;
        result = order < 0 ? balance(child, item_ref(m->item), pmap_ref(m->right))
                           : balance(pmap_ref(m->left), item_ref(m->item), child);
    }
    *failed = !result;
    return result;
}

int pmap_delete(struct pmap *m, const char *key, struct pmap **ret)
{
    bool failed = false;
    struct pmap *changed;

    if (!pmap_get(m, key)) {
        *ret = pmap_ref(m);
        return 0;
    }
    changed = without(m, key, &failed);
    if (failed)
        return -ENOMEM;
    *ret = changed;
    return 0;
}

const struct pmap_item *pmap_get(const struct pmap *m, const char *key)
{
    while (m) {
        int order = strcmp(key, m->item->key);

        if (order == 0)
            return m->item;
        m = order < 0 ? m->left : m->right;
    }
    return NULL;
}

static int each(const struct pmap *m, const char *prefix, size_t len, pmap_seen *seen,
                void *userdata)
{
    int order, r;

    if (!m)
        return 0;
    order = strncmp(m->item->key, prefix, len);
    if (order >= 0) {
        r = each(m->left, prefix, len, seen, userdata);
        if (r != 0)
            return r;
    }
    if (order == 0) {
        r = seen(m->item, userdata);
        if (r != 0)
            return r;
    }
    return order <= 0 ? each(m->right, prefix, len, seen, userdata) : 0;
}

int pmap_each(const struct pmap *m, const char *prefix, pmap_seen *seen, void *userdata)
{
    return each(m, prefix, strlen(prefix), seen, userdata);
}
