/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <netinet/in.h>

#include "artifacts.h"
#include "bond.h"
#include "common/parse.h"
#include "disks.h"
#include "node_marks.h"
#include "ssh.h"
#include "variables.h"

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

static int check_ip(const struct variable *v, const char *text, struct error *e)
{
    struct ip_address a;

    (void)v;
    if (parse_ip(text, &a, NULL) < 0 || a.family != AF_INET)
        return error_set(e, -EINVAL, "expected an IPv4 address such as 192.168.0.10");
    return 0;
}

static int check_network(const struct variable *v, const char *text, struct error *e)
{
    struct ip_network n;

    (void)v;
    if (parse_network(text, &n, NULL) < 0 || n.address.family != AF_INET)
        return error_set(e, -EINVAL,
                         "expected an IPv4 network such as 10.233.64.0/18, without host bits");
    return 0;
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

/* The grammar of github.com/distribution/reference: a registry, which has a '.', a ':' or is
 * localhost, then names of small letters and digits with separators inside. Kubernetes would add
 * docker.io to a name without a registry. */
static bool is_registry(const char *s, size_t len)
{
    const char *colon = memchr(s, ':', len);
    size_t host = colon ? (size_t)(colon - s) : len, i;

    for (i = 0; i < host; i++)
        if (!isalnum((unsigned char)s[i]) && !(strchr(".-", s[i]) && i && i + 1 < host))
            return false;
    if (colon &&
        (len - host < 2 || len - host > 6 || strspn(colon + 1, "0123456789") < len - host - 1))
        return false;
    return host && (colon || memchr(s, '.', host) || (len == 9 && memcmp(s, "localhost", 9) == 0));
}

static bool is_image_part(const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789", s[i]) &&
            !(strchr("._-", s[i]) && i && i + 1 < len))
            return false;
    return len > 0;
}

#define IMAGE_NAME_MAX 255 /* reference.NameTotalLengthMax */

static bool is_image_name(const char *text, bool with_path)
{
    size_t len = strcspn(text, "/");

    if (strlen(text) > IMAGE_NAME_MAX || !is_registry(text, len) || (with_path && !text[len]))
        return false;
    for (text += len; *text; text += len) {
        text++;
        len = strcspn(text, "/");
        if (!is_image_part(text, len))
            return false;
    }
    return true;
}

static int check_registry(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (!is_image_name(text, false))
        return error_set(e, -EINVAL,
                         "expected a registry such as registry.example:5000 or "
                         "registry.example/mirror, without https://");
    return 0;
}

static int check_image(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (!is_image_name(text, true))
        return error_set(e, -EINVAL,
                         "expected an image's name with its registry and without tag and digest, "
                         "such as registry.example:5000/calico/node");
    return 0;
}

static int check_tag(const struct variable *v, const char *text, struct error *e)
{
    const char *c;

    (void)v;
    for (c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && !(strchr(".-", *c) && c > text))
            break;
    if (*c || c == text || c - text > 128)
        return error_set(e, -EINVAL, "expected a tag such as v3.17.1");
    return 0;
}

static int check_sha256(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
        return error_set(
            e, -EINVAL,
            "expected 64 small hexadecimal digits, those after sha256: in NAME@sha256:…");
    return 0;
}

static int check_path(const struct variable *v, const char *text, struct error *e)
{
    const char *c;

    (void)v;
    for (c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("/_.-", *c))
            break;
    if (text[0] != '/' || !text[1] || *c || strstr(text, "..") || strstr(text, "//") ||
        c[-1] == '/')
        return error_set(
            e, -EINVAL, "expected an absolute path of letters, digits and _.-, such as /mnt/disks");
    return 0;
}

