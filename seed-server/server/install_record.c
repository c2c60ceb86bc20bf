/* SPDX-License-Identifier: Apache-2.0 */
#include "install_record.h"

#include "common/log.h"
#include "host_key.h"

void install_stored_done(struct install_stored *s)
{
    install_record_done(&s->record);
}

void install_stored_read(const struct store_view *view, const char *host,
                         struct install_stored *ret)
{
    struct host_key key = host_key("install", host), identity = host_key("identity", host);
    const char *text = store_view_get(view, key.text, &ret->revision);
    struct error e = ERROR_INIT;

    ret->record = install_record_absent(store_view_get(view, identity.text, NULL) != NULL);
    if (text && install_record_parse(text, &ret->record, &e) < 0) {
        log_error("store: %s: %s: %s counts as installed until it is rearmed with --reinstall",
                  key.text, e.message, host);
        ret->record = install_record_absent(true);
    }
}

void install_stored_put(const struct install_stored *s, const char *host, struct store_txn *t)
{
    struct host_key key = host_key("install", host);
    _cleanup_free_ char *text = install_record_text(&s->record);

    store_txn_expect(t, key.text, s->revision);
    store_txn_put(t, key.text, text);
}
