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
static const struct disk_want want = {
    .match = DISK_BY_SERIAL,
    .name = "DATA1",
    .policy = DISK_FORMAT_IF_BLANK,
    .whole = {.fs = "ext4", .label = "", .uuid = PRESET, .mount = "/mnt/disks/" PRESET}
};
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
    bool resume, mark;
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
    {.what = "our UUID, and no marker that could be read",
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = PRESET},
     .verb = -EPERM},
    {.what = "our UUID, and its marker is gone",
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = PRESET, .unmarked = true},
     .verb = DISK_MOUNT,
     .mark = true},
    {.what = "our UUID, and its marker is gone, format begun on another disk",
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = PRESET, .unmarked = true},
     .begun = BEGUN_ELSEWHERE,
     .verb = DISK_MOUNT,
     .mark = true},
    {.what = "our UUID, its marker is gone, and fstab mounted it",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .used = "mounted at /mnt/disks/" PRESET,
               .mounted = "/mnt/disks/" PRESET,
               .unmarked = true},
     .verb = DISK_LEAVE,
     .mark = true},
    {.what = "our UUID, its marker is gone, mounted elsewhere",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .used = "mounted at /srv",
               .mounted = "/srv",
               .unmarked = true},
     .verb = -EPERM,
     .words = "mounted at /srv"},
    {.what = "our UUID, its marker is gone, held by somebody",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .used = "in use by the kernel",
               .unmarked = true},
     .verb = -EPERM,
     .words = "in use by the kernel"},
    {.what = "our UUID, its marker is gone, half wiped",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .unmarked = true,
               .wiping = OTHER},
     .verb = -EPERM},
    {.what = "our UUID on another kind of file system without marker",
     .probe = {.content = DISK_FILESYSTEM, .type = "xfs", .uuid = PRESET, .unmarked = true},
     .verb = -EPERM},
    {.what = "another UUID without marker",
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = OTHER, .unmarked = true},
     .verb = -EPERM},
    {.what = "our UUID without marker, kept",
     .policy = DISK_KEEP,
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = PRESET, .unmarked = true},
     .verb = DISK_MOUNT},
    {.what = "our UUID without marker, format begun",
     .probe = {.content = DISK_FILESYSTEM, .type = "ext4", .uuid = PRESET, .unmarked = true},
     .begun = BEGUN,
     .verb = DISK_FORMAT,
     .resume = true},
    {.what = "ours",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA1", 1, ""}},
     .begun = BEGUN,
     .verb = DISK_MOUNT,
     .mount = "/mnt/disks/" PRESET},
    {.what = "ours of an earlier inventory entry",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "xfs",
               .uuid = OTHER,
               .has_marker = true,
               .marker = {CLUSTER, "node1", OTHER, "", 1, ""}},
     .verb = DISK_MOUNT,
     .mount = "/mnt/disks/" OTHER},
    {.what = "ours, mounted there",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .used = "mounted at /mnt/disks/" PRESET,
               .mounted = "/mnt/disks/" PRESET,
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA1", 1, ""}},
     .verb = DISK_LEAVE,
     .mount = "/mnt/disks/" PRESET},
    {.what = "ours, mounted elsewhere",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .used = "mounted at /srv",
               .mounted = "/srv",
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA1", 1, ""}},
     .verb = -EPERM,
     .words = "mounted at /srv"},
    {.what = "another cluster's",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {OTHER, "node1", PRESET, "DATA1", 1, ""}},
     .begun = BEGUN,
     .verb = -EPERM,
     .words = "another cluster (" OTHER ", host node1)"},
    {.what = "another cluster's, kept",
     .policy = DISK_KEEP,
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {OTHER, "node1", PRESET, "DATA1", 1, ""}},
     .verb = -EPERM},
    {.what = "another host's",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {CLUSTER, "node2", PRESET, "DATA1", 1, ""}},
     .verb = -EPERM,
     .words = "host node2"},
    {.what = "a copy by file system",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = OTHER,
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA1", 1, ""}},
     .verb = -EPERM,
     .words = "a copy?"},
    {.what = "a copy by serial",
     .probe = {.content = DISK_FILESYSTEM,
               .type = "ext4",
               .uuid = PRESET,
               .has_marker = true,
               .marker = {CLUSTER, "node1", PRESET, "DATA9", 1, ""}},
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
        struct disk_decision decision = {.n = 0};
        const struct disk_action *action = &decision.items[0];
        struct disk_want w = want;
        struct error e = ERROR_INIT;
        int r;

        w.policy = row->policy;
        assert_true(disk_record_identify(&record, &disk));
        if (row->begun == BEGUN_ELSEWHERE)
            record.size *= 2;
        r = disk_decide(&w, &owner, &disk, &row->probe,
                        &(struct disk_leave){.begun = row->begun ? &record : NULL}, &decision, NULL,
                        &e);
        if ((r < 0 ? r : (int)action->verb) != row->verb ||
            (r == 0 && (row->resume != action->resume || row->mark != action->mark ||
                        decision.n != 1 || decision.wipe)))
            fail_msg("%s: %d, verb %d: %s", row->what, r, (int)action->verb, e.message);
        if (r < 0) {
            assert_non_null(strstr(e.message, "vdb (serial DATA1, 1.0 GiB)"));
            if (row->words && !strstr(e.message, row->words))
                fail_msg("%s: %s", row->what, e.message);
        } else {
            assert_string_equal(action->mount, row->mount ? row->mount : want.whole.mount);
        }
    }
}