static int check_url(const struct variable *v, const char *text, struct error *e)
{
    const char *c = text;

    (void)v;
    if (strncmp(c, "http://", 7) == 0)
        c += 7;
    else if (strncmp(c, "https://", 8) == 0)
        c += 8;
    else
        c = "";
    if (!*c || *c == '/' || strpbrk(c, " \"'\\<>"))
        return error_set(e, -EINVAL, "expected a URL such as http://192.168.0.4:8080");
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
static int check_items(const struct variable *v, const json_t *value,
                       int (*check)(const struct variable *, const char *, struct error *),
                       struct error *e)
{
    _cleanup_json_ json_t *list = NULL;
    const json_t *item;
    size_t i;
    int r;

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

static int check_ips(const struct variable *v, const json_t *value, struct error *e)
{
    return check_items(v, value, check_ip, e);
}

static int check_address(const struct variable *v, const char *text, struct error *e)
{
    struct ip_address a;

    (void)v;
    if (parse_ip(text, &a, NULL) < 0 && !is_dns_name(text))
        return error_set(e, -EINVAL, "expected addresses or DNS names");
    return 0;
}

static int check_addresses(const struct variable *v, const json_t *value, struct error *e)
{
    return check_items(v, value, check_address, e);
}

static int check_endpoint(const struct variable *v, const char *text, struct error *e)
{
    const char *colon = strrchr(text, ':');
    char host[256];
    uint64_t port;

    if (colon && (size_t)(colon - text) < sizeof(host)) {
        memcpy(host, text, (size_t)(colon - text));
        host[colon - text] = '\0';
        if (parse_uint(colon + 1, 65535, &port, NULL) == 0 && port > 0 &&
            check_address(v, host, NULL) == 0)
            return 0;
    }
    return error_set(e, -EINVAL, "expected ADDRESS:PORT such as 172.24.0.1:6789");
}

static int check_endpoints(const struct variable *v, const json_t *value, struct error *e)
{
    return check_items(v, value, check_endpoint, e);
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
    return check_items(v, value, check_cluster_id, e);
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

static int check_loadbalancer(const struct variable *v, const json_t *value, struct error *e)
{
    char scratch[VALUE_TEXT_SIZE];
    const char *address, *port;
    uint64_t n;

    address = value_text(json_object_get(value, "address"), scratch);
    if (!address || check_ip(v, address, NULL) < 0)
        return error_set(e, -EINVAL, "expected {address: IPv4 address, port: number}");
    port = value_text(json_object_get(value, "port"), scratch);
    if (json_object_get(value, "port") &&
        (!port || parse_uint(port, 65535, &n, NULL) < 0 || n == 0))
        return error_set(e, -EINVAL, "expected a port from 1 to 65535");
    return 0;
}

static const struct type types[TYPE_COUNT] = {
    [TYPE_TEXT] = {"text",                       check_any,         NULL              },
    [TYPE_WORD] = {"word",                       check_word,        NULL              },
    [TYPE_NAME] = {"DNS name",                   check_name,        NULL              },
    [TYPE_CHOICE] = {"choice",                     check_choice,      NULL              },
    [TYPE_BOOL] = {"true or false",              check_bool,        NULL              },
    [TYPE_NUMBER] = {"number",                     check_number,      NULL              },
    [TYPE_FACTOR] = {"factor 1-100",               check_factor,      NULL              },
    [TYPE_DURATION] = {"duration",                   check_duration,    NULL              },
    [TYPE_IP] = {"IPv4 address",               check_ip,          NULL              },
    [TYPE_NETWORK] = {"IPv4 network",               check_network,     NULL              },
    [TYPE_MAC] = {"MAC address",                check_mac,         NULL              },
    [TYPE_UUID] = {"UUID",                       check_uuid,        NULL              },
    [TYPE_SERIAL] = {"text",                       check_serial,      NULL              },
    [TYPE_IPS] = {"list of IPv4 addresses",     NULL,              check_ips         },
    [TYPE_ADDRESSES] = {"list of addresses or names", NULL,              check_addresses   },
    [TYPE_ENDPOINTS] = {"list of address:port",       NULL,              check_endpoints   },
    [TYPE_CLUSTER_IDS] = {"list of cluster ids",        NULL,              check_cluster_ids },
    [TYPE_VERSION] = {"version",                    check_version,     NULL              },
    [TYPE_REGISTRY] = {"registry",                   check_registry,    NULL              },
    [TYPE_IMAGE] = {"image name",                 check_image,       NULL              },
    [TYPE_TAG] = {"tag",                        check_tag,         NULL              },
    [TYPE_SHA256] = {"SHA-256",                    check_sha256,      NULL              },
    [TYPE_PATH] = {"absolute path",              check_path,        NULL              },
    [TYPE_URL] = {"URL",                        check_url,         NULL              },
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
    [TYPE_LOADBALANCER] = {"dict",                       NULL,              check_loadbalancer},
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

int variable_check(const struct variable *v, const json_t *value, struct error *e)
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
    if (type->value)
        r = type->value(v, value, &inner);
    else if (text)
        r = type->text(v, text, &inner);
    else
        r = error_set(&inner, -EINVAL, "expected a %s, not %s", type->name,
                      json_is_array(value)    ? "a list"
                      : json_is_object(value) ? "a dict"
                                              : "nothing");
    if (r == 0)
        return 0;
    if (text && !type->value && !(v->flags & VARIABLE_SECRET))
        return error_set(e, r, "%s: %s, not '%.60s'", v->name, inner.message, text);
    return error_set(e, r, "%s: %s", v->name, inner.message);
}
