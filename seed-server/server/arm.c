/* SPDX-License-Identifier: Apache-2.0 */
#include "arm.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "host_key.h"

#define RECORD_MAX 4096

bool arm_is_open(const struct store_view *view, const struct plan *plan, const char *host,
                 uint64_t *ret_revision)
{
    int64_t window = (int64_t)plan_settings(plan)->arm_window_ms, opened_ms;
    struct host_key key = host_key("arm", host);
    _cleanup_json_ json_t *record = NULL;
    struct error e = ERROR_INIT;
    uint64_t revision = 0;
    const char *text = store_view_get(view, key.text, &revision);

    if (ret_revision)
        *ret_revision = revision;
    if (!text)
        return false;
    if (json_parse(text, strlen(text), RECORD_MAX, &record, &e) < 0 ||
        json_get_int(record, "opened_ms", &opened_ms, &e) < 0) {
        log_error("store: %s: %s: not armed", key.text, e.message);
        return false;
    }
    return (int64_t)clock_realtime_ms() < opened_ms + window;
}
