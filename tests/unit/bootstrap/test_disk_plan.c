/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bootstrap/disk_plan.h"

#define PRESET "aaaaaaaa-0000-5000-8000-000000000001"
#define OTHER "bbbbbbbb-0000-5000-8000-000000000002"
#define CLUSTER "cccccccc-0000-4000-8000-000000000003"

static const struct disk_owner owner = {CLUSTER, "node1", 1};
static const struct disk_want want = {.match = DISK_BY_SERIAL,
                                      .name = "DATA1",
                                      .policy = DISK_FORMAT_IF_BLANK,
                                      .fs = "ext4",
                                      .label = "",
                                      .uuid = PRESET,
                                      .mount = "/mnt/disks/" PRESET};
static const struct disk disk = {
    .name = (char *)"vdb", .node = (char *)"/dev/vdb", .serial = (char *)"DATA1", .size = 1 << 30};

enum begun { NOT_BEGUN, BEGUN, BEGUN_ELSEWHERE };

/* clang-format 14 crashes on an array of such rows. */
/* clang-format off */
static const struct row {
    const char *what;
    enum disk_policy policy;
    struct disk_probe probe;
    enum begun begun;
    int verb; /* enum disk_verb, or -EPERM */
    bool resume;
    const char *mount, *words; /* part of the refusal */
} rows[] = {
    {.what = "blank", .probe = {.content = DISK_BLANK}, .verb = DISK_FORMAT},
    {.what = "blank, format begun",
     .probe = {.content = DISK_BLANK},
     .begun = BEGUN,
     .verb = DISK_FORMAT},
    {.what = "blank but in use",
     .probe = {.content = DISK_BLANK, .used = "held by md0"},
     .verb = -EPERM,
     .words = "held by md0"},
    {.what = "unlooked at", .probe = {.content = DISK_UNKNOWN}, .verb = -EPERM},
    {.what = "signature",
     .probe = {.content = DISK_DATA, .signature = true, .words = "btrfs file system"},
     .verb = -EPERM,
     .words = "not blank: btrfs file system"},
    {.what = "signature, format begun",
     .probe = {.content = DISK_DATA, .signature = true},
     .begun = BEGUN,
     .verb = -EPERM},
    {.what = "bytes of nobody", .probe = {.content = DISK_DATA}, .verb = -EPERM},
    {.what = "bytes of nobody, format begun",
     .probe = {.content = DISK_DATA},
     .begun = BEGUN,
     .verb = DISK_FORMAT,
     .resume = true},
    {.what = "bytes of nobody, format begun on another disk",
     .probe = {.content = DISK_DATA},
     .begun = BEGUN_ELSEWHERE,
     .verb = -EPERM},
    {.what = "foreign ext4",
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = OTHER},
     .verb = -EPERM},
    {.what = "foreign ext4, format begun",
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = OTHER},
     .begun = BEGUN,
     .verb = -EPERM},
    {.what = "our UUID without marker",
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = PRESET},
     .verb = -EPERM},
    {.what = "our UUID without marker, format begun",
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = PRESET},
     .begun = BEGUN,
     .verb = DISK_FORMAT,
     .resume = true},
    {.what = "ours",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA1", 1}},
     .begun = BEGUN,
     .verb = DISK_MOUNT,
     .mount = "/mnt/disks/" PRESET},
    {.what = "ours of an earlier inventory entry",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "xfs",
               .uuid = OTHER,
               .has_marker = true,
               .marker = {CLUSTER, "node1", OTHER, "", 1}},
     .verb = DISK_MOUNT,
     .mount = "/mnt/disks/" OTHER},
    {.what = "ours, mounted there",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .used = "mounted at /mnt/disks/" PRESET,
               .mounted = "/mnt/disks/" PRESET,
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA1", 1}},
     .verb = DISK_LEAVE,
     .mount = "/mnt/disks/" PRESET},
    {.what = "ours, mounted elsewhere",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .used = "mounted at /srv",
               .mounted = "/srv",
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA1", 1}},
     .verb = -EPERM,
     .words = "mounted at /srv"},
    {.what = "another cluster's",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {OTHER, "node1", PRESET, "DATA1", 1}},
     .begun = BEGUN,
     .verb = -EPERM,
     .words = "another cluster (" OTHER ", host node1)"},
    {.what = "another cluster's, kept",
     .policy = DISK_KEEP,
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {OTHER, "node1", PRESET, "DATA1", 1}},
     .verb = -EPERM},
    {.what = "another host's",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {CLUSTER, "node2", PRESET, "DATA1", 1}},
     .verb = -EPERM,
     .words = "host node2"},
    {.what = "a copy by file system",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = OTHER,
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA1", 1}},
     .verb = -EPERM,
     .words = "a copy?"},
    {.what = "a copy by serial",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA9", 1}},
     .verb = -EPERM,
     .words = "DATA9"},
    {.what = "keep: foreign xfs",
     .policy = DISK_KEEP,
     .probe = {.content = DISK_FILESYSTEM, .type = "xfs", .uuid = OTHER},
     .verb = DISK_MOUNT,
     .mount = "/mnt/disks/" OTHER},
    {.what = "keep: blank",
     .policy = DISK_KEEP,
     .probe = {.content = DISK_BLANK},
     .verb = -EPERM,
     .words = "policy is keep"},
    {.what = "keep: half-done format",
     .policy = DISK_KEEP,
     .probe = {.content = DISK_DATA},
     .begun = BEGUN,
     .verb = -EPERM},
};
/* clang-format on */

