/* SPDX-License-Identifier: Apache-2.0 */
#include "bond.h"

#include <ctype.h>

#include "common/parse.h"

#define MIIMON_DEFAULT 100 /* ms: what everybody writes, and what LACP insists on */
#define MIIMON_MAX 10000

/* In the order of their numbers in bonding.txt. */
static const struct {
    const char *name;
    bool primary; /* one member may be preferred */
} modes[] = {
    {"balance-rr",    false},
    {"active-backup", true },
    {"balance-xor",   false},
    {"broadcast",     false},
    {"802.3ad",       false},
    {"balance-tlb",   true },
    {"balance-alb",   true },
};

#define LACP "802.3ad"

static int check_mode(const json_t *value, size_t *ret, struct error *e)
{
    const char *text = json_string_value(value), *names[ARRAY_SIZE(modes)], *near;
    size_t i;

    if (json_is_integer(value) && json_integer_value(value) >= 0 &&
        json_integer_value(value) < (json_int_t)ARRAY_SIZE(modes))
        return error_set(e, -EINVAL, "write the mode by its name: %s",
                         modes[json_integer_value(value)].name);
    for (i = 0; i < ARRAY_SIZE(modes); i++) {
        names[i] = modes[i].name;
        if (text && strcmp(text, names[i]) == 0) {
            *ret = i;
            return 0;
        }
    }
    near = text ? nearest_name(text, names, ARRAY_SIZE(names)) : NULL;
    if (near)
        return error_set(e, -EINVAL, "mode '%.40s' is not known: did you mean %s?", text, near);
    return error_set(e, -EINVAL,
                     "expected a mode: balance-rr, active-backup, balance-xor, broadcast, 802.3ad, "
                     "balance-tlb or balance-alb");
}

/* As the kernel's dev_valid_name() has it, and nothing that a configuration file would read as more
 * than a name. */
