/* SPDX-License-Identifier: Apache-2.0 */
#include "arm.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "host_key.h"

#define RECORD_MAX 4096

#define KEEP_OPEN_MS (UINT64_C(60) * 1000)

/* When the window opened; false without a record, or one that cannot be read, which is logged. */
static bool read_opened(const struct store_view *view, const char *host, int64_t *ret_opened_ms,
                        uint64_t *ret_revision)
{
    struct host_key key = host_key("arm", host);
    const char *text = store_view_get(view, key.text, ret_revision);
    _cleanup_json_ json_t *record = NULL;
    struct error e = ERROR_INIT;

    if (!text)
        return false;
    if (json_parse(text, strlen(text), RECORD_MAX, &record, &e) == 0 &&
        json_get_int(record, "opened_ms", ret_opened_ms, &e) == 0)
        return true;
    log_error("store: %s: %s: not armed", key.text, e.message);
    return false;
}

bool arm_is_open(const struct store_view *view, const struct plan *plan, const char *host,
                 uint64_t *ret_revision)
{
    int64_t window = (int64_t)plan_settings(plan)->arm_window_ms, opened_ms;
    int64_t now = (int64_t)clock_realtime_ms();
    uint64_t revision = 0;
    bool there = read_opened(view, host, &opened_ms, &revision);

    if (ret_revision)
        *ret_revision = revision;
    return there && opened_ms <= now && now < opened_ms + window;
}

void arm_put(struct store_txn *t, const char *host, uint64_t now_ms)
{
    struct host_key key = host_key("arm", host);
    char record[64];

    (void)snprintf(record, sizeof(record), "{\"opened_ms\":%llu}",
                   (unsigned long long)now_ms); /* fits: one number */
    store_txn_put(t, key.text, record);
}

void arm_keep_open(struct store *store, const struct plan *plan, const char *host)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(store);
    int64_t window = (int64_t)plan_settings(plan)->arm_window_ms, opened_ms;
    int64_t every = window / 4 < (int64_t)KEEP_OPEN_MS ? window / 4 : (int64_t)KEEP_OPEN_MS;
    int64_t now = (int64_t)clock_realtime_ms();
    struct host_key key = host_key("arm", host);
    struct store_txn *t;
    uint64_t revision;

    /* Without a record it was removed meanwhile. */
    if (!read_opened(view, host, &opened_ms, &revision) ||
        (opened_ms <= now && now < opened_ms + every))
        return;
    t = store_txn_new(); /* NULL is what the submission refuses; the next word tries again */
    if (t) {
        store_txn_expect(t, key.text, revision);
        arm_put(t, host, (uint64_t)now);
    }
    store_submit(store, t, NULL, NULL);
}

size_t arm_count_future(const struct store_view *view, const struct plan *plan,
                        const char **ret_first)
{
    int64_t now = (int64_t)clock_realtime_ms(), opened_ms;
    size_t n = 0;

    for (size_t i = plan_host_count(plan); i > 0; i--) {
        const char *host = plan_host(plan, i - 1)->name;

        if (!read_opened(view, host, &opened_ms, NULL) || opened_ms <= now)
            continue;
        *ret_first = host;
        n++;
    }
    return n;
}