static void test_read_only(void **state)
{
    struct disk_probe blank = {.content = DISK_BLANK};
    const struct disk_leave none = {.begun = NULL};
    struct disk d = disk;
    struct disk_decision decision;
    struct error e = ERROR_INIT;

    (void)state;
    d.read_only = true;
    assert_int_equal(disk_decide(&want, &owner, &d, &blank, &none, &decision, NULL, &e), -EPERM);
}

#define TABLE "aaaaaaaa-0000-5000-8000-000000000009"
#define PART1 "eeeeeeee-0000-5000-8000-000000000001"
#define PART2 "eeeeeeee-0000-5000-8000-000000000002"
#define FS2 "aaaaaaaa-0000-5000-8000-000000000002"
#define GRANT "dddddddd-0000-4000-8000-000000000001"
#define MIB ((uint64_t)1 << 20)

static const struct disk_want split = {
    .match = DISK_BY_SERIAL,
    .name = "DATA1",
    .whole = {.fs = "ext4",                  .label = "", .uuid = TABLE, .mount = "/mnt/disks/" TABLE},
    .volumes = {{"ext4", "", PRESET, "/mnt/disks/" PRESET, PART1, 100 * MIB},
              {"xfs", "", FS2, "/mnt/disks/" FS2, PART2, 0}           },
    .volumes_n = 2
};

static void test_layout(void **state)
{
    struct disk_action items[DISK_VOLUMES_MAX] = {{.verb = DISK_LEAVE}};
    struct disk_want w = split;
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(disk_layout(&w, &disk, items, &e), 0);
    assert_int_equal(items[0].start, MIB);
    assert_int_equal(items[0].size, 100 * MIB);
    assert_int_equal(items[1].partition, 2);
    assert_int_equal(items[1].start, 101 * MIB);
    assert_int_equal(items[1].size, (1024 - 102) * MIB); /* the last MiB is the second table's */

    w.volumes[0].size = 0;
    assert_int_equal(disk_layout(&w, &disk, items, &e), 0);
    assert_int_equal(items[0].size, 511 * MIB);
    assert_int_equal(items[1].size, 511 * MIB);

    w.volumes[0].size = 2000 * MIB;
    assert_int_equal(disk_layout(&w, &disk, items, &e), -EPERM);
    assert_non_null(strstr(e.message, "volume 1 is to have 2000 MiB of the 1022 MiB"));
    w.volumes[0].size = 1020 * MIB;
    assert_int_equal(disk_layout(&w, &disk, items, &e), -EPERM);
    assert_non_null(strstr(e.message, "1 of them would share 2 MiB"));
}

/* The table on the disk with two partitions, for the caller to change. */
static struct disk_table *make_table(const char *guid)
{
    struct disk_table *t = calloc(1, sizeof(*t) + 2 * sizeof(t->parts[0]));

