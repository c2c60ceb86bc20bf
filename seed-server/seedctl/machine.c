/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include "common/fingerprint.h"
#include "text.h"

#define COLUMNS_MAX 6
#define CELL_MAX 60 /* columns of a terminal; the last cell of a row may take more */
#define LAST_CELL_MAX 200

/* A list of objects as a table: heading, member and kind of each column. */
enum kind { KIND_TEXT, KIND_SIZE, KIND_LINK, KIND_SPEED };
struct column {
    const char *heading, *member;
    enum kind kind;
};

static const struct column nic_columns[] = {
    {"NIC",    "name",   KIND_TEXT },
    {"MAC",    "mac",    KIND_TEXT },
    {"LINK",   "link",   KIND_LINK },
    {"SPEED",  "speed",  KIND_SPEED},
    {"DRIVER", "driver", KIND_TEXT },
};

static const struct column disk_columns[] = {
    {"DISK",       "name",    KIND_TEXT},
    {"SIZE",       "size",    KIND_SIZE},
    {"SERIAL",     "serial",  KIND_TEXT},
    {"WWN",        "wwn",     KIND_TEXT},
    {"PATH",       "path",    KIND_TEXT},
    {"WHAT IS ON", "content", KIND_TEXT},
};

static void add_cell(const json_t *item, const struct column *c, struct buf *out)
{
    const json_t *value = json_object_get(item, c->member);
    json_int_t number = json_integer_value(value);
    char size[TEXT_SIZE_SIZE];

    switch (c->kind) {
    case KIND_SIZE:
        text_size(number > 0 ? (uint64_t)number : 0, size);
        buf_add_str(out, json_is_integer(value) ? size : "-");
        break;
    case KIND_LINK:
        buf_add_str(out, !json_is_boolean(value) ? "-" : json_is_true(value) ? "up" : "none");
        break;
    case KIND_SPEED:
        if (number > 0)
            buf_addf(out, "%lld Mb/s", (long long)number);
        else
            buf_add_char(out, '-');
        break;
    case KIND_TEXT:
        buf_add_str(out, json_is_string(value) && json_string_length(value)
                             ? json_string_value(value)
                             : "-");
        break;
    }
}

static size_t cell_width(const json_t *item, const struct column *c)
{
    _cleanup_buf_ struct buf text = BUF_INIT(4096);

    add_cell(item, c, &text);
    return text.data ? text_width(text.data) : 1;
}

static void add_row(const json_t *item, const struct column *columns, size_t n,
                    const size_t *widths, struct buf *out)
{
    _cleanup_buf_ struct buf text = BUF_INIT(4096);

    buf_add_str(out, "    ");
    for (size_t i = 0; i < n; i++) {
        const char *cell = columns[i].heading;

        if (item) {
            buf_clear(&text);
            add_cell(item, &columns[i], &text);
            cell = text.data ? text.data : "?";
        }
        if (i + 1 == n) {
            (void)text_add(out, cell, LAST_CELL_MAX);
        } else {
            text_add_left(out, cell, widths[i]);
            buf_add_str(out, "  ");
        }
    }
    text_end_line(out);
}

static void add_table(const json_t *list, const struct column *columns, size_t n, struct buf *out)
{
    size_t widths[COLUMNS_MAX], i, k;
    const json_t *item;

    if (json_array_size(list) == 0)
        return;
    for (k = 0; k < n; k++)
        widths[k] = text_width(columns[k].heading);
    json_array_foreach((json_t *)list, i, item)
    {
        for (k = 0; k < n; k++) {
            size_t width = cell_width(item, &columns[k]);

            width = width > CELL_MAX ? CELL_MAX : width;
            widths[k] = width > widths[k] ? width : widths[k];
        }
    }
    add_row(NULL, columns, n, widths, out);
    json_array_foreach((json_t *)list, i, item) add_row(item, columns, n, widths, out);
}

/* ---- the machine ----------------------------------------------------------------------------- */

const char *machine_mac(const json_t *entry)
{
    return json_string_value(json_array_get(json_object_get(entry, "macs"), 0));
}

bool machine_has_mac(const json_t *entry, const char *mac)
{
    return json_has_text(json_object_get(entry, "macs"), mac);
}

const json_t *machine_disks(const json_t *entry)
{
    const json_t *disks = json_object_get(json_object_get(entry, "facts"), "disks");

    return json_is_array(disks) ? disks : NULL;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s && *s ? s : NULL;
}

static void add_named(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    buf_addf(out, "  %s ", name);
    (void)text_add(out, value, 128);
}

/* "CPUs 16, memory 65536 MB, Dell Inc. PowerEdge R640" */
static void add_summary(const json_t *facts, struct buf *out)
{
    const json_t *dmi = json_object_get(facts, "dmi");
    const char *vendor = text_of(dmi, "vendor"), *product = text_of(dmi, "product");

    buf_addf(out, "    CPUs %lld, memory %lld MB",
             (long long)json_integer_value(json_object_get(facts, "cpus")),
             (long long)json_integer_value(json_object_get(facts, "memory_mb")));
    if (vendor || product)
        buf_add_str(out, ", ");
    if (vendor)
        (void)text_add(out, vendor, 64);
    if (vendor && product)
        buf_add_char(out, ' ');
    if (product)
        (void)text_add(out, product, 64);
    buf_add_char(out, '\n');
}

/* As the machine's own console shows it. */
static void add_fingerprint(const json_t *entry, struct buf *out)
{
    const char *hex = text_of(entry, "fingerprint");
    char plain[FINGERPRINT_SIZE];

    if (!hex || !fingerprint_read(hex, plain))
        return;
    buf_add_str(out, "    fingerprint ");
    fingerprint_add(out, plain, "                ");
}

static void add_seen(const json_t *entry, uint64_t now_ms, struct buf *out)
{
    json_int_t last = json_integer_value(json_object_get(entry, "last_ms"));
    const char *reason = text_of(entry, "reason"), *address = text_of(entry, "address");
    char ago[TEXT_DURATION_SIZE];

    buf_add_str(out, "    ");
    (void)text_add(out, reason ? reason : "asked for an identity", LAST_CELL_MAX);
    if (address) {
        buf_add_str(out, "; from ");
        (void)text_add(out, address, 48);
    }
    if (last > 0 && now_ms >= (uint64_t)last) {
        text_duration(now_ms - (uint64_t)last, ago);
        buf_addf(out, "; last seen %s ago", ago);
    }
    buf_add_char(out, '\n');
}

void machine_describe(const json_t *entry, uint64_t now_ms, struct buf *out)
{
    const json_t *facts = json_object_get(entry, "facts");
    const char *mac = machine_mac(entry), *claims = text_of(entry, "claims");

    buf_add_str(out, "  ");
    (void)text_add(out, mac ? mac : claims ? claims : "a machine without a name", 64);
    add_named(out, "calls itself", mac ? claims : NULL);
    add_named(out, "uuid", text_of(entry, "uuid"));
    add_named(out, "serial", text_of(entry, "serial"));
    text_end_line(out);
    add_seen(entry, now_ms, out);
    add_fingerprint(entry, out);
    if (!json_is_object(facts))
        return;
    add_summary(facts, out);
    add_table(json_object_get(facts, "nics"), nic_columns, ARRAY_SIZE(nic_columns), out);
    add_table(json_object_get(facts, "disks"), disk_columns, ARRAY_SIZE(disk_columns), out);
}
