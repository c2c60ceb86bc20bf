/* SPDX-License-Identifier: Apache-2.0 */
#include "node_marks.h"

#include <ctype.h>

#include "common/parse.h"
#include "variables.h"

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
    static const char *const allowed[] = {"kubernetes.io/hostname",
                                          "kubernetes.io/arch",
                                          "kubernetes.io/os",
                                          "beta.kubernetes.io/arch",
                                          "beta.kubernetes.io/os",
                                          "beta.kubernetes.io/instance-type",
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

static int add_label(const char *key, size_t key_len, const char *value, size_t value_len,
                     struct buf *out, struct error *e)
{
    if (!is_qualified(key, key_len) || (value_len && !is_word(value, value_len)))
        return error_set(e, -EINVAL, "expected key=value, not '%.*s=%.*s'", (int)(key_len % 200),
                         key, (int)(value_len % 200), value);
    if (is_forbidden(key, key_len))
        return error_set(e, -EINVAL,
                         "a node may not give itself the label %.*s: use kubectl label once it is "
                         "there, or a prefix such as node.kubernetes.io/",
                         (int)(key_len % 200), key);
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

int node_taints_text(const json_t *value, struct buf *out, struct error *e)
{
    static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute"};
    _cleanup_json_ json_t *list = NULL;
    const json_t *item;
    size_t i, j;

    list = json_is_string(value) || json_is_array(value) ? value_list(value) : NULL;
    if (!list)
        return error_set(e, -EINVAL, "expected a list of key=value:effect");
    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(item), *colon = strrchr(text, ':');
        const char *equals = strchr(text, '=');
        bool good = colon != NULL;

        if (colon && equals && equals < colon)
            good = is_qualified(text, (size_t)(equals - text)) &&
                   (equals + 1 == colon || is_word(equals + 1, (size_t)(colon - equals - 1)));
        else if (colon)
            good = is_qualified(text, (size_t)(colon - text));
        for (j = 0; good && j < ARRAY_SIZE(effects); j++)
            if (strcmp(colon + 1, effects[j]) == 0)
                break;
        if (!good || j == ARRAY_SIZE(effects))
            return error_set(e, -EINVAL,
                             "expected key=value:NoSchedule (or PreferNoSchedule, NoExecute), not "
                             "'%.100s'",
                             text);
        if (out) {
            if (out->len)
                buf_add_char(out, ',');
            if (equals && equals < colon) {
                buf_add_str(out, text);
            } else { /* the kubelet of 1.20 wants the '=' */
                buf_add(out, text, (size_t)(colon - text));
                buf_add_char(out, '=');
                buf_add_str(out, colon);
            }
        }
    }
    return 0;
}

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
