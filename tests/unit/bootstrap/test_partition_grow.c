/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "bootstrap/partition_grow.h"
#include "common/file.h"
#include "tests/unit/test.h"
#include "tree.h"

#define MIB (UINT64_C(1) << 20)
#define TIB (UINT64_C(1) << 40)
#define DISK "/sys/block/sda"

static void put_number(const struct tree *t, const char *folder, const char *name, uint64_t value)
{
    char path[128], text[32];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)snprintf(text, sizeof(text), "%llu\n", (unsigned long long)value);
    tree_write(t, path, text);
}

/* In bytes. */
static void put_partition(const struct tree *t, unsigned number, uint64_t start, uint64_t size)
{
    char folder[64];

    (void)snprintf(folder, sizeof(folder), DISK "/sda%u", number);
    put_number(t, folder, "partition", number);
    put_number(t, folder, "start", start / 512);
    put_number(t, folder, "size", size / 512);
}

static uint64_t room_of(const struct tree *t, unsigned number, uint8_t type)
{
    uint8_t mbr[PARTITION_MBR_SIZE] = {0};
    char folder[128];

    mbr[446 + 4] = type;
    mbr[510] = 0x55;
    mbr[511] = 0xaa;
    (void)snprintf(folder, sizeof(folder), "%s" DISK "/sda%u", t->root, number);
    return partition_room(folder, mbr);
}

static void test_room(void **state)
{
    static const struct {
        const char *what;
        uint64_t disk, block;       /* bytes; block 0: sysfs has none */
        uint64_t start[4], size[4]; /* of partitions 1 to 4; size 0: there is none */
        unsigned logical, root;     /* number of a logical partition at 8 MiB, or 0 */
        uint8_t type;               /* of the MBR's first entry */
        uint64_t room;
    } rows[] = {
        {"the last one",                         100 * MIB, 512, {MIB},                     {9 * MIB},       0, 1, 0xee, 90 * MIB           },
        {"the last one by place, not by number",
         100 * MIB,
         512,                                                    {50 * MIB, MIB},
         {10 * MIB, 9 * MIB},
         0,                                                                                                     1,
         0xee,                                                                                                           40 * MIB           },
        {"another follows at once",
         100 * MIB,
         512,                                                    {MIB, 10 * MIB},
         {9 * MIB, 10 * MIB},
         0,                                                                                                     1,
         0xee,                                                                                                           0                  },
        {"others follow after a gap",
         100 * MIB,
         512,                                                    {MIB, 60 * MIB, 30 * MIB},
         {9 * MIB, MIB, MIB},
         0,                                                                                                     1,
         0xee,                                                                                                           20 * MIB           },
        {"the whole disk",                       100 * MIB, 512, {0},                       {100 * MIB},     0, 1, 0xee, 0                  },
        {"GPT beyond 2 TiB",                     3 * TIB,   512, {MIB},                     {9 * MIB},       0, 1, 0xee, 3 * TIB - 10 * MIB },
        {"dos beyond 2 TiB",                     3 * TIB,   512, {MIB},                     {9 * MIB},       0, 1, 0x83, 2 * TIB - 10 * MIB },
        {"dos beyond 2 TiB, full",               3 * TIB,   512, {MIB},                     {2 * TIB - MIB}, 0, 1, 0x83, 0                  },
        {"dos beyond 2 TiB, no block size",
         3 * TIB,
         0,                                                      {MIB},
         {9 * MIB},
         0,                                                                                                     1,
         0x83,                                                                                                           2 * TIB - 10 * MIB },
        {"dos beyond 2 TiB, blocks of 4 KiB",
         17 * TIB,
         4096,                                                   {MIB},
         {9 * MIB},
         0,                                                                                                     1,
         0x83,                                                                                                           16 * TIB - 10 * MIB},
        {"dos below 2 TiB",                      100 * MIB, 512, {MIB},                     {9 * MIB},       0, 1, 0x83, 90 * MIB           },
        {"logical",                              100 * MIB, 512, {MIB},                     {MIB},           5, 5, 0x83, 0                  },
        {"the fifth of a GPT",                   100 * MIB, 512, {MIB},                     {MIB},           5, 5, 0xee, 91 * MIB           },
    };
    size_t i;
    unsigned n;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        struct tree t;
        uint64_t room;

        tree_make(&t, NULL);
        put_number(&t, DISK, "size", rows[i].disk / 512);
        if (rows[i].block)
            put_number(&t, DISK "/queue", "logical_block_size", rows[i].block);
        for (n = 0; n < 4; n++)
            if (rows[i].size[n])
                put_partition(&t, n + 1, rows[i].start[n], rows[i].size[n]);
        if (rows[i].logical)
            put_partition(&t, rows[i].logical, 8 * MIB, MIB);
        room = room_of(&t, rows[i].root, rows[i].type);
        if (room != rows[i].room)
            fail_msg("%s: %llu bytes, expected %llu", rows[i].what, (unsigned long long)room,
                     (unsigned long long)rows[i].room);
        tree_remove(&t);
    }
}

/* A growpart that says so and ends as the real one does. */
static int grow_with(struct tree *t, const char *script, struct error *e)
{
    const char *path = getenv("PATH");
    _cleanup_free_ char *old = path ? strdup(path) : NULL, *now = NULL, *program = NULL;
    int r;

    tree_write(t, "/usr/bin/growpart", script);
    program = path_join(t->root, "/usr/bin/growpart");
    assert_non_null(program);
    assert_int_equal(chmod(program, 0755), 0);
    assert_true(asprintf(&now, "%s/usr/bin:%s", t->root, old ? old : "/usr/bin:/bin") > 0);
    assert_int_equal(setenv("PATH", now, 1), 0);
    r = partition_grow(&t->context, "/dev/sda", "1", e);
    if (old)
        assert_int_equal(setenv("PATH", old, 1), 0);
    else
        assert_int_equal(unsetenv("PATH"), 0);
    return r;
}

static void test_grow(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    assert_good(grow_with(&t, "#!/bin/sh\necho \"CHANGED: $1 $2\"\n", &e), &e);
    assert_good(grow_with(&t,
                          "#!/bin/sh\necho \"NOCHANGE: partition $2 could only be grown by 2015\"\n"
                          "exit 1\n",
                          &e),
                &e);
    assert_true(grow_with(&t, "#!/bin/sh\necho \"FAILED: sfdisk\"\nexit 1\n", &e) < 0);
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
