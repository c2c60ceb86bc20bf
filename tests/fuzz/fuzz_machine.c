/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as its kernel and firmware describe it: the folders are those of tests/fuzz/machine,
 * and each file that is read is the next piece of the input (files.h). The first piece is the place
 * of a disk below sys/devices. */
#include <ctype.h>

#include "bootstrap/disk_list.h"
#include "bootstrap/disk_use.h"
#include "bootstrap/identify.h"
#include "bootstrap/install_facts.h"
#include "bootstrap/install_network.h"
#include "bootstrap/nic.h"
#include "tests/fuzz/files.h"

#define ROOT "tests/fuzz/machine"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What identifies a machine goes into requests, lists and logs. */
static void identify(void)
{
    struct machine m;
    struct error e = ERROR_INIT;
    char again[UUID_TEXT_SIZE];

    if (machine_read(ROOT, &m, &e) < 0) {
        must(e.message[0] != '\0');
        return;
    }
    must(m.n_macs <= IDENTITY_MACS_MAX && (m.n_macs || m.uuid[0] || m.serial[0]));
    for (size_t i = 0; i < m.n_macs; i++) {
        must(parse_mac(m.macs[i], again, NULL) == 0 && strcmp(m.macs[i], again) == 0);
        must(i == 0 || strcmp(m.macs[i - 1], m.macs[i]) < 0);
    }
    must(!m.uuid[0] || parse_uuid(m.uuid, again, NULL) == 0);
    for (const char *p = m.serial; *p; p++)
        must(isprint((unsigned char)*p));
}

static void list_disks(void)
{
    const struct disk_roots roots = {ROOT "/sys", ROOT "/dev", ROOT "/proc", ""};
    _cleanup_disk_list_ struct disk_list list = {NULL, 0};
    struct error e = ERROR_INIT;

    if (disk_list_read(&roots, &list, &e) < 0)
        return;
    for (size_t i = 0; i < list.n; i++) {
        struct disk_use use;

        must(list.items[i].name && list.items[i].size % 512 == 0);
        for (const char *p = list.items[i].serial; p && *p; p++)
            must((unsigned char)*p >= 0x20);
        if (disk_use_read(&roots, &list.items[i], &use, &e) == 0)
            must(strlen(use.words) < sizeof(use.words));
    }
}

static void list_nics(void)
{
    struct install_nic cards[INSTALL_NICS_MAX];
    struct error e = ERROR_INIT;
    struct nics nics;
    char words[64];
    size_t n;

    if (nics_read(ROOT, &nics, &e) == 0)
        nics_describe(&nics, words, sizeof(words));
    if (install_nics_read(ROOT, cards, &n, &e) == 0)
        must(n <= INSTALL_NICS_MAX);
}

static char *next_attribute(const char *folder, const char *name, void *userdata)
{
    (void)folder;
    (void)name;
    (void)userdata;
    return files_next_piece();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *place = NULL, *path = NULL, *number = NULL;
    _cleanup_json_ json_t *facts = NULL;
    _cleanup_buf_ struct buf text = BUF_INIT(INSTALL_FACTS_MAX);
    struct error e = ERROR_INIT;
    uint64_t kb;

    files_are_pieces(data, size);
    place = files_next_piece();
    path = disk_path_name(place, next_attribute, NULL);
    number = wwn_normalize(place);
    /* Each begins with the first piece, so that none depends on what another has read. */
    files_are_pieces(data, size);
    identify();
    files_are_pieces(data, size);
    list_disks();
    files_are_pieces(data, size);
    list_nics();
    files_are_pieces(data, size);
    (void)!machine_memory_kb(ROOT, &kb, &e); /* only that it comes back */
    files_are_pieces(data, size);
    if (install_facts_read(ROOT, &facts, &e) == 0)
        must(json_print(facts, &text, &e) == 0);
    return 0;
}
