/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/identify.h"
#include "tests/unit/test.h"
#include "tree.h"

static void add_interface(struct tree *t, const char *name, const char *type, const char *assigned,
                          const char *address)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/type", name);
    tree_write(t, path, type);
    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/addr_assign_type", name);
    tree_write(t, path, assigned);
    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/address", name);
    tree_write(t, path, address);
}

static void test_macs(void **state)
{
    struct error e = ERROR_INIT;
    struct machine m;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    add_interface(&t, "lo", "772\n", "0\n", "00:00:00:00:00:00\n");
    add_interface(&t, "eth1", "1\n", "0\n", "52:54:00:00:00:0B\n");
    add_interface(&t, "eth0", "1\n", "0\n", "52:54:00:00:00:0a\n");
    add_interface(&t, "bond0", "1\n", "2\n", "52:54:00:00:00:0a\n");
    add_interface(&t, "cni0", "1\n", "1\n", "3a:54:00:00:00:0c\n");
    add_interface(&t, "ib0", "32\n", "0\n", "80:00:02:08:fe:80:00:00:00:00:00:00:00:02\n");
    assert_good(machine_read(t.root, &m, &e), &e);
    assert_int_equal(m.n_macs, 2);
    assert_string_equal(m.macs[0], "52:54:00:00:00:0a");
    assert_string_equal(m.macs[1], "52:54:00:00:00:0b");
    assert_string_equal(m.uuid, "");
    assert_string_equal(m.serial, "");
    tree_remove(&t);
}

static void test_firmware(void **state)
{
    struct error e = ERROR_INIT;
    struct machine m;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    assert_int_equal(machine_read(t.root, &m, &e), -ENODEV);
    tree_write(&t, "/sys/class/dmi/id/product_uuid", "4C4C4544-0042-3510-8052-B4C04F4A4E32\n");
    tree_write(&t, "/sys/class/dmi/id/product_serial", "7B5RJN2  \n");
    assert_good(machine_read(t.root, &m, &e), &e);
    assert_string_equal(m.uuid, "4c4c4544-0042-3510-8052-b4c04f4a4e32");
    assert_string_equal(m.serial, "7B5RJN2");
    /* What vendors leave in every machine of a series identifies none of them. */
    tree_write(&t, "/sys/class/dmi/id/product_uuid", "00000000-0000-0000-0000-000000000000\n");
    tree_write(&t, "/sys/class/dmi/id/product_serial", "To be filled by O.E.M.\n");
    assert_int_equal(machine_read(t.root, &m, &e), -ENODEV);
    /* Nor does memory that was never written. */
    tree_write(&t, "/sys/class/dmi/id/product_serial", "\xff\xff\xff\xff\n");
    assert_int_equal(machine_read(t.root, &m, &e), -ENODEV);
    tree_write(&t, "/sys/class/dmi/id/product_serial", "A\033[31m\n");
    assert_int_equal(machine_read(t.root, &m, &e), -ENODEV);
    tree_remove(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_macs),
        cmocka_unit_test(test_firmware),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
