/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mem.h"
#include "common/protocol.h"
#include "tests/unit/test.h"

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < STEP_COUNT; i++) {
        assert_non_null(step_doing((enum step)i));
        assert_int_equal(step_find(step_name((enum step)i)), i);
    }
    assert_int_equal(STEP_INSTALL, 0);
    assert_int_equal(STEP_FIRST, STEP_INSTALL + 1);
    assert_string_equal(step_name(STEP_INSTALL), "install");
    assert_string_equal(step_doing(STEP_INSTALL), "installing");
    assert_string_equal(step_name(STEP_CONTROL_PLANE), "control-plane");
    assert_string_equal(step_doing(STEP_DISKS), "preparing disks");
    assert_null(step_name(STEP_COUNT));
    assert_null(step_doing((enum step) - 1));
    assert_int_equal(step_find(""), -1);
    assert_int_equal(step_find("Etcd"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
