/* SPDX-License-Identifier: Apache-2.0 */
#include "pyvalue.h"
#include "yaml_node.h"

#define MERGED_MAX YAML_VALUES_MAX /* pairs that merge keys may copy in all */

static int construct(struct yaml_document *d, struct yaml_node *n, struct error *e);

static int refuse(const struct yaml_document *d, const struct yaml_node *n, struct error *e)
{
    return error_wrap(e, "%s:%u", d->options->name, n->where.line);
}

static int made(struct yaml_node *n, json_t *v, struct error *e)
{
    if (!v)
        return error_oom(e);
    n->made = v;
    return 0;
}

static const char *kind_name(const struct yaml_node *n)
{
    static const char *const names[] = {"scalar", "sequence", "mapping"};

    return names[n->kind];
}

static int expected(const struct yaml_document *d, const struct yaml_node *n, const char *what,
                    struct error *e)
{
    (void)error_set(e, -EINVAL, "expected %s, but found %s", what, kind_name(n));
    return refuse(d, n, e);
}

/* The scalar that stands for n: itself, or for a mapping the value under its `=` key. */
static const struct yaml_node *scalar_of(const struct yaml_node *n)
{
    while (n && n->kind == YAML_MAPPING) {
        const struct yaml_node *found = NULL;

        for (size_t i = 0; !found && i < n->n; i += 2)
            if (n->items[i]->tag == YAML_TAG_VALUE)
                found = n->items[i + 1];
        if (found == n)
            return NULL;
        n = found;
    }
    return n && n->kind == YAML_SCALAR ? n : NULL;
}

static int construct_scalar(struct yaml_document *d, struct yaml_node *n, struct error *e)
{
    const struct yaml_node *scalar = scalar_of(n);
    int r;

    if (!scalar)
        return expected(d, n, "a scalar node", e);
    r = yaml_scalar(n->tag, scalar->value, scalar->len, &n->made, e);
    return r < 0 ? refuse(d, n, e) : 0;
}

/* {"__ansible_vault": TEXT} and {"__ansible_unsafe": TEXT} are how Ansible prints them. */
static json_t *marked(const char *mark, const char *text, size_t len)
{
    json_t *v = json_object();

    if (v && json_object_set_new_nocheck(v, mark, pyvalue_string(text, len)) < 0) {
        json_decref(v);
        return NULL;
    }
    return v;
}

static int add_pair(struct yaml_document *d, struct yaml_node *list, struct yaml_node *key,
                    struct yaml_node *value, struct error *e)
{
    if (list->n + 2 > list->allocated) {
        size_t want = list->allocated ? list->allocated * 2 : 16;
        struct yaml_node **p = reallocarray(list->items, want, sizeof(struct yaml_node *));

        if (!p)
            return error_oom(e);
        list->items = p;
        list->allocated = want;
    }
    if (++d->merged > MERGED_MAX)
        return error_set(e, -E2BIG, "%s: merge keys copy more than %d values", d->options->name,
                         MERGED_MAX);
    list->items[list->n++] = key;
    list->items[list->n++] = value;
    return 0;
}

static int add_pairs(struct yaml_document *d, struct yaml_node *list, const struct yaml_node *from,
                     struct error *e)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < from->n; i += 2)
        r = add_pair(d, list, from->items[i], from->items[i + 1], e);
    return r;
}

static int flatten(struct yaml_document *d, struct yaml_node *n, struct error *e);

/* Collects what one merge key brings. */
static int merge(struct yaml_document *d, struct yaml_node *value, struct yaml_node *list,
                 struct error *e)
{
    int r = 0;

