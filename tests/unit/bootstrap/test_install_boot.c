/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/install_boot.h"
#include "tests/unit/test.h"
#include "tree.h"

/* efibootmgr 17 in QEMU with OVMF. */
static const char printed[] =
    "BootCurrent: 0003\n"
    "Timeout: 0 seconds\n"
    "BootOrder: 0000,0001,0003,0004,0002\n"
    "Boot0000* "
    "UiApp\tFvVol(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/"
    "FvFile(462caa21-7614-4503-836e-8ab6f4662331)\n"
    "Boot0001* UEFI Misc Device\tPciRoot(0x0)/Pci(0x3,0x0)\n"
    "Boot0002  EFI Internal Shell\tFvVol(7cb8bdc9)\n"
    "Boot0003* UEFI PXEv4 "
    "(MAC:525400AABB01)\tPciRoot(0x0)/Pci(0x2,0x0)/MAC(525400aabb01,1)/IPv4(0.0.0.0)\n"
    "Boot0004* UEFI HTTPv4 (MAC:525400AABB01)\tPciRoot(0x0)\n"
    "Boot00AB* nodeseed node2\tHD(2,GPT,aaaa)/File(\\EFI\\debian\\grubx64.efi)\n"
    "MirroredPercentageAbove4G: 0.00\n";

static void test_parse(void **state)
{
    struct boot_entries l;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(boot_entries_parse(printed, &l, &e), &e);
    assert_int_equal(l.current, 3);
    assert_int_equal(l.n, 6);
    assert_int_equal(l.items[5].number, 0xab);
    assert_string_equal(l.items[5].label, "nodeseed node2");
    assert_string_equal(l.items[2].label, "EFI Internal Shell");
    assert_int_equal(l.n_order, 5);
    assert_int_equal(l.order[4], 2);
    assert_good(boot_entries_parse("", &l, &e), &e);
    assert_int_equal(l.current, -1);
    assert_good(boot_entries_parse("Boot\nBoot000\nBootOrder: \nBootCurrent: x\nBoot0001", &l, &e),
                &e);
    assert_int_equal(l.n + l.n_order, 0);
}

static void test_order(void **state)
{
    static const struct {
        int current;
        unsigned number;
        const char *order;
    } rows[] = {
        {3,  0xab, "0003,00AB,0000,0001,0004,0002"},
        {3,  4,    "0003,0004,0000,0001,0002"     }, /* it was in the order */
        {3,  2,    "0003,0002,0000,0001,0004"     },
        {-1, 0xab, "00AB,0000,0001,0003,0004,0002"}, /* started from something that is not listed */
        {9,  2,    "0002,0000,0001,0003,0004"     },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct boot_entries l;
        struct error e = ERROR_INIT;
        char order[256];

        assert_good(boot_entries_parse(printed, &l, &e), &e);
        l.current = rows[i].current;
        assert_good(boot_order_print(&l, rows[i].number, order, sizeof(order), &e), &e);
        assert_string_equal(order, rows[i].order);
        assert_int_equal(boot_order_print(&l, rows[i].number, order, 8, &e), -E2BIG);
    }
}

static void test_loader(void **state)
{
    static const struct {
        const char *file, *loader; /* added to those before */
    } rows[] = {
        {"EFI/BOOT/BOOTX64.EFI",   "\\EFI\\BOOT\\BOOTX64.EFI"  },
        {"EFI/debian/grubx64.efi", "\\EFI\\debian\\grubx64.efi"},
        {"EFI/debian/shimx64.efi", "\\EFI\\debian\\shimx64.efi"},
    };
    struct tree t;
    struct error e = ERROR_INIT;
    char *loader;

    (void)state;
    tree_make(&t, NULL);
    assert_int_equal(boot_find_loader(t.root, &loader, &e), -ENOENT);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "/%s", rows[i].file);
        tree_write(&t, path, "x");
        assert_good(boot_find_loader(t.root, &loader, &e), &e);
        assert_string_equal(loader, rows[i].loader);
        free(loader);
    }
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_loader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
