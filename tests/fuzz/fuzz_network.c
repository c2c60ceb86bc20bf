/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "bootstrap/network_files.h"
#include "bootstrap/network_foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct network network = {
    .n_nics = 2, .nics = {{"52:54:00:00:00:0a", "ens3"}, {"52:54:00:00:00:0b", "eth0"}}
};

/* What is accepted can be rendered for every image, as text without surprises. */
static void render(const char *text, size_t size)
{
    _cleanup_json_ json_t *json = NULL;
    struct error e = ERROR_INIT;
    struct network n;

    if (json_parse(text, size, 64 * 1024, &json, &e) < 0 || network_parse(json, &n, &e) < 0)
        return;
    if (!n.bond)
        n.nics[n.n_nics++] = network.nics[0];
    for (int i = 0; i < 2 * NETWORK_NOBODY; i++) {
        _cleanup_network_files_ struct network_files files = {.n = 0};
        bool new = i >= NETWORK_NOBODY;
        struct network_image image = {.backend = (enum network_backend)(i % NETWORK_NOBODY),
                                      .permanent_mac = new,
                                      .netplan_routes = new,
                                      .cloud_init = true};

        if (network_render(&n, &image, &files, &e) < 0 || files.n == NETWORK_FILES_MAX)
            abort();
        for (size_t k = 0; k < files.n; k++)
            for (const char *p = files.items[k].text.data; *p; p++)
                if (*p != '\n' && !isprint((unsigned char)*p))
                    abort();
    }
}

/* Nothing of ours remains, whatever they wrote. */
static void take_out(const char *text, bool netplan)
{
    _cleanup_buf_ struct buf once = BUF_INIT(1 << 20), twice = BUF_INIT(1 << 20);
    enum foreign_result first, second;
    struct error e = ERROR_INIT;
    int r;

    r = netplan ? foreign_netplan(text, strlen(text), &network, &once, &first, &e)
                : foreign_interfaces(text, &network, &once, &first, &e);
    if (r < 0 || first != FOREIGN_CHANGE)
        return;
    r = netplan ? foreign_netplan(once.data, once.len, &network, &twice, &second, &e)
                : foreign_interfaces(once.data, &network, &twice, &second, &e);
    if (r < 0 || second != FOREIGN_KEEP)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = size ? malloc(size) : NULL;

    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0]) {
    case 'j':
        render(text, size - 1);
        break;
    case 'i':
        take_out(text, false);
        (void)foreign_interfaces_reads(text, "/etc/network/interfaces.d/nodeseed");
        break;
    case 'n':
        take_out(text, true);
        break;
    default:
        break;
    }
    return 0;
}
