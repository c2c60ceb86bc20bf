/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "bootstrap/fstab.h"
#include "common/mem.h"

#define UUID_A "aaaaaaaa-0000-4000-8000-000000000001"
#define UUID_B "bbbbbbbb-0000-4000-8000-000000000002"
#define PLACE_A "/mnt/disks/" UUID_A
#define LINE_A "UUID=" UUID_A " " PLACE_A " ext4 defaults,nofail 0 2\n"

static void test_edit(void **state)
{
    static const struct {
        const char *before, *after;
    } rows[] = {
        {"",                                                                 LINE_A                                  },
        {"# static\n/dev/vda1 / ext4 errors=remount-ro 0 1\n",
         "# static\n/dev/vda1 / ext4 errors=remount-ro 0 1\n" LINE_A                                                 },
        {"/dev/vda1 / ext4 defaults 0 1",                                    "/dev/vda1 / ext4 defaults 0 1\n" LINE_A},
        {LINE_A,                                                             LINE_A                                  },
 /* another UUID at our place, another place for our UUID, twice: one line, where it was */
        {"UUID=" UUID_B " " PLACE_A " xfs defaults 0 0\n/dev/vdc /srv xfs defaults 0 0\n"
         "UUID=" UUID_A "\t/old ext4 defaults 0 0\n",
         LINE_A "/dev/vdc /srv xfs defaults 0 0\n"                                                                   },
        {"UUID=AAAAAAAA-0000-4000-8000-000000000001 /x ext4 defaults 0 0\n", LINE_A                                  },
        {"#UUID=" UUID_A " " PLACE_A " ext4 defaults 0 0\n",
         "#UUID=" UUID_A " " PLACE_A " ext4 defaults 0 0\n" LINE_A                                                   },
        {"/dev/vdb " PLACE_A "2 ext4 defaults 0 0\n",
         "/dev/vdb " PLACE_A "2 ext4 defaults 0 0\n" LINE_A                                                          },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error e = ERROR_INIT;
        char *text = NULL;

        assert_int_equal(fstab_edit(rows[i].before, UUID_A, PLACE_A, "ext4", &text, &e), 0);
        assert_string_equal(text, rows[i].after);
        free(text);
    }
}

static void test_file(void **state)
{
    char folder[] = "/tmp/test-fstab-XXXXXX", path[64];
    struct error e = ERROR_INIT;
    struct stat before, after;
    bool same = true;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/fstab", folder);
    assert_int_equal(fstab_check(path, UUID_A, PLACE_A, "ext4", &same, &e), 0);
    assert_false(same);
    assert_int_equal(fstab_update(path, UUID_A, PLACE_A, "ext4", &e), 0);
    assert_int_equal(fstab_check(path, UUID_A, PLACE_A, "ext4", &same, &e), 0);
    assert_true(same);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(fstab_update(path, UUID_A, PLACE_A, "ext4", &e), 0);
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_ino == after.st_ino); /* the same bytes are not written again */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edit),
        cmocka_unit_test(test_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
