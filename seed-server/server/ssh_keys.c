/* SPDX-License-Identifier: Apache-2.0 */
#include "ssh_keys.h"

#include "common/json.h"
#include "common/log.h"
#include "common/ssh_key.h"
#include "handlers.h"
#include "host_key.h"
#include "server.h"

#define KIND "sshkeys"
#define VALUE_MAX (SSH_HOST_KEYS_MAX * (SSH_KEY_TEXT_MAX + 4))
#define KNOWN_HOSTS_MAX ((size_t)256 * 1024 * 1024)

/* ---- what a host tells -------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys without comments, in an order of their own: what did not change is not written again. */
static int sorted_keys(const json_t *list, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *sorted = json_array();
    char *keys[SSH_HOST_KEYS_MAX];
    size_t n = 0, len;
    int r = 0;

    if (!sorted)
        return error_oom(e);
    for (size_t i = 0; i < json_array_size(list) && r == 0; i++) {
        const json_t *item = json_array_get(list, i);
        const char *text = json_string_value(item);

        if (!text || strlen(text) != json_string_length(item))
            r = error_set(e, -EINVAL, "keys are texts");
        else if (ssh_key_check(text, &len, e) < 0)
            r = error_wrap(e, "key %zu", i + 1);
        else if (!(keys[n] = strndup(text, len)))
            r = error_oom(e);
        else
            n++;
    }
    qsort(keys, n, sizeof(*keys), compare);
    for (size_t i = 0; i < n; i++) {
        if (r == 0 && json_array_append_new(sorted, json_string(keys[i])) < 0)
            r = error_oom(e);
        free(keys[i]);
    }
    if (r == 0)
        *ret = TAKE_PTR(sorted);
    return r;
}

int ssh_keys_read(const char *body, size_t len, char **ret, struct error *e)
{
    _cleanup_json_ json_t *root = NULL, *record = NULL;
    json_t *list, *keys = NULL;
    int r = json_parse(body, len, PROTOCOL_SSH_MAX, &root, e);

    if (r == 0)
        r = json_get_array(root, "keys", &list, e);
    if (r == 0 && json_array_size(list) > SSH_HOST_KEYS_MAX)
        r = error_set(e, -EINVAL, "more than %d keys", SSH_HOST_KEYS_MAX);
    if (r == 0)
        r = sorted_keys(list, &keys, e);
    if (r < 0)
        return r;
    record = json_pack("{s:o}", "keys", keys);
    *ret = record ? json_dumps(record, JSON_COMPACT) : NULL;
    return *ret ? 0 : error_oom(e);
}

static void stored(int result, void *userdata)
{
    struct http_request *r = userdata;
    struct error e = ERROR_INIT;

    if (result == 0) {
        http_send_empty(r, 204);
    } else {
        (void)error_set_errno(&e, result, "storing SSH host keys");
        http_send_failure(r, &e);
    }
    http_resume(r);
}

void handle_ssh_keys(struct server *s, struct http_request *r)
{
    const char *host = plan_host(r->serving->plan, r->host)->name, *old;
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    struct host_key key = host_key(KIND, host);
    _cleanup_free_ char *value = NULL;
    struct error e = ERROR_INIT;
    struct store_txn *t;

    if (ssh_keys_read(r->body, r->body_len, &value, &e) < 0) {
        if (e.code == -E2BIG)
            e.code = -EINVAL;
        http_send_failure(r, &e);
        return;
    }
    old = store_view_get(view, key.text, NULL);
    if (old && strcmp(old, value) == 0) {
        http_send_empty(r, 204);
        return;
    }
    if (old)
        log_info("%s: its SSH host keys are others now: seedctl known-hosts", host);
    t = store_txn_new();
    if (t)
        store_txn_put(t, key.text, value);
    http_suspend(r);
    store_submit(s->store, t, stored, r);
}

/* ---- what administrators ask for ---------------------------------------------------------------
 */

static int add_host(const struct plan_host *host, const char *value, struct buf *out,
                    struct error *e)
{
    _cleanup_json_ json_t *record = NULL;
    const json_t *keys, *key;
    size_t i;
    int r;

    if (!value) {
        buf_addf(out, "# %s (%s): has not told its host keys yet\n", host->name, host->ip);
        return 0;
    }
    r = json_parse(value, strlen(value), VALUE_MAX, &record, e);
    if (r < 0)
        return error_wrap(e, "store: " KIND "/%s", host->name);
    keys = json_object_get(record, "keys");
    if (json_array_size(keys) == 0)
        buf_addf(out, "# %s (%s): has no host keys: no SSH server is installed\n", host->name,
                 host->ip);
    json_array_foreach((json_t *)keys, i, key)
    {
        buf_addf(out, "%s,%s %s\n", host->name, host->ip, json_string_value(key));
    }
    return 0;
}

int ssh_known_hosts(const struct plan *plan, const struct store_view *view, struct buf *out,
                    struct error *e)
{
    for (size_t i = 0; i < plan_host_count(plan); i++) {
        const struct plan_host *host = plan_host(plan, i);
        struct host_key key = host_key(KIND, host->name);
        int r = add_host(host, store_view_get(view, key.text, NULL), out, e);

        if (r < 0)
            return r;
    }
    return buf_check(out) < 0 ? error_oom(e) : 0;
}

void handle_known_hosts(struct server *s, struct http_request *r)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    _cleanup_buf_ struct buf out = BUF_INIT(KNOWN_HOSTS_MAX);
    struct error e = ERROR_INIT;

    if (ssh_known_hosts(r->serving->plan, view, &out, &e) < 0)
        http_send_failure(r, &e);
    else
        http_send_buf(r, 200, "text/plain; charset=utf-8", &out);
}
