/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buf.h"
#include "seed-server/inventory/inventory.h"
#include "seed-server/inventory/literal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every text is a value or is refused with a reason; a value is printed, or Ansible can't either.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_buf_ struct buf out = BUF_INIT(64 << 20);
    _cleanup_json_ json_t *value = NULL;
    struct error e = ERROR_INIT;

    if (literal_parse((const char *)data, size, &value, &e) < 0 ||
        inventory_print(value, &out, &e) < 0) {
        if (!e.message[0])
            abort();
    } else if (!out.len) {
        abort();
    }
    return 0;
}
