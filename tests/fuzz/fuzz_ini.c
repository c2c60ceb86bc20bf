/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/inventory/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is accepted can be printed both ways (but for sets and their like), and every host's
 * variables can be looked up. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    struct error e = ERROR_INIT;

    if (model_new(&inv, &e) < 0)
        abort();
    if (ini_parse(inv, "hosts.ini", (const char *)data, size, &e) < 0 ||
        model_reconcile(inv, &e) < 0) {
        if (!e.message[0])
            abort();
        return 0;
    }
    if (inventory_host_count(inv) > 10000)
        return 0; /* slow, and nothing new */
    for (int export = 0; export < 2; export ++) {
        _cleanup_buf_ struct buf out = BUF_INIT(64 << 20);

        if (inventory_export(inv, export, &out, &e) == 0 && (!out.len || out.data[0] != '{'))
            abort();
    }
    for (size_t i = 0; i < inventory_host_count(inv); i++) {
        const char *name = inventory_host_name(inv, i);
        size_t found = inventory_find_host(inv, name);

        if (strlen(name) == inv->hosts[i].name->len && found != i)
            abort();
        (void)inventory_host_var(inv, i, "ansible_host", NULL);
    }
    return 0;
}