    if (value->kind == YAML_MAPPING) {
        r = flatten(d, value, e);
        return r < 0 ? r : add_pairs(d, list, value, e);
    }
    if (value->kind != YAML_SEQUENCE)
        return expected(d, value, "a mapping or list of mappings for merging", e);
    for (size_t i = 0; r == 0 && i < value->n; i++) {
        if (value->items[i]->kind != YAML_MAPPING)
            return expected(d, value->items[i], "a mapping for merging", e);
        r = flatten(d, value->items[i], e);
    }
    for (size_t i = value->n; r == 0 && i-- > 0;) /* earlier ones win: they come later */
        r = add_pairs(d, list, value->items[i], e);
    return r;
}

/* Replaces a mapping's merge keys by the pairs they bring, which come before its own. Done once: no
 * merge key is left. */
static int flatten(struct yaml_document *d, struct yaml_node *n, struct error *e)
{
    struct yaml_node list = {0}; /* only its items are used */
    size_t at = 0;
    int r = 0;

    while (r == 0 && at < n->n) {
        struct yaml_node *key = n->items[at], *value = n->items[at + 1];

        if (key->tag == YAML_TAG_VALUE)
            key->tag = YAML_TAG_STR;
        if (key->tag != YAML_TAG_MERGE) {
            at += 2;
            continue;
        }
        /* gone before it is followed: it may lead back here */
        memmove(n->items + at, n->items + at + 2, (n->n - at - 2) * sizeof(struct yaml_node *));
        n->n -= 2;
        r = merge(d, value, &list, e);
    }
    if (r == 0 && list.n) {
        r = add_pairs(d, &list, n, e);
        if (r == 0) {
            free(n->items);
            n->items = TAKE_PTR(list.items);
            n->n = list.n;
            n->allocated = list.allocated;
        }
    }
    free(list.items);
    return r;
}

/* What Python calls the type of a key that it can't hash; NULL where it can. */
static const char *unhashable(const struct yaml_node *key)
{
    switch (key->tag) {
    case YAML_TAG_MAP:
        return "AnsibleMapping";
    case YAML_TAG_SEQ:
        return "AnsibleSequence";
    case YAML_TAG_OMAP:
    case YAML_TAG_PAIRS:
        return "list";
    case YAML_TAG_SET:
        return "set";
    case YAML_TAG_VAULT:
        return "AnsibleVaultEncryptedUnicode";
    case YAML_TAG_UNSAFE:
        return key->kind == YAML_SCALAR ? NULL : key->kind == YAML_MAPPING ? "dict" : "list";
    default:
        return NULL;
    }
}

/* How far in a key's path is; follows a key or an item for as long as its value is constructed. */
static size_t path_push(struct yaml_document *d, const char *text, size_t len, bool item,
                        size_t index)
{
    size_t before = d->path.len;

    if (!d->options->key_seen)
        return before;
    if (item) {
        buf_addf(&d->path, "[%zu]", index);
    } else {
        if (before)
            buf_add_char(&d->path, '.');
        buf_add(&d->path, text, len);
    }
    return before;
}

static void path_pop(struct yaml_document *d, size_t before)
{
    if (!d->options->key_seen)
        return;
    if (before < d->path.len) {
        d->path.len = before;
        d->path.data[before] = '\0';
    }
    d->path.failure = 0; /* a path too long to tell was told cut short */
}

static int warn_duplicate(struct yaml_document *d, const struct yaml_node *n,
                          const struct buf *text)
{
    _cleanup_buf_ struct buf message = BUF_INIT(4096);

    if (!d->options->warn)
        return 0;
    buf_addf(&message,
             "%s:%u: While constructing a mapping, found a duplicate dict key (%s). Using last "
             "defined value only.",
             d->options->name, n->where.line, text->data ? text->data : "");
    if (message.data)
        d->options->warn(message.data, d->options->userdata);
    return buf_check(&message) == -ENOMEM ? -ENOMEM : 0;
}

static json_t *unsafe_text(const struct yaml_document *d, const char *text, size_t len)
{
    return d->options->mark_unsafe ? marked("__ansible_unsafe", text, len)
                                   : pyvalue_string(text, len);
}

