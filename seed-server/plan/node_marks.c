/* SPDX-License-Identifier: Apache-2.0 */
#include "node_marks.h"

#include <ctype.h>

#include "common/kube_object.h"
#include "common/parse.h"
#include "variables.h"

#define KEY_SIZE 320 /* a prefix of 253, a slash, a name of 63 */

/* A qualified name's part after the slash, and label values: [A-Za-z0-9], inside also [-_.]; at
 * most 63 (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/). */
static bool is_word(const char *s, size_t len)
{
    size_t i;

    if (!len || len > 63 || !isalnum((unsigned char)s[0]) || !isalnum((unsigned char)s[len - 1]))
        return false;
    for (i = 0; i < len; i++)
        if (!isalnum((unsigned char)s[i]) && !strchr("-_.", s[i]))
            return false;
    return true;
}

/* "name" or "prefix/name". */
static bool is_qualified(const char *s, size_t len)
{
    const char *slash = memchr(s, '/', len);
    char prefix[254];

    if (!slash)
        return is_word(s, len);
    if ((size_t)(slash - s) >= sizeof(prefix))
        return false;
    memcpy(prefix, s, (size_t)(slash - s));
    prefix[slash - s] = '\0';
    return is_dns_name(prefix) && is_word(slash + 1, len - (size_t)(slash - s) - 1);
}

static bool ends_with(const char *s, size_t len, const char *end)
{
    size_t n = strlen(end);

    return len >= n && memcmp(s + len - n, end, n) == 0;
}

/* Kubelets refuse to start with labels of Kubernetes' own name spaces other than these
 * (kubelet's --node-labels). */
static bool is_forbidden(const char *key, size_t len)
{
    static const char *const allowed[] = {"beta.kubernetes.io/instance-type",
                                          "node.kubernetes.io/instance-type",
                                          "failure-domain.beta.kubernetes.io/region",
                                          "failure-domain.beta.kubernetes.io/zone",
                                          "failure-domain.kubernetes.io/region",
                                          "failure-domain.kubernetes.io/zone",
                                          "topology.kubernetes.io/region",
                                          "topology.kubernetes.io/zone"};
    const char *slash = memchr(key, '/', len);
    size_t i, prefix;

    if (!slash)
        return false;
    for (i = 0; i < ARRAY_SIZE(allowed); i++)
        if (strlen(allowed[i]) == len && memcmp(key, allowed[i], len) == 0)
            return false;
    prefix = (size_t)(slash - key);
    if (ends_with(key, prefix, "kubelet.kubernetes.io") ||
        ends_with(key, prefix, "node.kubernetes.io"))
        return false;
    return ends_with(key, prefix, "kubernetes.io") || ends_with(key, prefix, "k8s.io");
}

static bool is_taken(const char *key, size_t len, bool (*by_kubernetes)(const char *key))
{
    char text[KEY_SIZE];

    (void)snprintf(text, sizeof(text), "%.*s", (int)len, key); /* is_qualified: it fits */
    return by_kubernetes(text);
}

static int add_label(const char *key, size_t key_len, const char *value, size_t value_len,
                     struct buf *out, struct error *e)
{
    if (!is_qualified(key, key_len) || (value_len && !is_word(value, value_len)))
        return error_set(e, -EINVAL, "expected key=value, not '%.*s=%.*s'", (int)(key_len % 200),
                         key, (int)(value_len % 200), value);
    if (is_taken(key, key_len, kube_label_is_taken))
        return error_set(e, -EINVAL,
                         "Kubernetes itself sets the label %.*s: leave it out, or use another name",
                         (int)(key_len % KEY_SIZE), key);
    if (out) {
        if (out->len)
            buf_add_char(out, ',');
        buf_add(out, key, key_len);
        buf_add_char(out, '=');
        buf_add(out, value, value_len);
    }
    return 0;
}

