/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "artifacts.h"
#include "bond.h"
#include "common/parse.h"
#include "common/pyvalue.h"
#include "disks.h"
#include "node_marks.h"
#include "ssh.h"
#include "types.h"

/* One row a type: how it is called, and whether a value suits. A check is given the value as text
 * when the type is a scalar's. Errors say only what is expected: variable_check puts the rest. */
struct type {
    const char *name;
    int (*text)(const struct variable *v, const char *text, struct error *e);
    int (*value)(const struct variable *v, const json_t *value, struct error *e);
};

static int check_any(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (!*text)
        return error_set(e, -EINVAL, "expected a text that is not empty");
    return 0;
}

static int check_word(const struct variable *v, const char *text, struct error *e)
{
    const char *c;

    (void)v;
    for (c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.:/@+=-", *c))
            break;
    if (c == text || *c)
        return error_set(e, -EINVAL, "expected one word of letters, digits and _.:/@+=-");
    return 0;
}

static int check_name(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (!is_dns_name(text))
        return error_set(
            e, -EINVAL,
            "expected a DNS name: small letters, digits, '-' and '.', such as lb.example.org");
    return 0;
}

/* RFC 1123, as Kubernetes takes names of namespaces: one label. */
static int check_label(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (!is_dns_name(text) || strchr(text, '.'))
        return error_set(e, -EINVAL,
                         "expected small letters, digits and '-', at most 63, beginning and ending "
                         "with a letter or digit, such as kube-system");
    return 0;
}

static int check_choice(const struct variable *v, const char *text, struct error *e)
{
    size_t len = strlen(text);
    const char *c = v->limits;

    while (len && !strchr(text, '|')) {
        if (strncmp(c, text, len) == 0 && (c[len] == '|' || !c[len]))
            return 0;
        c = strchr(c, '|');
        if (!c)
            break;
        c++;
    }
    return error_set(e, -EINVAL, strchr(v->limits, '|') ? "expected one of %s" : "expected %s",
                     v->limits);
}

static int check_bool(const struct variable *v, const char *text, struct error *e)
{
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "1", "0"};
    size_t i;

    (void)v;
    for (i = 0; i < ARRAY_SIZE(words); i++)
        if (strcasecmp(text, words[i]) == 0)
            return 0;
    return error_set(e, -EINVAL, "expected true or false");
}

static int check_number(const struct variable *v, const char *text, struct error *e)
{
    uint64_t n, low = strtoull(v->limits, NULL, 10);
    uint64_t high = strtoull(strchr(v->limits, '-') + 1, NULL, 10);

    if (parse_uint(text, high, &n, NULL) < 0 || n < low)
        return error_set(e, -EINVAL, "expected a whole number from %llu to %llu",
                         (unsigned long long)low, (unsigned long long)high);
    return 0;
}

static int check_factor(const struct variable *v, const char *text, struct error *e)
{
    double f;
    char *end;

    (void)v;
    errno = 0;
    f = strtod(text, &end);
    if (end == text || *end || errno || !(f >= 1 && f <= 100))
        return error_set(e, -EINVAL, "expected a factor from 1 to 100");
    return 0;
}

static int check_duration(const struct variable *v, const char *text, struct error *e)
{
    uint64_t ms;

    (void)v;
    return parse_duration(text, &ms, e);
}

static int check_mac(const struct variable *v, const char *text, struct error *e)
{
    char mac[MAC_TEXT_SIZE];

    (void)v;
    return parse_mac(text, mac, e);
}

static int check_uuid(const struct variable *v, const char *text, struct error *e)
{
    char uuid[UUID_TEXT_SIZE];

    (void)v;
    if (identifier_is_placeholder(text))
        return error_set(e, -EINVAL, "vendors give this value to many machines: use seed_mac");
    return parse_uuid(text, uuid, e);
}

static int check_serial(const struct variable *v, const char *text, struct error *e)
{
    if (identifier_is_placeholder(text))
        return error_set(e, -EINVAL, "vendors give this value to many machines: use seed_mac");
    return check_any(v, text, e);
}

