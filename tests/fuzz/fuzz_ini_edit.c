/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "seed-server/inventory/ini_edit.h"
#include "seed-server/inventory/inventory.h"
#include "seed-server/inventory/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINE "fuzz9 ip=192.0.2.9"

static struct inventory *loaded(const char *text, size_t len)
{
    struct inventory *inv = NULL;
    struct error e = ERROR_INIT;

    if (model_new(&inv, &e) < 0)
        abort();
    if (ini_parse(inv, "hosts.ini", text, len, &e) == 0 && model_reconcile(inv, &e) == 0)
        return inv;
    inventory_free(inv);
    return NULL;
}

/* Whatever the file: every byte of it is there afterwards, in two pieces around what came in; and
 * what could be loaded can be loaded still, with one host more. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(inventory_freep) struct inventory *before = NULL, *after = NULL;
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 24);
    const char *text = (const char *)data;
    struct error e = ERROR_INIT;
    size_t same = 0, more;

    if (ini_insert(text, size, "all", true, LINE, &out, &e) < 0)
        abort();
    more = out.len - size;
    while (same < size && out.data[same] == text[same])
        same++;
    if (out.len < size || memcmp(out.data + same + more, text + same, size - same) != 0)
        abort();
    before = loaded(text, size);
    if (!before || inventory_find_host(before, "fuzz9") != SIZE_MAX)
        return 0;
    after = loaded(out.data, out.len);
    if (!after || inventory_host_count(after) != inventory_host_count(before) + 1 ||
        inventory_find_host(after, "fuzz9") == SIZE_MAX)
        abort();
    return 0;
}
