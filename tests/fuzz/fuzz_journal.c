/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken for a journal has in it what the program reads of one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_json_ json_t *document = NULL;
    json_t *entry;
    const char *name;
    struct error e = ERROR_INIT;

    if (journal_parse((const char *)data, size, &document, &e) < 0)
        return 0;
    if (!json_is_object(json_object_get(document, "intents")))
        abort();
    json_object_foreach(json_object_get(document, "steps"), name, entry)
    {
        if (!json_is_string(json_object_get(entry, "inputs")) ||
            !json_is_string(json_object_get(entry, "result")))
            abort();
    }
    return 0;
}
