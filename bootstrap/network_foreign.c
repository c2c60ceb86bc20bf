/* SPDX-License-Identifier: Apache-2.0 */
#include "network_foreign.h"

#include <ctype.h>
#include <fnmatch.h>

#include "common/pyvalue.h"
#include "common/yaml.h"

#define WORD_MAX 256
#define NETPLAN_MAX (1024 * 1024)

/* Does a name or pattern of theirs mean a NIC of ours, or a device that we make? */
static bool is_ours(const struct network *n, const char *pattern)
{
    if (fnmatch(pattern, NETWORK_BOND, 0) == 0 || fnmatch(pattern, NETWORK_VLAN, 0) == 0)
        return true;
    for (size_t i = 0; i < n->n_nics; i++)
        if (n->nics[i].name[0] ? fnmatch(pattern, n->nics[i].name, 0) == 0
                               : strcmp(pattern, "lo") != 0)
            return true;
    return false;
}

/* ---- interfaces(5) --------------------------------------------------------------------------- */

/* A backslash before the newline, or before the end of all, is no part of a word. */
static bool is_blank(const char *p, const char *end)
{
    return isspace((unsigned char)*p) || (*p == '\\' && (p + 1 == end || p[1] == '\n'));
}

/* The word at *at, which moves behind it; "" at the end of the line. Longer ones are cut off, and
 * mean nothing of ours then. */
static void next_word(const char **at, const char *end, char ret[WORD_MAX])
{
    const char *p = *at;
    size_t len = 0;

    while (p < end && is_blank(p, end))
        p++;
    for (; p < end && !is_blank(p, end); p++)
        if (len < WORD_MAX - 1)
            ret[len++] = *p;
    ret[len] = '\0';
    *at = p;
}

static bool is_comment(const char *p)
{
    return p[strspn(p, " \t")] == '#';
}

/* The end of the line that begins at p, with its newline, and those that it goes on in; comments do
 * not. */
static const char *line_end(const char *p)
{
    bool comment = is_comment(p);

    for (;;) {
        const char *end = strchrnul(p, '\n');

        if (!*end)
            return end;
        if (comment || end == p || end[-1] != '\\')
            return end + 1;
        p = end + 1;
    }
}

/* "eth0", "/en*" (a pattern), "eth0=home" (what it is called below). */
static bool word_is_ours(const struct network *n, char *word)
{
    word[strcspn(word, "=")] = '\0';
    return is_ours(n, word + (*word == '/'));
}

static void comment_out(const char *p, const char *end, struct buf *ret)
{
    while (p < end) {
        const char *next = memchr(p, '\n', (size_t)(end - p));

        next = next ? next + 1 : end;
        buf_add_str(ret, "# by nodeseed: ");
        /* Whoever reads it may think that comments go on behind a backslash. */
        if (next - p >= 2 && next[-1] == '\n' && next[-2] == '\\') {
            buf_add(ret, p, (size_t)(next - p - 2));
            buf_add_char(ret, '\n');
        } else {
            buf_add(ret, p, (size_t)(next - p));
        }
        p = next;
    }
}

/* "auto eth0 eth1": those that are not ours stay. */
static bool drop_names(const struct network *n, const char *p, const char *end, struct buf *ret)
{
    _cleanup_buf_ struct buf rest = BUF_INIT(64 * 1024);
    char word[WORD_MAX], copy[WORD_MAX];
    bool any = false, other = false;

    next_word(&p, end, word);
    buf_add_str(&rest, word);
    for (next_word(&p, end, word); word[0]; next_word(&p, end, word)) {
        memcpy(copy, word, sizeof(copy));
        if (word_is_ours(n, copy)) {
            any = true;
            continue;
        }
        other = true;
        buf_addf(&rest, " %s", word);
    }
    if (any && other && buf_check(&rest) == 0) /* a blank: a backslash may end the last word */
        buf_addf(ret, "%s%s\n", rest.data, rest.data[rest.len - 1] == '\\' ? " " : "");
    return any;
}

static bool any_is_ours(const struct network *n, const char *p, const char *end)
{
    char word[WORD_MAX];
    bool any = false;

    for (next_word(&p, end, word); word[0]; next_word(&p, end, word))
        any = word_is_ours(n, word) || any;
    return any;
}

/* Does a stanza begin here, and is it to go? -1: this line only goes on in one. */
static int judge_line(const struct network *n, const char *p, const char *end, struct buf *ret)
{
    const char *at = p;
    char word[WORD_MAX];

    next_word(&at, end, word);
    if (strcmp(word, "iface") == 0) {
        next_word(&at, end, word);
        return word_is_ours(n, word);
    }
    if (strcmp(word, "mapping") == 0)
        return any_is_ours(n, at, end);
    if (strcmp(word, "auto") == 0 || strncmp(word, "allow-", 6) == 0)
        return drop_names(n, p, end, ret);
    if (strcmp(word, "source") == 0 || strcmp(word, "source-directory") == 0 ||
        strcmp(word, "rename") == 0 || strncmp(word, "no-", 3) == 0)
        return false;
    return -1;
}

