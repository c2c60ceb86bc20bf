/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/inventory/ini_edit.h"
#include "tests/unit/test.h"

#define NEW "node9 ip=192.168.0.90"

static void expect(const char *before, bool make, const char *after)
{
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;

    assert_good(ini_insert(before, strlen(before), "all", make, NEW, &out, &e), &e);
    assert_string_equal(out.data, after);
}

static void behind_the_last_host(void **state)
{
    (void)state;
    expect("[all]\nnode1\n\n[etcd]\nnode1\n", false, "[all]\nnode1\n" NEW "\n\n[etcd]\nnode1\n");
    expect("[all]\nnode1 # first\n\n# spare:\n;node2\n\n# members\n[etcd]\n", false,
           "[all]\nnode1 # first\n" NEW "\n\n# spare:\n;node2\n\n# members\n[etcd]\n");
    expect("[all]\n  node1\n\n\tnode2\n   \n[etcd]\n", false,
           "[all]\n  node1\n\n\tnode2\n" NEW "\n   \n[etcd]\n");
}

static void behind_the_header(void **state)
{
    (void)state;
    expect("[all]\n", false, "[all]\n" NEW "\n");
    expect("[all] # everybody\n# nobody yet\n[etcd]\n", false,
           "[all] # everybody\n" NEW "\n# nobody yet\n[etcd]\n");
    expect("[all:hosts]\n[etcd]\n", false, "[all:hosts]\n" NEW "\n[etcd]\n");
}

/* Variables and children of the group are other sections, as are groups whose names only begin so.
 */
static void the_right_section(void **state)
{
    (void)state;
    expect("[all:vars]\nx=1\n[allies]\na\n[ all]\n[all]\nnode1\n[all]\nnode2\n", false,
           "[all:vars]\nx=1\n[allies]\na\n[ all]\n[all]\nnode1\n" NEW "\n[all]\nnode2\n");
    assert_false(ini_has_section("[all:vars]\nx=1\n", 16, "all"));
    assert_false(ini_has_section("#[all]\n", 7, "all"));
    assert_false(ini_has_section("[al]\n", 5, "all"));
    assert_false(ini_has_section("[all]  ; no", 11, "all")); /* the loader refuses it */
    assert_true(ini_has_section("x\n [all]", 8, "all"));
}

static void line_breaks(void **state)
{
    (void)state;
    expect("[all]\r\nnode1\r\n\r\n[etcd]\r\n", false,
           "[all]\r\nnode1\r\n" NEW "\r\n\r\n[etcd]\r\n");
    expect("[all]\nnode1", false, "[all]\nnode1\n" NEW "\n");
    expect("[all]\r\nnode1", false, "[all]\r\nnode1\r\n" NEW "\r\n");
    expect("[all]", false, "[all]\n" NEW "\n");
    /* What Python takes for a line's end. */
    expect("[all]\fnode1\v[etcd]\n", false, "[all]\fnode1\v" NEW "\n[etcd]\n");
    expect("[all]\n\xe2\x80\xa8node1\xc2\x85", false, "[all]\n\xe2\x80\xa8node1\xc2\x85" NEW "\n");
}

static void a_section_of_its_own(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;

    (void)state;
    expect("", true, "[all]\n" NEW "\n");
    expect("[etcd]\nnode1\n", true, "[etcd]\nnode1\n\n[all]\n" NEW "\n");
    expect("[etcd]\r\nnode1", true, "[etcd]\r\nnode1\r\n\r\n[all]\r\n" NEW "\r\n");
    expect("[etcd]\n\n", true, "[etcd]\n\n[all]\n" NEW "\n");
    expect("[all]\n", true, "[all]\n" NEW "\n");
    assert_int_equal(ini_insert("[etcd]\n", 7, "all", false, NEW, &out, &e), -ENOENT);
    assert_string_equal(e.message, "there is no section [all] for hosts");
}

static void too_long(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(16);
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(ini_insert("[all]\n", 6, "all", false, NEW, &out, &e), -E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behind_the_last_host), cmocka_unit_test(behind_the_header),
        cmocka_unit_test(the_right_section),    cmocka_unit_test(line_breaks),
        cmocka_unit_test(a_section_of_its_own), cmocka_unit_test(too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
