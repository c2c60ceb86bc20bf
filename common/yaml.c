/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml.h"

#include <yaml.h>

#include "yaml_node.h"

struct composer {
    yaml_parser_t parser;
    yaml_event_t event; /* the one that is looked at */
    bool has_event;
    struct yaml_document document;
    json_t *anchors; /* name -> index in anchored */
    struct yaml_node **anchored;
    size_t n_anchored, anchored_allocated;
    unsigned depth;
    size_t n_nodes;
};

static int refuse(const struct composer *c, size_t line, const char *problem, struct error *e)
{
    return error_set(e, -EINVAL, "%s:%zu: %s", c->document.options->name, line + 1, problem);
}

static int next_event(struct composer *c, struct error *e)
{
    if (c->has_event)
        yaml_event_delete(&c->event);
    c->has_event = false;
    if (!yaml_parser_parse(&c->parser, &c->event)) {
        if (c->parser.error == YAML_MEMORY_ERROR)
            return error_oom(e);
        return refuse(c, c->parser.problem_mark.line,
                      c->parser.problem ? c->parser.problem : "no YAML", e);
    }
    c->has_event = true;
    return 0;
}

static struct yaml_node *new_node(struct composer *c, enum yaml_kind kind)
{
    struct yaml_node *n = calloc(1, sizeof(*n));

    if (!n)
        return NULL;
    n->kind = kind;
    n->where = (struct yaml_position){(unsigned)c->event.start_mark.line + 1,
                                      (unsigned)c->event.start_mark.column + 1};
    n->next = c->document.nodes;
    c->document.nodes = n;
    return n;
}

static void free_nodes(struct yaml_document *d)
{
    while (d->nodes) {
        struct yaml_node *n = d->nodes;

        d->nodes = n->next;
        free(n->value);
        free(n->items);
        json_decref(n->made);
        free(n);
    }
}

static int add_item(struct yaml_node *parent, struct yaml_node *item, struct error *e)
{
    if (parent->n == parent->allocated) {
        size_t want = parent->allocated ? parent->allocated * 2 : 8;
        struct yaml_node **p = reallocarray(parent->items, want, sizeof(struct yaml_node *));

        if (!p)
            return error_oom(e);
        parent->items = p;
        parent->allocated = want;
    }
    parent->items[parent->n++] = item;
    return 0;
}

static int remember_anchor(struct composer *c, const char *name, struct yaml_node *n,
                           struct error *e)
{
    if (!name)
        return 0;
    if (json_object_get(c->anchors, name))
        return refuse(c, n->where.line - 1, "found duplicate anchor", e);
    if (c->n_anchored == c->anchored_allocated) {
        size_t want = c->anchored_allocated ? c->anchored_allocated * 2 : 8;
        struct yaml_node **p = reallocarray(c->anchored, want, sizeof(struct yaml_node *));

        if (!p)
            return error_oom(e);
        c->anchored = p;
        c->anchored_allocated = want;
    }
    if (json_object_set_new_nocheck(c->anchors, name, json_integer((json_int_t)c->n_anchored)) < 0)
        return error_oom(e);
    c->anchored[c->n_anchored++] = n;
    return 0;
}

/* An explicit tag ("!" alone is none), or the given one. */
static void set_tag(struct yaml_node *n, const char *tag, enum yaml_tag otherwise)
{
    n->tag = !tag || !strcmp(tag, "!") ? otherwise : yaml_tag_find(tag);
}

static int compose(struct composer *c, struct yaml_node **ret, struct error *e);

static int compose_scalar(struct composer *c, struct yaml_node **ret, struct error *e)
{
    const char *value = (const char *)c->event.data.scalar.value;
    const char *tag = (const char *)c->event.data.scalar.tag;
    size_t len = c->event.data.scalar.length;
    struct yaml_node *n = new_node(c, YAML_SCALAR);
    int r;

    if (!n)
        return error_oom(e);
    n->value = malloc(len + 1);
    if (!n->value)
        return error_oom(e);
    memcpy(n->value, value, len);
    n->value[len] = '\0';
    n->len = len;
    set_tag(n, tag, c->event.data.scalar.plain_implicit ? yaml_resolve(value, len) : YAML_TAG_STR);
    r = remember_anchor(c, (const char *)c->event.data.scalar.anchor, n, e);
    if (r < 0)
        return r;
    *ret = n;
    return next_event(c, e);
}

static int compose_collection(struct composer *c, struct yaml_node **ret, struct error *e)
{
    bool mapping = c->event.type == YAML_MAPPING_START_EVENT;
    struct yaml_node *n = new_node(c, mapping ? YAML_MAPPING : YAML_SEQUENCE), *item;
    const yaml_char_t *tag, *anchor;
    int r;

    if (!n)
        return error_oom(e);
    tag = mapping ? c->event.data.mapping_start.tag : c->event.data.sequence_start.tag;
    anchor = mapping ? c->event.data.mapping_start.anchor : c->event.data.sequence_start.anchor;
    if (c->depth == YAML_DEPTH_MAX)
        return error_set(e, -E2BIG, "%s:%u: nested deeper than %d levels",
                         c->document.options->name, n->where.line, YAML_DEPTH_MAX);
    set_tag(n, (const char *)tag, mapping ? YAML_TAG_MAP : YAML_TAG_SEQ);
    r = remember_anchor(c, (const char *)anchor, n, e);
    if (r == 0)
        r = next_event(c, e);
    c->depth++;
    while (r == 0 && c->event.type != YAML_SEQUENCE_END_EVENT &&
           c->event.type != YAML_MAPPING_END_EVENT) {
        r = compose(c, &item, e);
        if (r == 0)
            r = add_item(n, item, e);
    }
    c->depth--;
    if (r < 0)
        return r;
    *ret = n;
    return next_event(c, e);
}