static void test_decide(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct row *row = &rows[i];
        struct disk_record record = {.uuid = PRESET};
        struct disk_action action = {.verb = DISK_LEAVE};
        struct disk_want w = want;
        struct error e = ERROR_INIT;
        int r;

        w.policy = row->policy;
        assert_true(disk_record_identify(&record, &disk));
        if (row->begun == BEGUN_ELSEWHERE)
            record.size *= 2;
        r = disk_decide(&w, &owner, &disk, &row->probe, row->begun ? &record : NULL, &action, &e);
        if ((r < 0 ? r : (int)action.verb) != row->verb || (r == 0 && row->resume != action.resume))
            fail_msg("%s: %d, verb %d: %s", row->what, r, (int)action.verb, e.message);
        if (r < 0) {
            assert_non_null(strstr(e.message, "vdb (serial DATA1, 1.0 GiB)"));
            if (row->words && !strstr(e.message, row->words))
                fail_msg("%s: %s", row->what, e.message);
        } else {
            assert_string_equal(action.mount, row->mount ? row->mount : want.mount);
        }
    }
}

static void test_read_only(void **state)
{
    struct disk_probe blank = {.content = DISK_BLANK};
    struct disk d = disk;
    struct disk_action action;
    struct error e = ERROR_INIT;

    (void)state;
    d.read_only = true;
    assert_int_equal(disk_decide(&want, &owner, &d, &blank, NULL, &action, &e), -EPERM);
}

static void test_select(void **state)
{
    const struct disk vda = {.name = (char *)"vda", .size = 1 << 30};
    const struct disk vdb = {
        .name = (char *)"vdb", .serial = (char *)"DATA1", .path = (char *)"pci-0000:00:05.0"};
    const struct disk sda = {.name = (char *)"sda",
                             .serial = (char *)"DATA2",
                             .wwn = (char *)"5000c500abcdef01",
                             .ids = {(char *)"wwn-0x5000c500abcdef01"}};
    const struct disk sdb = {.name = (char *)"sdb", .serial = (char *)"DATA2"};
    struct disk items[] = {vda, vdb, sda, sdb};
    struct disk_list list = {items, ARRAY_SIZE(items)};
    struct disk_want wants[] = {
        {.match = DISK_BY_SERIAL, .name = "DATA1"             },
        {.match = DISK_BY_WWN,    .name = "0x5000C500ABCDEF01"},
    };
    struct error e = ERROR_INIT;
    size_t chosen[2];

    (void)state;
    assert_int_equal(disk_select(&list, wants, 2, chosen, &e), 0);
    assert_int_equal(chosen[0], 1);
    assert_int_equal(chosen[1], 2);

    wants[0] = (struct disk_want){.match = DISK_BY_PATH,
                                  .name = "/dev/disk/by-path/virtio-pci-0000:00:05.0"};
    wants[1] =
        (struct disk_want){.match = DISK_BY_ID, .name = "/dev/disk/by-id/wwn-0x5000c500abcdef01"};
    assert_int_equal(disk_select(&list, wants, 2, chosen, &e), 0);
    assert_int_equal(chosen[0], 1);
    assert_int_equal(chosen[1], 2);

    wants[1] = (struct disk_want){.match = DISK_BY_SERIAL, .name = "DATA1"};
    assert_int_equal(disk_select(&list, wants, 2, chosen, &e), -EEXIST); /* one disk named twice */
    assert_non_null(strstr(e.message, "vdb"));
    wants[1].name = "DATA2"; /* two paths to one disk, or a vendor's habit */
    assert_int_equal(disk_select(&list, wants, 2, chosen, &e), -EEXIST);
    assert_non_null(strstr(e.message, "sda"));
    assert_non_null(strstr(e.message, "sdb"));
    wants[1].name = "DATA3";
    assert_int_equal(disk_select(&list, wants, 2, chosen, &e), -ENODEV);
    assert_string_equal(e.message,
                        "no disk has serial 'DATA3'; there are: vda (no serial, 1.0 GiB)");
}

static void test_wants(void **state)
{
    static const struct {
        const char *text;
        int result;
    } texts[] = {
        {"[]",                                                                                     0      },
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"fs\":\"xfs\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/mnt/disks/x\"}]",                                               0      },
        {"[{\"match\":{},\"policy\":\"keep\",\"uuid\":\"" PRESET "\",\"mount\":\"/m/x\"}]",
         -EINVAL                                                                                          },
        {"[{\"match\":{\"serial\":\"A\",\"wwn\":\"B\"},\"policy\":\"keep\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m/x\"}]",                                                       -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"wipe\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m/x\"}]",                                                       -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"uuid\":\"x\",\"mount\":\"/m/x\"}]",
         -EINVAL                                                                                          },
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"uuid\":\"" PRESET
         "\",\"mount\":\"m\"}]",                                                          -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m x\"}]",                                                       -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"fs\":\"btrfs\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m\"}]",                                                         -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"fs\":\"xfs\",\"label\":\"thirteen-"
         "long\","
         "\"uuid\":\"" PRESET "\",\"mount\":\"/m\"}]",
         -EINVAL                                                                                          },
    };
    size_t i, n;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(texts); i++) {
        struct disk_want *wants = NULL;
        struct error e = ERROR_INIT;
        json_t *json = json_loads(texts[i].text, 0, NULL);

        assert_non_null(json);
        if (disk_wants_parse(json, &wants, &n, &e) != texts[i].result)
            fail_msg("%s: %s", texts[i].text, e.message);
        free(wants);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_select),
        cmocka_unit_test(test_wants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