static int check_version(const struct variable *v, const char *text, struct error *e)
{
    const char *c = text + (*text == 'v');
    unsigned part, digits;

    (void)v;
    for (part = 0; part < 3; part++) {
        for (digits = 0; isdigit((unsigned char)*c); c++)
            digits++;
        if (!digits || digits > 4 || (part < 2 && *c++ != '.'))
            return error_set(e, -EINVAL, "expected a version such as 1.20.2");
    }
    if (*c)
        return error_set(e, -EINVAL, "expected a version such as 1.20.2");
    return 0;
}

static int check_volume_type(const struct variable *v, const char *text, struct error *e)
{
    uint64_t a, b;
    char first[8];
    const char *colon;

    (void)v;
    if (strcmp(text, "none") == 0)
        return 0;
    if (strncmp(text, "replicate:", 10) == 0 && parse_uint(text + 10, 32, &a, NULL) == 0 && a > 0)
        return 0;
    if (strncmp(text, "disperse:", 9) == 0 && (colon = strchr(text + 9, ':')) &&
        (size_t)(colon - text - 9) < sizeof(first)) {
        memcpy(first, text + 9, (size_t)(colon - text - 9));
        first[colon - text - 9] = '\0';
        if (parse_uint(first, 64, &a, NULL) == 0 && parse_uint(colon + 1, 32, &b, NULL) == 0 &&
            a > 0 && b > 0)
            return 0;
    }
    return error_set(e, -EINVAL, "expected none, replicate:N or disperse:N:N");
}

static int check_key(const struct variable *v, const char *text, struct error *e)
{
    const char *c;

    (void)v;
    for (c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return error_set(e, -EINVAL, "expected the key alone, without blanks");
    return check_any(v, text, e);
}

/* Lists: every item by the check of its own type. */
int type_items(const struct variable *v, const json_t *value, type_check *check, struct error *e)
{
    _cleanup_json_ json_t *list = NULL;
    const json_t *item;
    const char *misread;
    size_t i;
    int r;

    misread = value_misread(value, VALUE_INI);
    json_array_foreach(value, i, item)
    {
        misread = misread ? misread : value_misread(item, VALUE_INI);
    }
    if (misread)
        return error_set(e, -EINVAL, "a value is read as %s: write it in quotes", misread);
    if (json_is_object(value) || json_is_null(value))
        return error_set(e, -EINVAL, "expected a list, or a text with commas");
    list = value_list(value);
    if (!list)
        return error_set(e, -EINVAL, "expected a list of texts");
    if (!json_array_size(list))
        return error_set(e, -EINVAL, "expected at least one item");
    json_array_foreach(list, i, item)
    {
        r = check(v, json_string_value(item), e);
        if (r < 0)
            return r;
    }
    return 0;
}

static int check_cluster_id(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32)
        return error_set(e, -EINVAL, "expected 32 hexadecimal digits (heketi-cli cluster list)");
    return 0;
}

static int check_cluster_ids(const struct variable *v, const json_t *value, struct error *e)
{
    return type_items(v, value, check_cluster_id, e);
}

static int check_labels(const struct variable *v, const json_t *value, struct error *e)
{
    (void)v;
    return node_labels_text(value, NULL, e);
}

static int check_taints(const struct variable *v, const json_t *value, struct error *e)
{
    (void)v;
    return node_taints_text(value, NULL, e);
}

static int check_flags(const struct variable *v, const json_t *value, struct error *e)
{
    (void)v;
    return kubelet_flags_text(value, NULL, e);
}

