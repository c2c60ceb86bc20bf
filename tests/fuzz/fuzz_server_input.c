/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json_diff.h"
#include "common/mem.h"
#include "common/protocol.h"
#include "common/ssh_key.h"
#include "seed-server/plan/changes.h"
#include "seed-server/server/applied_record.h"
#include "seed-server/server/enrol.h"
#include "seed-server/server/facts.h"
#include "seed-server/server/http_uri.h"
#include "seed-server/server/install_state.h"
#include "seed-server/server/lease.h"
#include "seed-server/server/mark_record.h"
#include "seed-server/server/progress.h"
#include "seed-server/server/range.h"
#include "seed-server/server/ssh_keys.h"
#include "seed-server/server/volume_record.h"
#include "seed-server/server/wipe_grant.h"
#include "seed-server/server/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void try_report(const char *text, size_t size)
{
    struct progress p = PROGRESS_INIT, again;
    struct error e = ERROR_INIT;
    struct report r;

    if (report_parse(text, size, &r, &e) < 0) {
        must(e.message[0] != '\0');
        return;
    }
    if (progress_apply(&p, &r, 1, &e) == 0) {
        _cleanup_json_ json_t *o = progress_json(&p);
        _cleanup_free_ char *record = o ? json_dumps(o, JSON_COMPACT) : NULL;

        must(record && progress_parse(record, &again, &e) == 0);
        progress_done(&again);
    }
    progress_done(&p);
    report_done(&r);
}

static void try_claim(const char *text, size_t size)
{
    _cleanup_json_ json_t *o = NULL;
    struct enrol_claim claim;
    struct error e = ERROR_INIT;

    if (json_parse(text, size, 65536, &o, &e) == 0 && enrol_claim_read(o, &claim, &e) == 0)
        must(claim.macs_n <= ENROL_MACS_MAX);
}

/* Whatever is kept of a stranger's facts can be read again, and shown on a terminal. */
static void try_facts(const char *text, size_t size)
{
    _cleanup_json_ json_t *o = NULL, *again = NULL;
    _cleanup_free_ char *kept = NULL;
    struct error e = ERROR_INIT;

    if (json_parse(text, size, 65536, &o, &e) < 0 || facts_read(o, &kept, &e) < 0 || !kept)
        return;
    must(strlen(kept) <= PROTOCOL_FACTS_MAX);
    for (const char *c = kept; *c; c++)
        must(*c >= 0x20 && *c < 0x7f);
    must(!strstr(kept, "\\u") && json_parse(kept, strlen(kept), 65536, &again, &e) == 0);
}

/* A record that can be read is written and read the same; what an installer says never leaves a
 * state that has no name. */
static void try_install(const char *text, size_t size)
{
    struct install_record r = install_record_absent(false), again;
    struct install_done done;
    struct error e = ERROR_INIT;
    unsigned incarnation;
    bool changes;

    (void)!install_handover_parse(text, size, &incarnation, &e);
    r.state = INSTALL_WRITING;
    if (install_done_parse(text, size, &done, &e) == 0 &&
        install_apply_done(&r, &done, 1, &changes, &e) == 0)
        must(changes && r.state == INSTALL_INSTALLED && *r.root_uuid && r.disk.size > 0);
    install_record_done(&r);
    if (install_record_parse(text, &r, &e) < 0)
        return;
    {
        _cleanup_free_ char *first = install_record_text(&r), *second = NULL;

        must(first && install_record_parse(first, &again, &e) == 0);
        second = install_record_text(&again);
        must(second && strcmp(first, second) == 0 && install_state_name(r.state));
        install_record_done(&again);
    }
    install_record_done(&r);
}

/* What a node tells of its volumes is stored, and is the same when it is read again. */
static void try_volumes(const char *text, size_t size)
{
    _cleanup_json_ json_t *volumes = NULL, *emptied = NULL, *again = NULL, *rest = NULL;
    _cleanup_json_ json_t *record = volumes_record(text);
    _cleanup_free_ char *stored = NULL;
    struct error e = ERROR_INIT;
    size_t n = json_array_size(record);
    bool done;

    must(json_is_array(record));
    must(!release_answer(record, "1", "done", "", &done) || (done && json_array_size(record) < n));
    (void)release_answer(record, "1", "empty", "", &done);
    must(!done);
    if (volumes_body_parse(text, size, &volumes, &emptied, &e) < 0) {
        must(e.message[0] != '\0');
        return;
    }
    stored = json_dumps(volumes, JSON_COMPACT);
    again = volumes_record(stored);
    must(json_equal(volumes, again));
    (void)release_note_emptied(record, emptied);
    rest = release_to_empty(record);
    must(rest && json_array_size(rest) <= json_array_size(record));
}

/* What a ready host is to carry out: read, written and read the same. */
static void try_applied(const char *text)
{
    struct applied a, again;
    struct error e = ERROR_INIT;
    _cleanup_free_ char *record = NULL;

    if (applied_parse(text, &a, &e) < 0) {
        must(e.message[0] != '\0');
        return;
    }
    record = applied_text(&a);
    must(record && applied_parse(record, &again, &e) == 0);
    must(strcmp(a.config, again.config) == 0 && strcmp(a.from, again.from) == 0);
    must(!applied_is_due(&a, a.config, a.config));
    (void)applied_attended(&a, again.config, again.config);
    must(!a.from[0] || !again.config[0]);
}

