/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted prints, and reads back as the same value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_buf_ struct buf text = BUF_INIT(1 << 20);
    _cleanup_json_ json_t *value = NULL, *again = NULL;
    struct error e = ERROR_INIT;

    if (json_parse((const char *)data, size, 65536, &value, &e) < 0)
        return 0;
    if (json_print(value, &text, &e) < 0)
        return 0; /* longer than the limit */
    if (json_parse(text.data, text.len, text.limit, &again, &e) < 0 || !json_equal(value, again))
        abort();
    return 0;
}
