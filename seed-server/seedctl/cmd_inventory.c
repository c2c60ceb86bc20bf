/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "command.h"
#include "seed-server/inventory/inventory.h"

#define OUTPUT_MAX ((size_t)4 * 1024 * 1024 * 1024)

/* Prints the text, or the reason on stderr as FILE:LINE: so that editors find the place. */
static int finish(int r, const struct buf *out, const struct error *e)
{
    if (r < 0) {
        fprintf(stderr, "%s\n", e->message);
        return COMMAND_REFUSED;
    }
    (void)fwrite(out->data, 1, out->len, stdout); /* main looks at ferror */
    return 0;
}

int command_inventory(int argc, char *argv[], struct error *e)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    _cleanup_buf_ struct buf out = BUF_INIT(OUTPUT_MAX);
    const char *file = NULL;
    bool export = false;
    int r;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--export") == 0)
            export = true;
        else if (argv[i][0] == '-' && argv[i][1])
            return COMMAND_USAGE;
        else if (file)
            return COMMAND_USAGE;
        else
            file = argv[i];
    }
    if (!file)
        return COMMAND_USAGE;
    r = inventory_load_file(file, true, &inv, e);
    for (size_t i = 0; r == 0 && i < inventory_warning_count(inv); i++)
        fprintf(stderr, "warning: %s\n", inventory_warning(inv, i));
    if (r == 0)
        r = inventory_export(inv, export, &out, e);
    return finish(r, &out, e);
}

int command_vars(int argc, char *argv[], struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(OUTPUT_MAX);
    _cleanup_json_ json_t *value = NULL;
    int r;

    if (argc != 2)
        return COMMAND_USAGE;
    r = inventory_load_vars(argv[1], &value, e);
    if (r == 0) {
        r = inventory_print(value, &out, e);
        if (r < 0)
            r = error_wrap(e, "%s:1", argv[1]);
    }
    return finish(r, &out, e);
}