/* The value of an item as its collection n holds it. Below `!unsafe` strings are marked;
 * collections come out empty, because PyYAML hasn't filled them yet when Ansible copies the value.
 */
static json_t *held(const struct yaml_document *d, const struct yaml_node *n,
                    const struct yaml_node *item)
{
    if (n->tag != YAML_TAG_UNSAFE || item->tag == YAML_TAG_UNSAFE || item->tag == YAML_TAG_VAULT)
        return json_incref(item->made);
    if (json_is_string(item->made) && item->tag != YAML_TAG_TIMESTAMP)
        return unsafe_text(d, json_string_value(item->made), json_string_length(item->made));
    if (json_is_array(item->made))
        return json_array();
    if (item->tag == YAML_TAG_MAP)
        return json_object();
    return json_incref(item->made);
}

static int construct_pair(struct yaml_document *d, struct yaml_node *n, struct pydict *dict,
                          struct yaml_node *key, struct yaml_node *value, struct error *e)
{
    _cleanup_buf_ struct buf identity = BUF_INIT(SIZE_MAX / 2), text = BUF_INIT(SIZE_MAX / 2);
    const char *type = unhashable(key);
    bool printable, duplicate;
    size_t before;
    int r;

    if (type) {
        (void)error_set(e, -EINVAL, "found unacceptable key (unhashable type: '%s')", type);
        return refuse(d, key, e);
    }
    if (key->tag == YAML_TAG_UNSAFE) { /* a str to Python */
        buf_addf(&identity, "s");
        buf_add(&identity, key->value, key->len);
        buf_add(&text, key->value, key->len);
        printable = true;
    } else {
        r = construct(d, key, e);
        if (r < 0)
            return r;
        type = key->tag == YAML_TAG_TIMESTAMP ? "date" : "bytes";
        printable = key->tag != YAML_TAG_TIMESTAMP && pydict_key_text(&text, key->made);
        if (key->tag == YAML_TAG_TIMESTAMP)
            buf_add_char(&identity, 't');
        pydict_identify(&identity, key->made);
    }
    before = path_push(d, text.data ? text.data : "", text.len, false, 0);
    d->depth++;
    if (d->options->key_seen)
        d->options->key_seen(d->path.data ? d->path.data : "", d->depth, key->where,
                             d->options->userdata);
    r = construct(d, value, e);
    d->depth--;
    path_pop(d, before);
    if (r < 0)
        return r;
    n->values += value->values + 1;
    if (pydict_set(dict, &identity, printable ? &text : NULL, type, held(d, n, value), &duplicate) <
            0 ||
        (duplicate && warn_duplicate(d, n, &text) < 0))
        return error_oom(e);
    return 0;
}

static int construct_mapping(struct yaml_document *d, struct yaml_node *n, struct error *e)
{
    _cleanup_(pydict_freep) struct pydict *dict = pydict_new();
    int r;

    if (!dict)
        return error_oom(e);
    if (n->kind != YAML_MAPPING)
        return expected(d, n, "a mapping node", e);
    r = flatten(d, n, e);
    for (size_t i = 0; r == 0 && i < n->n; i += 2)
        r = construct_pair(d, n, dict, n->items[i], n->items[i + 1], e);
    if (r < 0)
        return r;
    if (n->tag == YAML_TAG_SET)
        return made(n, pyvalue_opaque("Object of type set is not JSON serializable"), e);
    return made(n, pydict_finish(dict), e);
}

static int construct_sequence(struct yaml_document *d, struct yaml_node *n, struct error *e)
{
    _cleanup_json_ json_t *array = json_array();
    int r = 0;

    if (!array)
        return error_oom(e);
    if (n->kind != YAML_SEQUENCE)
        return expected(d, n, "a sequence node", e);
    for (size_t i = 0; r == 0 && i < n->n; i++) {
        size_t before = path_push(d, NULL, 0, true, i);

        d->depth++;
        r = construct(d, n->items[i], e);
        d->depth--;
        path_pop(d, before);
        if (r == 0 && json_array_append_new(array, held(d, n, n->items[i])) < 0)
            r = error_oom(e);
        if (r == 0)
            n->values += n->items[i]->values;
    }
    return r < 0 ? r : made(n, TAKE_PTR(array), e);
}

