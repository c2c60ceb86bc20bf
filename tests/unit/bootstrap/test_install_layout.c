/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/install_layout.h"
#include "tests/unit/test.h"

#define LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define ROOT "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
#define ESP "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define BIOS "21686148-6449-6E6F-744E-656564454649"

#define TABLE(label, partitions)                                                                   \
    "{\"partitiontable\":{\"label\":\"" label                                                      \
    "\",\"device\":\"/run/t\",\"unit\":\"sectors\",\"sectorsize\":512,\"partitions\":[" partitions \
    "]}}"
#define PART(number, start, size, type)                                                            \
    "{\"node\":\"/run/t" #number "\",\"start\":" #start ",\"size\":" #size ",\"type\":\"" type "\"}"

/* clang-format off */
static const struct {
    const char *what, *text;
    unsigned root, esp; /* numbers; 0: none */
    bool grows;
} good[] = {
    {"Debian's cloud image",
     TABLE("gpt", PART(1, 262144, 5980127, ROOT) "," PART(14, 2048, 6144, BIOS) "," PART(
                      15, 8192, 253952, ESP)),
     1, 15, true},
    {"Ubuntu's, whose boot partition has no type of its own",
     TABLE("gpt", PART(1, 2324480, 5015519, LINUX) "," PART(14, 2048, 8192, BIOS) "," PART(
                      15, 10240, 217088, ESP) "," PART(16, 227328, 2097152, LINUX)),
     1, 15, true},
    {"one partition", TABLE("dos", PART(1, 2048, 4096, "83")), 1, 0, true},
    {"swap behind root", TABLE("dos", PART(1, 2048, 4096, "83") "," PART(2, 6144, 100, "82")), 1, 0,
     false},
    {"the root type wins over a later one",
     TABLE("gpt", PART(1, 2048, 4096, ROOT) "," PART(2, 6144, 100, LINUX)), 1, 0, false},
    {"a logical root",
     TABLE("dos", PART(1, 2048, 4096, "82") "," PART(2, 6144, 9000, "5") "," PART(5, 8192, 4096, "83")),
     5, 0, false},
    {"the extended partition behind",
     TABLE("dos", PART(1, 2048, 4096, "83") "," PART(2, 6144, 9000, "f") "," PART(5, 8192, 4096, "82")),
     1, 0, false},
};
/* clang-format on */

static void test_choice(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        struct install_layout l;
        struct error e = ERROR_INIT;

        if (install_layout_parse(good[i].text, strlen(good[i].text), "/run/t", &l, &e) < 0)
            fail_msg("%s: %s", good[i].what, e.message);
        assert_int_equal(l.items[l.root].number, good[i].root);
        assert_int_equal(l.esp < 0 ? 0 : l.items[l.esp].number, good[i].esp);
        if (l.grows != good[i].grows)
            fail_msg("%s: grows %d", good[i].what, l.grows);
    }
}

static void test_refused(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "sfdisk's view"},
        {"{}", "partitiontable"},
        {TABLE("sun", PART(1, 2048, 4096, "83")), "partition table is \"sun\""},
        {TABLE("dos", PART(1, 2048, 4096, "82")), "of a Linux type"},
        {TABLE("dos", ""), "of a Linux type"},
        {TABLE("gpt", PART(1, 2048, 4096, "83")), "of a Linux type"},
        {TABLE("gpt", PART(1, 2048, 9, ROOT) "," PART(2, 4096, 9, ROOT)), "2 of its partitions say"},
        {TABLE("dos", PART(0, 2048, 4096, "83")), "called /run/t0"},
        {TABLE("dos", PART(x, 2048, 4096, "83")), "called /run/tx"},
        {TABLE("dos", PART(1, -1, 4096, "83")), "impossible place"},
        {TABLE("dos", PART(1, 2048, 9223372036854775807, "83")), "impossible place"},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct install_layout l;
        struct error e = ERROR_INIT;

        assert_true(install_layout_parse(rows[i].text, strlen(rows[i].text), "/run/t", &l, &e) < 0);
        if (!strstr(e.message, rows[i].words))
            fail_msg("%s: %s", rows[i].text, e.message);
    }
}

static void test_room(void **state)
{
    static const char early[] =
        TABLE("gpt", PART(1, 34, 2014, BIOS) "," PART(2, 2048, 4096, LINUX));
    static const char old[] = TABLE("dos", PART(1, 63, 4096, "83"));
    struct install_layout l;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(install_layout_parse(early, strlen(early), "/run/t", &l, &e), &e);
    assert_good(install_layout_check_room(&l, 960 * 1024, 4096, &e), &e);
    assert_good(install_layout_parse(old, strlen(old), "/run/t", &l, &e), &e);
    assert_int_equal(install_layout_check_room(&l, 960 * 1024, 4096, &e), -EINVAL);
    assert_non_null(strstr(e.message, "partition 1 begins at byte 32256"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
