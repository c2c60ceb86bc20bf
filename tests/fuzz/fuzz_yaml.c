/* SPDX-License-Identifier: Apache-2.0 */
#include "common/yaml.h"
#include "seed-server/inventory/inventory.h"
#include "seed-server/inventory/pyjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void key_seen(const char *path, unsigned depth, struct yaml_position where, void *userdata)
{
    (void)userdata;
    if (!path || !depth || !where.line || !where.column)
        abort();
}

static void print(int r, const json_t *value, struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(16 << 20);

    if (r == 0)
        r = inventory_print(value, &out, e);
    if (r < 0 && !e->message[0])
        abort();
}

/* A file of variables goes through both readers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int mark = 0; mark < 2; mark++) {
        struct yaml_options yaml_options = {
            .name = "vars.yml", .max_bytes = 65536, .mark_unsafe = mark, .key_seen = key_seen};
        struct pyjson_options json_options = {.mark_unsafe = mark};
        _cleanup_json_ json_t *yaml = NULL, *json = NULL;
        struct error e = ERROR_INIT;
        int r;

        r = yaml_parse((const char *)data, size, &yaml_options, &yaml, &e);
        print(r, yaml, &e);
        e = (struct error)ERROR_INIT;
        r = pyjson_parse((const char *)data, size, &json_options, &json, &e);
        print(r, json, &e);
    }
    return 0;
}