static int count_change(const char *path, const json_t *old, const json_t *new, void *userdata)
{
    must(*path && (old || new) && !(old && new &&json_equal(old, new)));
    ++*(size_t *)userdata;
    return 0;
}

/* [old, new]: what differs is said exactly where something does. */
static void try_difference(const char *text, size_t size)
{
    _cleanup_json_ json_t *pair = NULL, *changes = NULL;
    const json_t *old, *new;
    struct error e = ERROR_INIT;
    size_t n = 0;

    if (json_parse(text, size, 65536, &pair, &e) < 0 || json_array_size(pair) != 2)
        return;
    old = json_array_get(pair, 0);
    new = json_array_get(pair, 1);
    must(json_diff(old, old, count_change, &n, &e) == 0 && n == 0);
    (void)!json_diff(old, new, count_change, &n, &e);
    must(n == 0 || !json_equal(old, new));
    (void)!plan_changes(old, new, &changes, &e);
}

/* A grant is used whole or not at all, and what is stored of it can be read again. */
static void try_wipe(const char *text, size_t size)
{
    struct wipe_grant grant = {.state = WIPE_GRANTED}, again;
    struct wipe_use use;
    struct error e = ERROR_INIT;
    bool stores = false;

    if (wipe_use_parse(text, size, &use, &e) == 0) {
        _cleanup_free_ char *stored = NULL;

        memcpy(grant.id, use.id, sizeof(grant.id));
        must(wipe_grant_apply(&grant, &use, 1, &stores, &e) == 0 && stores);
        stored = wipe_grant_text(&grant);
        must(stored && wipe_grant_parse(stored, &again, &e) == 0 && again.state == grant.state);
    }
    if (wipe_grant_parse(text, &again, &e) == 0)
        must(again.state < WIPE_STATE_COUNT);
}

/* What is stored of SSH host keys is one line each, which nothing can end early. */
static void try_ssh_keys(const char *text, size_t size)
{
    _cleanup_json_ json_t *record = NULL;
    _cleanup_free_ char *kept = NULL;
    struct error e = ERROR_INIT;
    const json_t *key;
    size_t i;

    if (ssh_keys_read(text, size, &kept, &e) < 0) {
        must(e.message[0] != '\0');
        return;
    }
    must(json_parse(kept, strlen(kept), 65536, &record, &e) == 0);
    json_array_foreach(json_object_get(record, "keys"), i, key)
    {
        size_t len;

        must(ssh_key_check(json_string_value(key), &len, &e) == 0);
    }
}

/* What a config says of labels and taints becomes a record that can be read, and so does what comes
 * after it; what the first master says is written and read the same. */
static void try_marks(const char *text, size_t size)
{
    static const char digest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    _cleanup_json_ json_t *config = NULL, *node = NULL, *empty = json_object();
    _cleanup_free_ char *record = NULL, *next = NULL, *made = NULL;
    struct nodes_made m, again;
    struct error e = ERROR_INIT;

    if (nodes_made_parse(text, size, &m, &e) == 0) {
        made = nodes_made_text(&m);
        must(made && nodes_made_parse(made, strlen(made), &again, &e) == 0);
        must(strcmp(m.digest, again.digest) == 0 && m.missing == again.missing);
    }
    (void)!mark_record_next(text, empty, digest, &next, &e);
    if (json_parse(text, size, 65536, &config, &e) < 0 ||
        mark_record_next(NULL, config, digest, &record, &e) < 0 || !record)
        return;
    free(next);
    next = NULL;
    must(mark_record_node(record, "n", &node, &e) == 0);
    must(mark_record_next(record, empty, digest, &next, &e) == 0 && next);
}

/* What strangers and nodes send, each parser over the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = strndup((const char *)data, size);
    _cleanup_(x509_csr_freep) struct x509_csr *csr = NULL;
    uint64_t offset = 0, len = 0;
    struct lease lease = {0};
    struct error e = ERROR_INIT;
    char value[32];

    if (!text)
        return 0;
    if (range_parse(text, 1000, &offset, &len) == RANGE_PART)
        must(len > 0 && offset < 1000 && offset + len <= 1000);
    (void)etag_listed(text, "\"abc\""); /* only that it comes back, as with the next ones */
    if (uri_is_plain(text)) {
        _cleanup_free_ char *path = strndup(text, strcspn(text, "?"));

        must(!strchr(text, '%') && path && !strstr(path, "/../") && !strstr(path, "//"));
    }
    (void)!uri_query_text(text, "wait", value, sizeof(value));
    (void)!lease_take_record(&lease, text, 1, 1, &e);
    (void)!x509_csr_parse(text, strlen(text), &csr, &e);
    try_report(text, strlen(text));
    try_claim(text, strlen(text));
    try_facts(text, strlen(text));
    try_install(text, strlen(text));
    try_volumes(text, strlen(text));
    try_applied(text);
    try_difference(text, strlen(text));
    try_wipe(text, strlen(text));
    try_ssh_keys(text, strlen(text));
    try_marks(text, strlen(text));
    return 0;
}