/* admin-guide/serial-console.rst: a device, and perhaps its speed, parity and bits. */
static int check_consoles(const struct variable *v, const char *text, struct error *e)
{
    size_t len;

    (void)v;
    for (text += strspn(text, " "); *text; text += len + strspn(text + len, " ")) {
        len = strcspn(text, " ");
        if (strncmp(text, "tty", 3) != 0 || len > 40 ||
            strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,") < len)
            break;
    }
    if (*text)
        return error_set(e, -EINVAL, "expected consoles such as tty0 ttyS0,115200n8");
    return 0;
}

static int check_disks(const struct variable *v, const json_t *value, struct error *e)
{
    (void)v;
    return disks_check(value, e);
}

static int check_install_disk(const struct variable *v, const json_t *value, struct error *e)
{
    const char *kind, *id;

    (void)v;
    return disk_match(value, &kind, &id, e);
}

static int check_bond(const struct variable *v, const json_t *value, struct error *e)
{
    (void)v;
    return bond_check(value, e);
}

static int check_ssh_keys(const struct variable *v, const json_t *value, struct error *e)
{
    (void)v;
    return ssh_keys_check(value, e);
}

static int check_user(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (!ssh_user_is_good(text))
        return error_set(e, -EINVAL,
                         "expected a user's name: small letters, digits, '_' and '-', at most 32, "
                         "not beginning with a digit or '-'");
    return 0;
}

static int check_artifacts(const struct variable *v, const json_t *value, struct error *e)
{
    (void)v;
    return artifacts_check(value, e);
}

static const struct type types[TYPE_COUNT] = {
    [TYPE_TEXT] = {"text",                       check_any,         NULL              },
    [TYPE_WORD] = {"word",                       check_word,        NULL              },
    [TYPE_NAME] = {"DNS name",                   check_name,        NULL              },
    [TYPE_LABEL] = {"DNS label",                  check_label,       NULL              },
    [TYPE_CHOICE] = {"choice",                     check_choice,      NULL              },
    [TYPE_BOOL] = {"true or false",              check_bool,        NULL              },
    [TYPE_NUMBER] = {"number",                     check_number,      NULL              },
    [TYPE_FACTOR] = {"factor 1-100",               check_factor,      NULL              },
    [TYPE_DURATION] = {"duration",                   check_duration,    NULL              },
    [TYPE_IP] = {"IPv4 address",               type_ip,           NULL              },
    [TYPE_NETWORK] = {"IPv4 network",               type_network,      NULL              },
    [TYPE_MAC] = {"MAC address",                check_mac,         NULL              },
    [TYPE_UUID] = {"UUID",                       check_uuid,        NULL              },
    [TYPE_SERIAL] = {"text",                       check_serial,      NULL              },
    [TYPE_IPS] = {"list of IPv4 addresses",     NULL,              type_ips          },
    [TYPE_ADDRESSES] = {"list of addresses or names", NULL,              type_addresses    },
    [TYPE_ENDPOINTS] = {"list of address:port",       NULL,              type_endpoints    },
    [TYPE_CLUSTER_IDS] = {"list of cluster ids",        NULL,              check_cluster_ids },
    [TYPE_VERSION] = {"version",                    check_version,     NULL              },
    [TYPE_REGISTRY] = {"registry",                   type_registry,     NULL              },
    [TYPE_IMAGE] = {"image name",                 type_image,        NULL              },
    [TYPE_TAG] = {"tag",                        type_tag,          NULL              },
    [TYPE_SHA256] = {"SHA-256",                    type_sha256,       NULL              },
    [TYPE_PATH] = {"absolute path",              type_path,         NULL              },
    [TYPE_FOLDER] = {"absolute path",              type_folder,       NULL              },
    [TYPE_URL] = {"URL",                        type_url,          NULL              },
    [TYPE_VOLUME_TYPE] = {"volume type",                check_volume_type, NULL              },
    [TYPE_KEY] = {"secret",                     check_key,         NULL              },
    [TYPE_LABELS] = {"dict or text",               NULL,              check_labels      },
    [TYPE_TAINTS] = {"list",                       NULL,              check_taints      },
    [TYPE_FLAGS] = {"list",                       NULL,              check_flags       },
    [TYPE_DISKS] = {"list",                       NULL,              check_disks       },
    [TYPE_CONSOLES] = {"consoles",                   check_consoles,    NULL              },
    [TYPE_INSTALL_DISK] = {"dict",                       NULL,              check_install_disk},
    [TYPE_BOND] = {"dict",                       NULL,              check_bond        },
    [TYPE_SSH_KEYS] = {"list of public keys",        NULL,              check_ssh_keys    },
    [TYPE_USER] = {"user name",                  check_user,        NULL              },
    [TYPE_ARTIFACTS] = {"list",                       NULL,              check_artifacts   },
    [TYPE_LOADBALANCER] = {"dict",                       NULL,              type_loadbalancer },
};

const char *variable_type_name(enum variable_type type)
{
    return types[type].name;
}

/* Also deep inside a list or a dict: all that comes behind would be lost without a word. */
static bool has_nul(const json_t *value)
{
    const json_t *item;
    const char *key;
    size_t i, len;

    if (json_is_string(value))
        return strlen(json_string_value(value)) != json_string_length(value);
    json_array_foreach((json_t *)value, i, item)
    {
        if (has_nul(item))
            return true;
    }
    json_object_keylen_foreach((json_t *)value, key, len, item)
    {
        if (strlen(key) != len || has_nul(item))
            return true;
    }
    return false;
}

/* Types whose values are texts, letter by letter, also where they look like numbers. */
static bool is_verbatim(enum variable_type type)
{
    static const enum variable_type verbatim[] = {
        TYPE_WORD, TYPE_NAME, TYPE_LABEL,    TYPE_MAC,   TYPE_UUID,   TYPE_SERIAL, TYPE_VERSION,
        TYPE_TAG,  TYPE_KEY,  TYPE_REGISTRY, TYPE_IMAGE, TYPE_SHA256, TYPE_LABELS};

    for (size_t i = 0; i < ARRAY_SIZE(verbatim); i++)
        if (type == verbatim[i])
            return true;
    return false;
}

/* KubeSphere's sample has a key of digits without quotes, which may well be all that there is. */
static bool is_tolerated(enum variable_type type, const json_t *value)
{
    return type == TYPE_KEY && json_is_integer(value);
}

static int check_reading(const struct variable *v, const json_t *value, enum value_source source,
                         struct error *e)
{
    const char *misread = is_tolerated(v->type, value) ? NULL : value_misread(value, source), *key;
    const json_t *member;

    if (misread && source == VALUE_INI)
        return error_set(e, -EINVAL,
                         "%s is read as %s: write it in quotes, %s='\"…\"' on a host's line, "
                         "%s=\"…\" below [GROUP:vars]",
                         v->name, misread, v->name, v->name);
    if (misread)
        return error_set(e, -EINVAL, "%s is read as %s: write it in quotes, %s: \"…\"", v->name,
                         misread, v->name);
    json_object_foreach(v->type == TYPE_LABELS ? (json_t *)value : NULL, key, member)
    {
        misread = value_misread(member, source);
        if (misread)
            return error_set(e, -EINVAL,
                             "%s: the value of %.100s is read as %s: write it in quotes", v->name,
                             key, misread);
    }
    return 0;
}

int variable_check(const struct variable *v, const json_t *value, enum value_source source,
                   struct error *e)
{
    const struct type *type = &types[v->type];
    char scratch[VALUE_TEXT_SIZE];
    const char *text = value_text(value, scratch);
    struct error inner = ERROR_INIT;
    int r;

    if (text && (strstr(text, "{{") || strstr(text, "{%")))
        return error_set(e, -EINVAL, "%s: templates are not evaluated here: write the value itself",
                         v->name);
    if (has_nul(value))
        return error_set(e, -EINVAL, "%s: has a NUL character", v->name);
    if (json_object_get(value, "__ansible_vault"))
        return error_set(e, -EINVAL,
                         "%s: encrypted by ansible-vault, which nobody can open here: write the "
                         "value itself, into a file that only root and seed-server may read",
                         v->name);
    if (is_verbatim(v->type) && check_reading(v, value, source, e) < 0)
        return -EINVAL;
    if (type->value)
        r = type->value(v, value, &inner);
    else if (text)
        r = type->text(v, text, &inner);
    else
        r = error_set(&inner, -EINVAL, "expected a %s, not %s", type->name,
                      json_is_array(value)         ? "a list"
                      : pyvalue_number_text(value) ? "a number that has no end"
                      : json_is_object(value)      ? "a dict"
                                                   : "nothing");
    if (r == 0)
        return 0;
    if (text && !type->value && !(v->flags & VARIABLE_SECRET))
        return error_set(e, r, "%s: %s, not '%.60s'", v->name, inner.message, text);
    return error_set(e, r, "%s: %s", v->name, inner.message);
}