/* !!omap and !!pairs: a sequence of mappings with one pair each becomes a list of pairs. */
static int construct_pairs(struct yaml_document *d, struct yaml_node *n, struct error *e)
{
    _cleanup_json_ json_t *array = json_array();
    int r;

    if (!array)
        return error_oom(e);
    if (n->kind != YAML_SEQUENCE)
        return expected(d, n, "a sequence", e);
    for (size_t i = 0; i < n->n; i++) {
        struct yaml_node *item = n->items[i];

        if (item->kind != YAML_MAPPING || item->n != 2)
            return expected(d, item, "a mapping of length 1", e);
        r = construct(d, item->items[0], e);
        if (r == 0)
            r = construct(d, item->items[1], e);
        if (r < 0)
            return r;
        n->values += item->items[0]->values + item->items[1]->values;
        if (json_array_append_new(
                array, json_pack("[OO]", item->items[0]->made, item->items[1]->made)) < 0)
            return error_oom(e);
    }
    return made(n, TAKE_PTR(array), e);
}

static int construct_by_tag(struct yaml_document *d, struct yaml_node *n, struct error *e)
{
    switch (n->tag) {
    case YAML_TAG_SEQ:
        return construct_sequence(d, n, e);
    case YAML_TAG_MAP:
    case YAML_TAG_SET:
        return construct_mapping(d, n, e);
    case YAML_TAG_OMAP:
    case YAML_TAG_PAIRS:
        return construct_pairs(d, n, e);
    case YAML_TAG_UNSAFE:
        if (n->kind == YAML_SCALAR)
            return made(n, unsafe_text(d, n->value, n->len), e);
        return n->kind == YAML_MAPPING ? construct_mapping(d, n, e) : construct_sequence(d, n, e);
    case YAML_TAG_VAULT:
        if (!scalar_of(n))
            return expected(d, n, "a scalar node", e);
        return made(n, marked("__ansible_vault", scalar_of(n)->value, scalar_of(n)->len), e);
    case YAML_TAG_MERGE:
    case YAML_TAG_VALUE:
        (void)error_set(e, -EINVAL,
                        "could not determine a constructor for the tag 'tag:yaml.org,2002:%s'",
                        n->tag == YAML_TAG_MERGE ? "merge" : "value");
        return refuse(d, n, e);
    case YAML_TAG_UNKNOWN:
        /* The tag is not shown: it is what somebody's password begins with '!' for. */
        (void)error_set(e, -EINVAL,
                        "could not determine a constructor for the tag (a text that begins with "
                        "'!' needs quotes)");
        return refuse(d, n, e);
    default:
        return construct_scalar(d, n, e);
    }
}

static int construct(struct yaml_document *d, struct yaml_node *n, struct error *e)
{
    int r = 0;

    if (n->busy) {
        (void)error_set(e, -EINVAL, "an alias leads back to what holds it");
        return refuse(d, n, e);
    }
    if (!n->made) {
        n->busy = true;
        n->values = 1;
        r = construct_by_tag(d, n, e);
        n->busy = false;
    }
    if (r == 0 && n->values > YAML_VALUES_MAX)
        return error_set(e, -E2BIG, "%s:%u: aliases make more than %d values of this",
                         d->options->name, n->where.line, YAML_VALUES_MAX);
    return r;
}

int yaml_construct(struct yaml_document *d, struct yaml_node *root, json_t **ret, struct error *e)
{
    int r = construct(d, root, e);

    if (r == 0)
        *ret = json_incref(root->made);
    return r;
}
