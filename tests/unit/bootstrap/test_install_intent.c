/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/install_intent.h"
#include "tests/unit/test.h"

#define CLUSTER "cccccccc-0000-4000-8000-000000000003"
#define IMAGE "1111111111111111111111111111111111111111111111111111111111111111"

static const struct install_claim claim = {
    .cluster = CLUSTER, .host = "node2", .image = IMAGE, .incarnation = 2};

static struct disk make_disk(void)
{
    static char name[] = "sda", node[] = "/dev/sda", serial[] = "OS1";

    return (struct disk){.name = name, .node = node, .serial = serial, .size = 1 << 30};
}

static void test_round_trip(void **state)
{
    struct disk disk = make_disk();
    uint8_t block[INSTALL_INTENT_SIZE], changed[INSTALL_INTENT_SIZE];
    struct install_intent intent, back;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(install_intent_of(&claim, &disk, &intent, &e), &e);
    intent.state = INSTALL_IS_WHOLE;
    assert_good(install_intent_print(&intent, block, &e), &e);
    assert_good(install_intent_parse(block, &back, &e), &e);
    assert_string_equal(back.cluster, CLUSTER);
    assert_string_equal(back.host, "node2");
    assert_string_equal(back.serial, "OS1");
    assert_string_equal(back.wwn, "");
    assert_string_equal(back.image, IMAGE);
    assert_int_equal(back.incarnation, 2);
    assert_int_equal(back.state, INSTALL_IS_WHOLE);

    /* No byte of it may change. */
    for (size_t i = 0; i < sizeof(block); i += 61) {
        memcpy(changed, block, sizeof(changed));
        changed[i] ^= 1;
        assert_true(install_intent_parse(changed, &back, NULL) < 0);
    }
    memset(changed, 0, sizeof(changed));
    assert_int_equal(install_intent_parse(changed, &back, NULL), -ENOENT);
}

/* clang-format off */
static const struct row {
    const char *what;
    struct disk_probe probe;
    bool read_only, known, reinstall;
    const char *cluster, *host, *serial, *image; /* of the mark; NULL: the claim's */
    int64_t incarnation;                         /* 0: the claim's */
    enum install_state state;
    int verdict; /* enum install_verdict, or -EPERM */
    const char *words;
} rows[] = {
    {.what = "blank", .probe = {.content = DISK_BLANK}, .verdict = INSTALL_FRESH},
    {.what = "blank, to be reinstalled",
     .probe = {.content = DISK_BLANK},
     .reinstall = true,
     .verdict = INSTALL_FRESH},
    {.what = "blank and read-only",
     .probe = {.content = DISK_BLANK},
     .read_only = true,
     .verdict = -EPERM,
     .words = "read-only"},
    {.what = "blank and in use",
     .probe = {.content = DISK_BLANK, .used = "held by md0"},
     .verdict = -EPERM,
     .words = "it is held by md0"},
    {.what = "somebody's",
     .probe = {.content = DISK_DATA, .words = "btrfs file system"},
     .verdict = -EPERM,
     .words = "it is not blank: btrfs file system; wipe it yourself or name another"},
    {.what = "somebody's, though a reinstallation was asked for",
     .probe = {.content = DISK_DATA, .words = "btrfs file system"},
     .reinstall = true,
     .verdict = -EPERM,
     .words = "it is not blank"},
    {.what = "a whole-disk ext4", .probe = {.content = DISK_FILESYSTEM}, .verdict = -EPERM},
    {.what = "not looked at", .probe = {.content = DISK_UNKNOWN}, .verdict = -EPERM},
    {.what = "begun", .probe = {.content = DISK_DATA}, .known = true, .verdict = INSTALL_AGAIN},
    {.what = "begun, but in use",
     .probe = {.content = DISK_DATA, .used = "mounted at /"},
     .known = true,
     .verdict = -EPERM,
     .words = "mounted at /"},
    {.what = "whole",
     .probe = {.content = DISK_DATA},
     .known = true,
     .state = INSTALL_IS_WHOLE,
     .verdict = INSTALL_WHOLE},
    {.what = "whole, with another image than now",
     .probe = {.content = DISK_DATA},
     .known = true,
     .state = INSTALL_IS_WHOLE,
     .image = "2222",
     .verdict = INSTALL_AGAIN},
    {.what = "an older incarnation",
     .probe = {.content = DISK_DATA},
     .known = true,
     .incarnation = 1,
     .state = INSTALL_IS_WHOLE,
     .verdict = -EPERM,
     .words = "seedctl rearm node2 --reinstall"},
    {.what = "an older incarnation, to be reinstalled",
     .probe = {.content = DISK_DATA},
     .known = true,
     .incarnation = 1,
     .state = INSTALL_IS_WHOLE,
     .reinstall = true,
     .verdict = INSTALL_AGAIN},
    {.what = "a later incarnation",
     .probe = {.content = DISK_DATA},
     .known = true,
     .incarnation = 3,
     .reinstall = true,
     .verdict = -EPERM,
     .words = "the taskbox speaks of 2"},
    {.what = "another cluster's",
     .probe = {.content = DISK_DATA},
     .known = true,
     .cluster = "dddddddd-0000-4000-8000-000000000004",
     .reinstall = true,
     .verdict = -EPERM,
     .words = "another cluster"},
    {.what = "another host's",
     .probe = {.content = DISK_DATA},
     .known = true,
     .host = "node3",
     .reinstall = true,
     .verdict = -EPERM,
     .words = "host node3"},
    {.what = "a copy of it",
     .probe = {.content = DISK_DATA},
     .known = true,
     .serial = "OS7",
     .reinstall = true,
     .verdict = -EPERM,
     .words = "a copy of the disk with serial 'OS7'"},
};
/* clang-format on */

static void test_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct row *row = &rows[i];
        struct disk disk = make_disk();
        struct install_claim own = claim;
        struct install_intent intent;
        enum install_verdict verdict = INSTALL_FRESH;
        struct error e = ERROR_INIT;
        int r;

        assert_good(install_intent_of(&claim, &disk, &intent, &e), &e);
        if (row->cluster)
            (void)snprintf(intent.cluster, sizeof(intent.cluster), "%s", row->cluster);
        if (row->host)
            (void)snprintf(intent.host, sizeof(intent.host), "%s", row->host);
        if (row->serial)
            (void)snprintf(intent.serial, sizeof(intent.serial), "%s", row->serial);
        if (row->image)
            (void)snprintf(intent.image, sizeof(intent.image), "%s", row->image);
        if (row->incarnation)
            intent.incarnation = row->incarnation;
        intent.state = row->state;
        own.reinstall = row->reinstall;
        disk.read_only = row->read_only;
        r = install_decide(&own, &disk, &row->probe, row->known ? &intent : NULL, &verdict, &e);
        if ((r < 0 ? r : (int)verdict) != row->verdict)
            fail_msg("%s: %d, %d: %s", row->what, r, verdict, e.message);
        if (r < 0 && !strstr(e.message, "disk sda (serial OS1, 1.0 GiB) is left alone: "))
            fail_msg("%s: %s", row->what, e.message);
        if (row->words && !strstr(e.message, row->words))
            fail_msg("%s: %s", row->what, e.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_decide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
