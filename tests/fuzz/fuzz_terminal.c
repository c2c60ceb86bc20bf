/* SPDX-License-Identifier: Apache-2.0 */
/* What a server says about machines, and machines about themselves, on an administrator's terminal:
 * 's' and a status, 'p' and a list of machines that wait, 't' and a text. Whatever it is, no byte
 * of it moves the cursor or sets a colour, and no line of the board is wider than the terminal. */
#include "seed-server/seedctl/adopt.h"
#include "seed-server/seedctl/changes.h"
#include "seed-server/seedctl/machine.h"
#include "seed-server/seedctl/summary.h"
#include "seed-server/seedctl/text.h"

#define ANSWER_MAX (256 * 1024)
#define NOW_MS 1000120000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* C0 but for line ends, DEL, and C1 as UTF-8 has them. */
static void must_be_tame(const struct buf *out)
{
    must(buf_check(out) == 0);
    for (size_t i = 0; i < out->len; i++) {
        unsigned char c = (unsigned char)out->data[i];

        must((c >= 0x20 || c == '\n' || c == '\t') && c != 0x7f);
        must(c != 0xc2 || (unsigned char)out->data[i + 1] >= 0xa0);
    }
}

static void must_fit(const struct buf *out, size_t width)
{
    for (const char *line = out->data; line && *line;) {
        const char *end = strchr(line, '\n');
        _cleanup_free_ char *copy = end ? strndup(line, (size_t)(end - line)) : NULL;

        must(copy && text_width(copy) <= width);
        line = end + 1;
    }
}

static void show(const struct cluster_view *v, unsigned width, unsigned height)
{
    const struct board_style style = {.width = width, .height = height, .now_ms = NOW_MS};
    struct error e = ERROR_INIT;
    _cleanup_buf_ struct buf board = BUF_INIT(1 << 24), table = BUF_INIT(1 << 24),
                             good = BUF_INIT(1 << 24), bad = BUF_INIT(1 << 24);

    must(board_render(v, &style, &board, &e) == 0 && board_table(v, &style, &table, &e) == 0);
    must_be_tame(&board);
    must_fit(&board, width);
    must_be_tame(&table);
    must(summary_success(v, &style, &good, &e) == 0 && summary_failure(v, &style, &bad, &e) == 0);
    must_be_tame(&good);
    must_be_tame(&bad);
}

static void show_machines(const json_t *list)
{
    const json_t *entry;
    size_t i;

    json_array_foreach((json_t *)(uintptr_t)list, i, entry)
    {
        _cleanup_buf_ struct buf out = BUF_INIT(1 << 24), line = BUF_INIT(1 << 16);
        const json_t *disks = machine_disks(entry);
        const char *mac = machine_mac(entry);
        struct adoption a = {.mac = mac ? mac : "52:54:00:00:00:01", .name = "node9"};
        struct error e = ERROR_INIT;

        machine_describe(entry, NOW_MS, &out);
        (void)machine_has_mac(entry, "52:54:00:00:00:01");
        if (disks) {
            adopt_list_disks(disks, &out);
            a.pxe = true;
            (void)!adopt_choose_disk(disks, &a.disk, &e); /* none, where it is not one */
        }
        must_be_tame(&out);
        /* The line goes into hosts.ini. */
        if (adopt_line(&a, &line, &e) == 0) {
            must_be_tame(&line);
            must(line.len && !strchr(line.data, '\n'));
        }
    }
}

static void show_status(const json_t *status)
{
    _cleanup_buf_ struct buf changes = BUF_INIT(1 << 24), none = BUF_INIT(1 << 24);
    struct cluster_view v;
    struct error e = ERROR_INIT;

    if (cluster_view_read(status, &v, &e) < 0) {
        must(e.message[0] != '\0');
        return;
    }
    show(&v, 40, 8);
    show(&v, 119, 0);
    must(changes_render(NULL, &v, NOW_MS, &changes, &e) == 0);
    must_be_tame(&changes);
    must(changes_render(&v, &v, NOW_MS, &none, &e) == 0 && none.len == 0);
    (void)cluster_outcome(&v, 0, 1000, NOW_MS);
    (void)cluster_view_elapsed_ms(&v, NOW_MS);
    if (v.pending_list)
        show_machines(v.pending_list);
    cluster_view_done(&v);
}

static void show_text(const char *text, size_t len)
{
    _cleanup_buf_ struct buf cut = BUF_INIT(1 << 20), left = BUF_INIT(1 << 20),
                             lines = BUF_INIT(1 << 20);

    must(text_add(&cut, text, 20) <= 20);
    text_add_left(&left, text, 30);
    text_add_lines(&lines, text, len);
    must_be_tame(&cut);
    must_be_tame(&left);
    must_be_tame(&lines);
    must(text_width(left.data) == 30);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = size ? strndup((const char *)data + 1, size - 1) : NULL;
    _cleanup_json_ json_t *json = NULL;
    struct error e = ERROR_INIT;

    if (!text)
        return 0;
    if (data[0] == 't')
        show_text(text, strlen(text));
    else if (json_parse(text, strlen(text), ANSWER_MAX, &json, &e) < 0)
        return 0;
    else if (data[0] == 's')
        show_status(json);
    else if (data[0] == 'p')
        show_machines(json);
    return 0;
}