static bool is_interface_name(const char *s)
{
    const char *c;

    for (c = s; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
            return false;
    return c != s && c - s < 16 && *s != '.' && *s != '-';
}

static int read_member(const json_t *value, bool by_mac, char ret[MAC_TEXT_SIZE], struct error *e)
{
    const char *text = json_string_value(value);

    if (by_mac)
        return text ? parse_mac(text, ret, e)
                    : error_set(e, -EINVAL,
                                "expected network cards' addresses, in quotes, such as "
                                "'52:54:00:ab:cd:01'");
    if (!text || !is_interface_name(text))
        return error_set(e, -EINVAL, "expected names of interfaces such as eth0");
    (void)snprintf(ret, MAC_TEXT_SIZE, "%s", text);
    return 0;
}

static bool is_listed(const json_t *list, size_t n, bool by_mac, const char *member)
{
    char other[MAC_TEXT_SIZE];
    size_t i;

    for (i = 0; i < n; i++)
        if (read_member(json_array_get(list, i), by_mac, other, NULL) == 0 &&
            strcmp(other, member) == 0)
            return true;
    return false;
}

static int check_members(const json_t *list, bool by_mac, struct error *e)
{
    const char *what = by_mac ? "macs" : "interfaces";
    char member[MAC_TEXT_SIZE];
    size_t i, n = json_array_size(list);
    int r;

    if (!json_is_array(list) || !n)
        return error_set(e, -EINVAL, "%s: expected a list with at least one member", what);
    if (n > BOND_MEMBERS_MAX)
        return error_set(e, -EINVAL, "%s: a bond has at most %d members", what, BOND_MEMBERS_MAX);
    for (i = 0; i < n; i++) {
        r = read_member(json_array_get(list, i), by_mac, member, e);
        if (r < 0)
            return error_wrap(e, "%s", what);
        if (is_listed(list, i, by_mac, member))
            return error_set(e, -EINVAL, "%s: %s is there twice", what, member);
    }
    return 0;
}

static int check_options(const json_t *value, const json_t *list, bool by_mac, size_t mode,
                         struct error *e)
{
    const json_t *miimon = json_object_get(value, "miimon");
    const json_t *primary = json_object_get(value, "primary");
    const json_t *rate = json_object_get(value, "lacp_rate");
    const char *text = json_string_value(rate);
    char member[MAC_TEXT_SIZE];

    if (miimon && (!json_is_integer(miimon) || json_integer_value(miimon) < 1 ||
                   json_integer_value(miimon) > MIIMON_MAX))
        return error_set(e, -EINVAL,
                         "miimon: expected milliseconds from 1 to %d between looks at the link",
                         MIIMON_MAX);
    if (rate && strcmp(modes[mode].name, LACP) != 0)
        return error_set(e, -EINVAL, "lacp_rate goes only with mode " LACP ", not with %s: drop it",
                         modes[mode].name);
    if (rate && (!text || (strcmp(text, "slow") != 0 && strcmp(text, "fast") != 0)))
        return error_set(e, -EINVAL, "lacp_rate is slow or fast");
    if (!primary)
        return 0;
    if (!modes[mode].primary)
        return error_set(e, -EINVAL,
                         "primary goes only with active-backup, balance-tlb and balance-alb, not "
                         "with %s: drop it",
                         modes[mode].name);
    if (read_member(primary, by_mac, member, NULL) < 0 ||
        !is_listed(list, json_array_size(list), by_mac, member))
        return error_set(e, -EINVAL, "primary must be one of the %s",
                         by_mac ? "macs" : "interfaces");
    return 0;
}

int bond_check(const json_t *value, struct error *e)
{
    static const char *const known[] = {"mode",   "macs",      "interfaces",
                                        "miimon", "lacp_rate", "primary"};
    const json_t *macs = json_object_get(value, "macs"), *list;
    const json_t *interfaces = json_object_get(value, "interfaces"), *member;
    size_t i, mode = 0;
    const char *key;
    int r;

    if (!json_is_object(value))
        return error_set(e, -EINVAL,
                         "expected {mode: active-backup, macs: ['52:54:00:ab:cd:01', …]}");
    json_object_foreach((json_t *)value, key, member)
    {
        for (i = 0; i < ARRAY_SIZE(known) && strcmp(key, known[i]) != 0; i++)
            ;
        if (i == ARRAY_SIZE(known))
            return error_set(e, -EINVAL,
                             "unknown member '%.40s': mode, macs, interfaces, miimon, lacp_rate "
                             "and primary are known",
                             key);
    }
    r = check_mode(json_object_get(value, "mode"), &mode, e);
    if (r < 0)
        return r;
    if (!macs == !interfaces)
        return error_set(e, -EINVAL,
                         "expected the members as either macs or interfaces (macs hold wherever "
                         "the cards are plugged in)");
    list = macs ? macs : interfaces;
    r = check_members(list, macs != NULL, e);
    return r < 0 ? r : check_options(value, list, macs != NULL, mode, e);
}

static json_t *render_member(const json_t *value, bool by_mac)
{
    char member[MAC_TEXT_SIZE];

    return read_member(value, by_mac, member, NULL) < 0 ? NULL : json_string(member);
}

static json_t *render(const json_t *value)
{
    bool by_mac = json_object_get(value, "macs") != NULL;
    const char *what = by_mac ? "macs" : "interfaces";
    const json_t *primary = json_object_get(value, "primary"), *member;
    const json_t *miimon = json_object_get(value, "miimon");
    json_t *list = json_array();
    size_t i;
    int r = 0;

    json_array_foreach(json_object_get(value, what), i, member)
    {
        r |= json_array_append_new(list, render_member(member, by_mac));
    }
    if (r < 0) {
        json_decref(list);
        return NULL;
    }
    return json_pack("{s:O, s:I, s:o, s:O*, s:o*}", "mode", json_object_get(value, "mode"),
                     "miimon", miimon ? json_integer_value(miimon) : MIIMON_DEFAULT, what, list,
                     "lacp_rate", json_object_get(value, "lacp_rate"), "primary",
                     primary ? render_member(primary, by_mac) : NULL);
}

int bond_read(const json_t *value, struct arena *arena, struct plan_host *h, const char **ret_text,
              struct error *e)
{
    _cleanup_json_ json_t *tree = render(value);
    _cleanup_buf_ struct buf text = BUF_INIT(4096);
    const json_t *macs = json_object_get(tree, "macs");
    size_t i;
    int r;

    if (!tree)
        return error_oom(e);
    r = json_print(tree, &text, e);
    if (r < 0)
        return r;
    *ret_text = arena_copy(arena, text.data);
    h->bond_mode = arena_copy(arena, json_string_value(json_object_get(tree, "mode")));
    if (json_array_size(macs)) {
        h->bond_macs = calloc(json_array_size(macs), sizeof(*h->bond_macs));
        if (!h->bond_macs)
            return error_oom(e);
    }
    for (i = 0; i < json_array_size(macs); i++)
        h->bond_macs[h->n_bond_macs++] =
            arena_copy(arena, json_string_value(json_array_get(macs, i)));
    return arena->failed ? error_oom(e) : 0;
}