int node_labels_text(const json_t *value, struct buf *out, struct error *e)
{
    _cleanup_json_ json_t *list = NULL;
    char scratch[VALUE_TEXT_SIZE];
    const char *key, *text, *equals;
    const json_t *item;
    size_t i;
    int r;

    if (json_is_object(value)) {
        json_object_foreach((json_t *)value, key, item)
        {
            text = value_text(item, scratch);
            if (!text)
                return error_set(e, -EINVAL, "expected a text as the value of %.100s", key);
            r = add_label(key, strlen(key), text, strlen(text), out, e);
            if (r < 0)
                return r;
        }
        return 0;
    }
    list = json_is_string(value) || json_is_array(value) ? value_list(value) : NULL;
    if (!list)
        return error_set(e, -EINVAL, "expected a dict, or a text such as key=value,other=value");
    json_array_foreach(list, i, item)
    {
        text = json_string_value(item);
        equals = strchrnul(text, '=');
        r = add_label(text, (size_t)(equals - text), *equals ? equals + 1 : "",
                      *equals ? strlen(equals + 1) : 0, out, e);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool is_effect(const char *s)
{
    static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute"};

    for (size_t i = 0; i < ARRAY_SIZE(effects); i++)
        if (strcmp(s, effects[i]) == 0)
            return true;
    return false;
}

/* "key=value:effect", or without the value. seen has those before it by "key:effect". */
static int add_taint(const char *text, json_t *seen, struct buf *out, struct error *e)
{
    const char *colon = strrchr(text, ':'), *equals = strchr(text, '=');
    char name[KEY_SIZE + 32];
    size_t len;

    if (colon && !(equals && equals < colon))
        equals = colon;
    len = colon ? (size_t)(equals - text) : 0;
    if (!colon || !is_qualified(text, len) || !is_effect(colon + 1) ||
        (colon - equals > 1 && !is_word(equals + 1, (size_t)(colon - equals - 1))))
        return error_set(e, -EINVAL,
                         "expected key=value:NoSchedule (or PreferNoSchedule, NoExecute), not "
                         "'%.100s'",
                         text);
    if (is_taken(text, len, kube_taint_is_taken))
        return error_set(e, -EINVAL,
                         "Kubernetes itself sets the taint %.*s: leave it out, or use another name",
                         (int)len, text);
    (void)snprintf(name, sizeof(name), "%.*s%s", (int)len, text, colon); /* it fits */
    if (json_object_get(seen, name))
        return error_set(e, -EINVAL, "the taint %s is there twice", name);
    if (json_object_set_new(seen, name, json_true()) < 0)
        return error_oom(e);
    if (out) {
        if (out->len)
            buf_add_char(out, ',');
        buf_add(out, text, len);
        if (equals == colon)
            buf_add_char(out, '='); /* the kubelet of 1.20 wants it */
        buf_add_str(out, equals);
    }
    return 0;
}

int node_taints_text(const json_t *value, struct buf *out, struct error *e)
{
    _cleanup_json_ json_t *list = NULL, *seen = json_object();
    const json_t *item;
    size_t i;
    int r;

    list = json_is_string(value) || json_is_array(value) ? value_list(value) : NULL;
    if (!list)
        return error_set(e, -EINVAL, "expected a list of key=value:effect");
    if (!seen)
        return error_oom(e);
    json_array_foreach(list, i, item)
    {
        r = add_taint(json_string_value(item), seen, out, e);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- what a config says of them -------------------------------------------------------------- */

/* The next of a text with commas, "" after the last; its length is *ret. */
static const char *next_mark(const char *at, size_t *ret)
{
    at += *at == ',';
    *ret = strcspn(at, ",");
    return at;
}

void node_labels_flag(const char *labels, struct buf *out)
{
    const char *at = labels;
    size_t len;

    for (at = next_mark(at, &len); len; at = next_mark(at + len, &len)) {
        if (is_forbidden(at, strcspn(at, "=")))
            continue;
        if (out->len)
            buf_add_char(out, ',');
        buf_add(out, at, len);
    }
}

/* value is not NUL-terminated. Drops map without memory. */
static json_t *put(json_t *map, const char *name, const char *value, size_t value_len)
{
    if (map && json_object_set_new(map, name, json_stringn(value, value_len)) == 0)
        return map;
    json_decref(map);
    return NULL;
}

json_t *node_labels_json(const char *labels)
{
    json_t *map = labels ? json_object() : NULL;
    const char *at = labels;
    char key[KEY_SIZE];
    size_t len, key_len;

    if (!map)
        return NULL;
    for (at = next_mark(at, &len); map && len; at = next_mark(at + len, &len)) {
        key_len = strcspn(at, "=");
        (void)snprintf(key, sizeof(key), "%.*s", (int)key_len, at); /* is_qualified: it fits */
        map = put(map, key, at + key_len + 1, len - key_len - 1);
    }
    return map;
}

json_t *node_taints_json(const char *taints)
{
    json_t *map = taints ? json_object() : NULL;
    const char *at = taints;
    char name[KEY_SIZE + 32];
    size_t len, key_len, value_len;

    if (!map)
        return NULL;
    for (at = next_mark(at, &len); map && len; at = next_mark(at + len, &len)) {
        key_len = strcspn(at, "=");
        value_len = strcspn(at + key_len + 1, ":");
        (void)snprintf(name, sizeof(name), "%.*s%.*s", (int)key_len, at,
                       (int)(len - key_len - 1 - value_len), at + key_len + 1 + value_len);
        map = put(map, name, at + key_len + 1, value_len);
    }
    return map;
}

/* ---- flags ----------------------------------------------------------------------------------- */

/* Flags become one line of a unit file, split at blanks: nothing that systemd would read as more.
 */
static bool is_flag(const char *s, size_t len)
{
    size_t i;

    if (len < 3 || memcmp(s, "--", 2) != 0)
        return false;
    for (i = 2; i < len; i++)
        if (!isalnum((unsigned char)s[i]) && !strchr("_.,:/@+=<%-", s[i]))
            return false;
    return true;
}

static int add_flags(const char *text, struct buf *out, struct error *e)
{
    while (*text) {
        size_t len = strcspn(text, " \t");

        if (len && !is_flag(text, len))
            return error_set(e, -EINVAL, "expected flags such as --name=value, not '%.100s'", text);
        if (len && out) {
            if (out->len)
                buf_add_char(out, ' ');
            buf_add(out, text, len);
        }
        text += len;
        text += strspn(text, " \t");
    }
    return 0;
}

int kubelet_flags_text(const json_t *value, struct buf *out, struct error *e)
{
    const json_t *item;
    size_t i;
    int r;

    if (json_is_string(value))
        return add_flags(json_string_value(value), out, e);
    if (!json_is_array(value))
        return error_set(e, -EINVAL, "expected a list of --name=value");
    json_array_foreach(value, i, item)
    {
        if (!json_is_string(item))
            return error_set(e, -EINVAL, "expected a list of --name=value");
        r = add_flags(json_string_value(item), out, e);
        if (r < 0)
            return r;
    }
    return 0;
}
