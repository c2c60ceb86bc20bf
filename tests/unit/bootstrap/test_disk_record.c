/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bootstrap/disk_marker.h"
#include "bootstrap/disk_record.h"

static const struct disk disk = {.name = (char *)"vdb",
                                 .serial = (char *)"DATA1",
                                 .paths = {(char *)"pci-0000:00:05.0"},
                                 .size = 1 << 30};

static void test_there_and_back(void **state)
{
    struct disk_record a = {.incarnation = 2, .time_ms = 1700000000000, .fs = "xfs", .label = "d1"},
                       b;
    struct error e = ERROR_INIT;
    json_t *json;

    (void)state;
    (void)memcpy(a.uuid, "aaaaaaaa-0000-4000-8000-000000000001", UUID_TEXT_SIZE);
    assert_true(disk_record_identify(&a, &disk));
    json = disk_record_to_json(&a);
    assert_int_equal(disk_record_parse(json, &b, &e), 0);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_int_equal(json_object_set_new(json, "version", json_integer(2)), 0);
    assert_int_equal(disk_record_parse(json, &b, &e), -EINVAL);
    json_decref(json);
}

static void test_same_disk(void **state)
{
    struct disk_record record = {.size = 0};
    struct disk other = disk;

    (void)state;
    assert_true(disk_record_identify(&record, &disk));
    assert_true(disk_record_is_of(&record, &disk));
    other.name = (char *)"vdc"; /* the kernel counts anew at each boot */
    assert_true(disk_record_is_of(&record, &other));
    other.size++;
    assert_false(disk_record_is_of(&record, &other));
    other = disk;
    other.serial = NULL;
    assert_false(disk_record_is_of(&record, &other));
    other = disk;
    other.serial = (char *)"DATA2"; /* another in the same place */
    assert_false(disk_record_is_of(&record, &other));
    other = disk;
    other.wwn = (char *)"5000c500abcdef01";
    assert_false(disk_record_is_of(&record, &other));
    other = disk;
    other.paths[0] = (char *)"pci-0000:00:06.0"; /* it was put elsewhere */
    assert_true(disk_record_is_of(&record, &other));
}

/* A disk that says nothing of itself is known by its place, which may have several names. */
static void test_same_place(void **state)
{
    struct disk_record record = {.size = 0};
    struct disk nameless = {
        .name = (char *)"sdb", .paths = {(char *)"pci-0-sas-a", (char *)"pci-0-sas-b"},
              .size = 9
    };
    struct disk other = nameless;

    (void)state;
    assert_true(disk_record_identify(&record, &nameless));
    assert_string_equal(record.path, "pci-0-sas-a");
    assert_true(disk_record_is_of(&record, &other));
    other.paths[0] = nameless.paths[1];
    other.paths[1] = nameless.paths[0];
    assert_true(disk_record_is_of(&record, &other));
    other.paths[1] = NULL;
    assert_false(disk_record_is_of(&record, &other));
    other.paths[0] = NULL;
    assert_false(disk_record_is_of(&record, &other));
    record.path[0] = '\0';
    assert_true(disk_record_is_of(&record, &other));
    assert_false(disk_record_is_of(&record, &nameless));
    other.serial = (char *)"DATA1";
    assert_false(disk_record_is_of(&record, &other));
}

static void test_marker(void **state)
{
    static const char *const refused[] = {
        "",
        "[]",
        "{\"version\":2}",
        "{\"version\":1,\"cluster\":\"c\"}",
        ("{\"version\":1,\"cluster\":1,\"host\":\"h\",\"uuid\":\"u\",\"serial\":\"\","
         "\"incarnation\":1}"),
    };
    struct disk_marker a = {
        .cluster = "c", .host = "node1", .uuid = "u", .serial = "", .incarnation = 3};
    struct disk_marker b = {.incarnation = 0};
    struct buf text = BUF_INIT(DISK_MARKER_MAX);
    struct error e = ERROR_INIT;
    size_t i;

    (void)state;
    assert_int_equal(disk_marker_print(&a, &text, &e), 0);
    assert_int_equal(disk_marker_parse(text.data, text.len, &b, &e), 0);
    assert_memory_equal(&a, &b, sizeof(a));
    buf_done(&text);
    for (i = 0; i < ARRAY_SIZE(refused); i++)
        assert_true(disk_marker_parse(refused[i], strlen(refused[i]), &b, &e) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_same_disk),
        cmocka_unit_test(test_same_place),
        cmocka_unit_test(test_marker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
