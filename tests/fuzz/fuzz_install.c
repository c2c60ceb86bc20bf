/* SPDX-License-Identifier: Apache-2.0 */
/* What an installer reads of others' making: the first byte says as what. */
#include "bootstrap/install_boot.h"
#include "bootstrap/install_cmdline.h"
#include "bootstrap/install_config.h"
#include "bootstrap/install_intent.h"
#include "bootstrap/install_layout.h"
#include "bootstrap/install_network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_cmdline(const char *text)
{
    struct install_cmdline c;
    struct error e = ERROR_INIT;

    if (install_cmdline_parse(text, &c, &e) < 0)
        return;
    if (!c.server[0] || !c.plain[0] || strlen(c.pin) != 64 || c.vlan > 4094 ||
        c.n_members > INSTALL_BOND_MAX ||
        (!c.dhcp && (!c.address[0] || !c.prefix || c.prefix > 32)))
        abort();
}

static void fuzz_lease(const char *text)
{
    struct install_lease l;
    struct error e = ERROR_INIT;

    if (install_lease_parse(text, &l, &e) == 0 && (!l.address[0] || !l.prefix || l.prefix > 32))
        abort();
}

/* What is taken for a mark is printed as it was, but for members that are not known. */
static void fuzz_intent(const uint8_t *data, size_t size)
{
    uint8_t block[INSTALL_INTENT_SIZE] = {0}, again[INSTALL_INTENT_SIZE];
    struct install_intent intent, back;
    struct error e = ERROR_INIT;

    memcpy(block, data, size < sizeof(block) ? size : sizeof(block));
    if (install_intent_parse(block, &intent, &e) < 0)
        return;
    if (install_intent_print(&intent, again, &e) < 0 ||
        install_intent_parse(again, &back, &e) < 0 || strcmp(intent.host, back.host) != 0 ||
        intent.state != back.state)
        abort();
}

static void fuzz_layout(const char *text, size_t size)
{
    struct install_layout *l = malloc(sizeof(*l));
    struct error e = ERROR_INIT;

    if (l && install_layout_parse(text, size, "/t", l, &e) == 0 &&
        (l->root < 0 || (size_t)l->root >= l->n || l->esp >= (int)l->n))
        abort();
    free(l);
}

static void fuzz_boot(const char *text)
{
    struct boot_entries *l = malloc(sizeof(*l));
    char order[5 * (BOOT_ENTRIES_MAX + 1) + 1];
    struct error e = ERROR_INIT;

    if (l && boot_entries_parse(text, l, &e) == 0 &&
        boot_order_print(l, 0xab, order, sizeof(order), &e) < 0)
        abort();
    free(l);
}

static void fuzz_config(const char *text, size_t size)
{
    _cleanup_json_ json_t *json = NULL;
    struct install_config c;
    struct error e = ERROR_INIT;

    if (json_parse(text, size, INSTALL_CONFIG_MAX, &json, &e) < 0 || !json_is_object(json) ||
        install_config_read(json, &c, &e) < 0)
        return;
    if (!c.image.size || !c.image.raw_size || c.image.raw_size % INSTALL_SECTOR || !c.disk.name)
        abort();
    install_config_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = size ? strndup((const char *)data + 1, size - 1) : NULL;

    if (!text)
        return 0;
    switch (data[0]) {
    case 'c':
        fuzz_cmdline(text);
        break;
    case 'l':
        fuzz_lease(text);
        break;
    case 'i':
        fuzz_intent(data + 1, size - 1);
        break;
    case 'p':
        fuzz_layout(text, strlen(text));
        break;
    case 'b':
        fuzz_boot(text);
        break;
    case 'j':
        fuzz_config(text, strlen(text));
        break;
    default:
        break;
    }
    return 0;
}
