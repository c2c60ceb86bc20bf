/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bootstrap/disk_scsi.h"

static void test_serial(void **state)
{
    static const uint8_t plain[] = "\0\x80\0\x0c    WD-AB123 "; /* 4 blanks before, 1 after */
    static const uint8_t other[] = "\0\x83\0\x04"
                                   "ABCD";
    static const uint8_t binary[] = "\0\x80\0\x04"
                                    "A\x01"
                                    "CD";
    static const uint8_t lying[] = "\0\x80\xff\xff"
                                   "ABCD"; /* longer than what was read */
    char *s;

    (void)state;
    s = scsi_serial(plain, 4 + 12);
    assert_string_equal(s, "WD-AB123");
    free(s);
    assert_null(scsi_serial(other, 8));
    assert_null(scsi_serial(binary, 8));
    assert_null(scsi_serial(plain, 3));
    assert_null(scsi_serial(plain, 4));
    s = scsi_serial(lying, 8);
    assert_string_equal(s, "ABCD");
    free(s);
}

static void test_wwn(void **state)
{
    static const uint8_t page[] = {0, 0x83, 0, 48,
                                   /* T10 vendor text, of the unit */
                                   0x02, 0x01, 0, 8, 'A', 'T', 'A', ' ', ' ', ' ', ' ', ' ',
                                   /* NAA of the port: not the disk's own */
                                   0x01, 0x13, 0, 8, 0x50, 1, 1, 1, 1, 1, 1, 1,
                                   /* EUI-64 of the unit */
                                   0x01, 0x02, 0, 8, 0x00, 2, 2, 2, 2, 2, 2, 2,
                                   /* NAA of the unit: preferred */
                                   0x01, 0x03, 0, 8, 0x50, 0, 0xc5, 0, 0xab, 0xcd, 0xef, 1};
    uint8_t cut[sizeof(page)];
    char *s;

    (void)state;
    s = scsi_wwn(page, sizeof(page));
    assert_string_equal(s, "5000c500abcdef01");
    free(s);
    s = scsi_wwn(page, sizeof(page) - 4); /* the last one is cut off: what is whole counts */
    assert_string_equal(s, "0002020202020202");
    free(s);
    memcpy(cut, page, sizeof(page));
    cut[7] = 200; /* a designator that says it is longer than the page */
    assert_null(scsi_wwn(cut, sizeof(cut)));
    assert_null(scsi_wwn(page, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serial),
        cmocka_unit_test(test_wwn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