    assert_non_null(t);
    t->n = 2;
    (void)snprintf(t->guid, sizeof(t->guid), "%s", guid);
    for (unsigned i = 0; i < 2; i++) {
        t->parts[i] = (struct disk_part){.number = i + 1, .start = (1 + 100 * i) * MIB};
        t->parts[i].probe.content = DISK_BLANK;
        (void)snprintf(t->parts[i].guid, sizeof(t->parts[i].guid), "%s", i ? PART2 : PART1);
    }
    return t;
}

static void fill(struct disk_part *part, const char *uuid, const char *cluster)
{
    part->probe = (struct disk_probe){
        .content = DISK_FILESYSTEM, .type = "ext4", .words = "ext4 file system"};
    (void)snprintf(part->probe.uuid, sizeof(part->probe.uuid), "%s", uuid);
    if (!cluster)
        return;
    part->probe.has_marker = true;
    part->probe.marker = (struct disk_marker){.host = "node1", .serial = "DATA1"};
    (void)snprintf(part->probe.marker.cluster, sizeof(part->probe.marker.cluster), "%s", cluster);
    (void)snprintf(part->probe.marker.uuid, sizeof(part->probe.marker.uuid), "%s", uuid);
}

static int decide(const struct disk_want *w, struct disk_probe *probe, struct disk_table *table,
                  const struct disk_leave *leave, struct disk_decision *ret, bool *grantable,
                  struct error *e)
{
    probe->table = table;
    return disk_decide(w, &owner, &disk, probe, leave, ret, grantable, e);
}

static void test_volumes(void **state)
{
    struct disk_probe probe = {.content = DISK_BLANK, .words = "nothing"};
    struct disk_record record = {.uuid = TABLE};
    const struct disk_leave none = {.begun = NULL}, begun = {.begun = &record};
    struct disk_table *table = make_table(TABLE);
    struct disk_decision d;
    struct error e = ERROR_INIT;

    (void)state;
    assert_true(disk_record_identify(&record, &disk));
    assert_int_equal(decide(&split, &probe, NULL, &none, &d, NULL, &e), 0);
    assert_true(d.table && !d.wipe && d.n == 2 && d.items[1].verb == DISK_FORMAT);
    assert_string_equal(d.items[1].fs, "xfs");

    /* the table alone is there: ours only while the journal says so, and then written once more */
    probe = (struct disk_probe){.content = DISK_DATA, .signature = true, .type = "gpt"};
    assert_int_equal(decide(&split, &probe, table, &none, &d, NULL, &e), -EPERM);
    assert_int_equal(decide(&split, &probe, table, &begun, &d, NULL, &e), 0);
    assert_true(d.table && d.resume && d.n == 2);
    (void)snprintf(table->guid, sizeof(table->guid), "%s", OTHER);
    assert_int_equal(decide(&split, &probe, table, &begun, &d, NULL, &e), -EPERM);
    (void)snprintf(table->guid, sizeof(table->guid), "%s", TABLE);

    /* one volume is done, the other is not: the table stays as it is */
    fill(&table->parts[0], PRESET, CLUSTER);
    assert_int_equal(decide(&split, &probe, table, &begun, &d, NULL, &e), 0);
    assert_true(!d.table && d.items[0].verb == DISK_MOUNT && d.items[0].marked);
    assert_true(d.items[1].verb == DISK_FORMAT && d.items[1].resume &&
                d.items[1].start == 101 * MIB);
    assert_int_equal(decide(&split, &probe, table, &none, &d, NULL, &e), -EPERM);
    assert_non_null(strstr(e.message, "partition 2"));

    /* both are, and one is mounted */
    fill(&table->parts[1], FS2, CLUSTER);
    (void)snprintf(table->parts[1].probe.used, sizeof(table->parts[1].probe.used), "mounted");
    (void)snprintf(table->parts[1].probe.mounted, sizeof(table->parts[1].probe.mounted),
                   "/mnt/disks/" FS2);
    (void)snprintf(probe.used, sizeof(probe.used), "mounted at /mnt/disks/" FS2);
    assert_int_equal(decide(&split, &probe, table, &none, &d, NULL, &e), 0);
    assert_true(d.items[0].verb == DISK_MOUNT && d.items[1].verb == DISK_LEAVE);
    /* also under an entry that wants no volumes */
    assert_int_equal(decide(&want, &probe, table, &none, &d, NULL, &e), 0);
    assert_string_equal(d.items[0].mount, "/mnt/disks/" PRESET);

    /* the marker of one is gone: that of the entry's own volume, not of one that it does not name
     */
    fill(&table->parts[0], PRESET, NULL);
    table->parts[0].probe.unmarked = true;
    assert_int_equal(decide(&split, &probe, table, &none, &d, NULL, &e), 0);
    assert_true(d.items[0].verb == DISK_MOUNT && d.items[0].mark && !d.items[1].mark);
    assert_string_equal(d.items[0].mount, "/mnt/disks/" PRESET);
    (void)snprintf(table->parts[0].probe.used, sizeof(table->parts[0].probe.used), "mounted");
    assert_int_equal(decide(&split, &probe, table, &none, &d, NULL, &e), -EPERM);
    (void)snprintf(table->parts[0].probe.mounted, sizeof(table->parts[0].probe.mounted),
                   "/mnt/disks/" PRESET);
    assert_int_equal(decide(&split, &probe, table, &none, &d, NULL, &e), 0);
    assert_true(d.items[0].verb == DISK_LEAVE && d.items[0].mark);
    assert_int_equal(decide(&want, &probe, table, &none, &d, NULL, &e), -EPERM);
    (void)snprintf(table->guid, sizeof(table->guid), "%s", OTHER);
    assert_int_equal(decide(&split, &probe, table, &none, &d, NULL, &e), -EPERM);
    (void)snprintf(table->guid, sizeof(table->guid), "%s", TABLE);
    fill(&table->parts[0], PRESET, NULL);
    assert_int_equal(decide(&split, &probe, table, &none, &d, NULL, &e), -EPERM);

    fill(&table->parts[0], PRESET, OTHER);
    assert_int_equal(decide(&split, &probe, table, &none, &d, NULL, &e), -EPERM);
    assert_non_null(strstr(e.message, "another cluster"));
    free(table);
}

