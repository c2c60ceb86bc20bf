/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mem.h"
#include "seed-server/server/enrol.h"
#include "seed-server/server/http_uri.h"
#include "seed-server/server/lease.h"
#include "seed-server/server/progress.h"
#include "seed-server/server/range.h"
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
    return 0;
}