int foreign_interfaces(const char *text, const struct network *n, struct buf *ret,
                       enum foreign_result *ret_result, struct error *e)
{
    bool drop = false;

    *ret_result = FOREIGN_KEEP;
    for (const char *p = text, *end; *p; p = end) {
        const char *first = p + strspn(p, " \t");
        int judged;

        end = line_end(p);
        if (is_comment(p) || *first == '\n' || !*first) {
            buf_add(ret, p, (size_t)(end - p));
            continue;
        }
        judged = judge_line(n, p, end, ret);
        if (judged >= 0)
            drop = judged;
        if (drop) {
            comment_out(p, end, ret);
            *ret_result = FOREIGN_CHANGE;
        } else {
            buf_add(ret, p, (size_t)(end - p));
        }
    }
    return buf_check(ret) < 0 ? error_oom(e) : 0;
}

bool foreign_interfaces_reads(const char *text, const char *path)
{
    char keyword[WORD_MAX], word[WORD_MAX], full[2 * WORD_MAX];

    for (const char *p = text, *end; *p; p = end) {
        const char *at = p;
        bool folder;

        end = line_end(p);
        next_word(&at, end, keyword);
        folder = strcmp(keyword, "source-directory") == 0;
        if (!folder && strcmp(keyword, "source") != 0)
            continue;
        for (next_word(&at, end, word); word[0]; next_word(&at, end, word)) {
            (void)snprintf(full, sizeof(full), "%s%s%s", *word == '/' ? "" : "/etc/network/", word,
                           folder ? "/*" : "");
            if (fnmatch(full, path, FNM_PATHNAME) == 0)
                return true;
        }
    }
    return false;
}

/* ---- netplan(5) ------------------------------------------------------------------------------ */

/* A text, or one of a list of them. */
static bool any_name_is_ours(const struct network *n, const json_t *names)
{
    json_t *name;
    size_t i;

    if (json_is_string(names))
        return is_ours(n, json_string_value(names));
    json_array_foreach(names, i, name)
    {
        if (json_is_string(name) && is_ours(n, json_string_value(name)))
            return true;
    }
    return false;
}

static bool entry_is_ours(const struct network *n, const char *id, const json_t *entry)
{
    const json_t *match = json_object_get(entry, "match");
    const char *text = json_string_value(json_object_get(match, "macaddress"));
    char mac[MAC_TEXT_SIZE];

    if (!match)
        return is_ours(n, id);
    if (text && parse_mac(text, mac, NULL) == 0) {
        for (size_t i = 0; i < n->n_nics; i++)
            if (strcmp(n->nics[i].mac, mac) == 0)
                return true;
        return false;
    }
    /* Without a name it goes by driver or path, and may be ours. */
    return json_object_get(match, "name") ? any_name_is_ours(n, json_object_get(match, "name"))
                                          : true;
}

/* Devices of other kinds may be on what is taken out, and would make no sense without. */
static bool has_other_kinds(const json_t *network)
{
    const json_t *value;
    const char *key;

    json_object_foreach((json_t *)network, key, value)
    {
        if (json_is_object(value) && strcmp(key, "ethernets") != 0)
            return true;
    }
    return false;
}

/* YAML's infinities, sets and the like, which JSON has no word for and no key of netplan's takes.
 */
static bool has_unwritable(const json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (pyvalue_number_text(value) || pyvalue_opaque_reason(value))
        return true;
    json_array_foreach(value, i, item)
    {
        if (has_unwritable(item))
            return true;
    }
    json_object_foreach((json_t *)value, key, item)
    {
        if (has_unwritable(item))
            return true;
    }
    return false;
}

int foreign_netplan(const char *text, size_t len, const struct network *n, struct buf *ret,
                    enum foreign_result *ret_result, struct error *e)
{
    const struct yaml_options options = {.name = "netplan", .max_bytes = NETPLAN_MAX};
    _cleanup_json_ json_t *document = NULL, *rest = json_object();
    json_t *network, *ethernets, *entry;
    const char *id;
    int r;

    *ret_result = FOREIGN_REMOVE;
    if (!rest)
        return error_oom(e);
    r = yaml_parse(text, len, &options, &document, NULL);
    if (r < 0)
        return r == -ENOMEM ? error_oom(e) : 0;
    network = json_object_get(document, "network");
    ethernets = json_object_get(network, "ethernets");
    json_object_foreach(ethernets, id, entry)
    {
        if (!entry_is_ours(n, id, entry) && json_object_set(rest, id, entry) < 0)
            return error_oom(e);
    }
    if (json_object_size(rest) == json_object_size(ethernets)) {
        *ret_result = FOREIGN_KEEP;
        return 0;
    }
    if (!json_object_size(rest) || has_other_kinds(network) || has_unwritable(document))
        return 0;
    *ret_result = FOREIGN_CHANGE;
    if (json_object_set(network, "ethernets", rest) < 0)
        return error_oom(e);
    return json_print_pretty(document, ret, e);
}