static void test_wipe(void **state)
{
    struct disk_probe old = {
        .content = DISK_FILESYSTEM, .type = "ext4", .uuid = OTHER, .words = "ext4 file system"};
    struct disk_record record = {.uuid = PRESET, .grant = GRANT, .found = "ext4 file system"};
    const struct disk_leave none = {.begun = NULL}, granted = {.grant = GRANT},
                            meant = {.begun = &record};
    struct disk_want w = want;
    struct disk nameless = disk;
    struct disk_decision d;
    struct error e = ERROR_INIT;
    bool grantable;

    (void)state;
    assert_true(disk_record_identify(&record, &disk));
    assert_int_equal(decide(&w, &old, NULL, &granted, &d, &grantable, &e), -EPERM);
    assert_false(grantable); /* the policy is not wipe-once */
    w.policy = DISK_WIPE_ONCE;
    assert_int_equal(decide(&w, &old, NULL, &none, &d, &grantable, &e), -EPERM);
    assert_true(grantable);
    assert_non_null(strstr(e.message, "seedctl rearm node1 --wipe DATA1"));
    assert_int_equal(decide(&w, &old, NULL, &granted, &d, NULL, &e), 0);
    assert_true(d.wipe && !d.resume);
    assert_string_equal(d.grant, GRANT);

    /* meant, and not begun: only while the disk has what it had */
    assert_int_equal(decide(&w, &old, NULL, &meant, &d, NULL, &e), 0);
    assert_true(d.wipe && !d.resume);
    (void)snprintf(record.found, sizeof(record.found), "swap area");
    assert_int_equal(decide(&w, &old, NULL, &meant, &d, NULL, &e), -EPERM);
    /* nor are bytes of nobody half a format then */
    old = (struct disk_probe){.content = DISK_DATA, .words = "data"};
    assert_int_equal(decide(&w, &old, NULL, &meant, &d, NULL, &e), -EPERM);

    /* the mark is there: whatever else is, too; but not by another grant, nor in use */
    (void)snprintf(old.wiping, sizeof(old.wiping), "%s", GRANT);
    assert_int_equal(decide(&w, &old, NULL, &meant, &d, NULL, &e), 0);
    assert_true(d.wipe && d.resume);
    assert_int_equal(decide(&w, &old, NULL, &none, &d, NULL, &e), -EPERM);
    (void)snprintf(old.used, sizeof(old.used), "swap");
    assert_int_equal(decide(&w, &old, NULL, &meant, &d, NULL, &e), -EPERM);
    assert_int_equal(decide(&w, &old, NULL, &granted, &d, NULL, &e), -EPERM);

    /* wiped: the marker will name the grant */
    old = (struct disk_probe){.content = DISK_BLANK};
    record.found[0] = '\0';
    assert_int_equal(decide(&w, &old, NULL, &meant, &d, NULL, &e), 0);
    assert_true(!d.wipe && d.items[0].verb == DISK_FORMAT);
    assert_string_equal(d.grant, GRANT);

    /* this cluster's is never wiped, another's is */
    old = (struct disk_probe){
        .content = DISK_FILESYSTEM, .type = "ext4", .uuid = OTHER, .has_marker = true};
    old.marker = (struct disk_marker){CLUSTER, "node2", OTHER, "DATA1", 1, ""};
    assert_int_equal(decide(&w, &old, NULL, &granted, &d, &grantable, &e), -EPERM);
    assert_false(grantable);
    old.marker = (struct disk_marker){OTHER, "node2", OTHER, "DATA1", 1, ""};
    assert_int_equal(decide(&w, &old, NULL, &granted, &d, NULL, &e), 0);
    assert_true(d.wipe);

    nameless.serial = NULL;
    assert_int_equal(disk_decide(&w, &owner, &nameless, &old, &granted, &d, NULL, &e), -EPERM);
    assert_non_null(strstr(e.message, "no serial number"));
}