static int compose_alias(struct composer *c, struct yaml_node **ret, struct error *e)
{
    const char *name = (const char *)c->event.data.alias.anchor;
    const json_t *at = json_object_get(c->anchors, name);

    if (!at)
        return refuse(c, c->event.start_mark.line, "found undefined alias", e);
    *ret = c->anchored[json_integer_value(at)];
    return next_event(c, e);
}

static int compose(struct composer *c, struct yaml_node **ret, struct error *e)
{
    if (++c->n_nodes > YAML_VALUES_MAX)
        return error_set(e, -E2BIG, "%s: more than %d values", c->document.options->name,
                         YAML_VALUES_MAX);
    switch (c->event.type) {
    case YAML_ALIAS_EVENT:
        return compose_alias(c, ret, e);
    case YAML_SCALAR_EVENT:
        return compose_scalar(c, ret, e);
    default: /* the parser sends nothing else here */
        return compose_collection(c, ret, e);
    }
}

/* The one document of the stream; *ret is NULL where there is none. */
static int compose_document(struct composer *c, struct yaml_node **ret, struct error *e)
{
    int r;

    *ret = NULL;
    r = next_event(c, e); /* stream start */
    if (r == 0)
        r = next_event(c, e);
    if (r < 0 || c->event.type == YAML_STREAM_END_EVENT)
        return r;
    r = next_event(c, e); /* document start */
    if (r == 0)
        r = compose(c, ret, e);
    if (r == 0)
        r = next_event(c, e); /* document end */
    if (r == 0 && c->event.type != YAML_STREAM_END_EVENT)
        return refuse(c, c->event.start_mark.line,
                      "expected a single document in the stream, but found another document", e);
    return r;
}

static int parse_one(struct composer *c, json_t **ret, struct error *e)
{
    struct yaml_node *root;
    int r = compose_document(c, &root, e);

    if (r < 0)
        return r;
    if (root)
        return yaml_construct(&c->document, root, ret, e);
    *ret = json_null();
    return 0;
}

/* Names of anchors are a document's own; what it costs counts for the stream as a whole. */
static int parse_each(struct composer *c, yaml_document_seen *seen, void *seen_data,
                      struct error *e)
{
    int r = next_event(c, e); /* stream start */

    if (r == 0)
        r = next_event(c, e);
    while (r == 0 && c->event.type != YAML_STREAM_END_EVENT) {
        _cleanup_json_ json_t *value = NULL;
        struct yaml_node *root;
        unsigned line;

        r = next_event(c, e); /* document start */
        line = r == 0 ? (unsigned)c->event.start_mark.line + 1 : 0;
        if (r == 0)
            r = compose(c, &root, e);
        if (r == 0)
            r = next_event(c, e); /* document end */
        if (r == 0)
            r = yaml_construct(&c->document, root, &value, e);
        if (r == 0)
            r = seen(value, line, seen_data, e);
        free_nodes(&c->document);
        buf_clear(&c->document.path);
        json_object_clear(c->anchors);
        c->n_anchored = 0;
    }
    return r;
}

/* Into *ret one document, or where seen is given, each. */
static int parse(const char *text, size_t len, const struct yaml_options *options, json_t **ret,
                 yaml_document_seen *seen, void *seen_data, struct error *e)
{
    struct composer c = {
        .document = {.options = options, .path = BUF_INIT(64 * 1024)}
    };
    int r;

    if (len > options->max_bytes)
        return error_set(e, -E2BIG, "%s: longer than %zu bytes", options->name, options->max_bytes);
    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
        text += 3;
        len -= 3;
    }
    c.anchors = json_object();
    if (!c.anchors || !yaml_parser_initialize(&c.parser)) {
        json_decref(c.anchors);
        return error_oom(e);
    }
    yaml_parser_set_encoding(&c.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&c.parser, (const unsigned char *)text, len);
    r = seen ? parse_each(&c, seen, seen_data, e) : parse_one(&c, ret, e);
    if (c.has_event)
        yaml_event_delete(&c.event);
    yaml_parser_delete(&c.parser);
    free_nodes(&c.document);
    free(c.anchored);
    json_decref(c.anchors);
    buf_done(&c.document.path);
    return r;
}

int yaml_parse(const char *text, size_t len, const struct yaml_options *options, json_t **ret,
               struct error *e)
{
    return parse(text, len, options, ret, NULL, NULL, e);
}

int yaml_parse_stream(const char *text, size_t len, const struct yaml_options *options,
                      yaml_document_seen *seen, void *seen_data, struct error *e)
{
    return parse(text, len, options, NULL, seen, seen_data, e);
}