static void test_select(void **state)
{
    const struct disk vda = {.name = (char *)"vda", .size = 1 << 30};
    const struct disk vdb = {.name = (char *)"vdb", .serial = (char *)"DATA1"};
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
    items[1].paths[0] = (char *)"pci-0-sas-b";
    items[1].paths[1] = (char *)"pci-0000:00:05.0";
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
        {"[]",                                                                                         0      },
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"fs\":\"xfs\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/mnt/disks/x\"}]",                                                   0      },
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"wipe-once\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m/x\",\"volumes\":[{\"uuid\":\"" OTHER "\",\"part\":\"" CLUSTER
         "\",\"mount\":\"/m/y\",\"size\":1048576}]}]",                                        0      },
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"wipe-once\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m/x\",\"volumes\":[{\"uuid\":\"" OTHER "\",\"mount\":\"/m/y\"}]}]",
         -EINVAL                                                                                              },
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m/x\",\"label\":\"a\\nb\"}]",                                       -EINVAL},
        {"[{\"match\":{},\"policy\":\"keep\",\"uuid\":\"" PRESET "\",\"mount\":\"/m/x\"}]",
         -EINVAL                                                                                              },
        {"[{\"match\":{\"serial\":\"A\",\"wwn\":\"B\"},\"policy\":\"keep\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m/x\"}]",                                                           -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"wipe\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m/x\"}]",                                                           -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"uuid\":\"x\",\"mount\":\"/m/x\"}]",
         -EINVAL                                                                                              },
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"uuid\":\"" PRESET
         "\",\"mount\":\"m\"}]",                                                              -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m x\"}]",                                                           -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"fs\":\"btrfs\",\"uuid\":\"" PRESET
         "\",\"mount\":\"/m\"}]",                                                             -EINVAL},
        {"[{\"match\":{\"serial\":\"A\"},\"policy\":\"keep\",\"fs\":\"xfs\",\"label\":\"thirteen-"
         "long\","
         "\"uuid\":\"" PRESET "\",\"mount\":\"/m\"}]",
         -EINVAL                                                                                              },
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
        cmocka_unit_test(test_decide), cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_layout), cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_wipe),   cmocka_unit_test(test_select),
        cmocka_unit_test(test_wants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
