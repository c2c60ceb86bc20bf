/* SPDX-License-Identifier: Apache-2.0 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "bootstrap/disk_list.h"
#include "common/file.h"

/* A sysfs of three disks as Linux lays them out: folders below devices/, links in block/. */
struct tree {
    char root[64], sys[80], dev[80], proc[80];
};

static void put(const struct tree *t, const char *path, const char *text)
{
    struct error e = ERROR_INIT;
    char full[256];

    (void)snprintf(full, sizeof(full), "%s/%s", t->sys, path);
    assert_int_equal(file_make_parents(full, 0755, &e), 0);
    assert_int_equal(file_write_atomic(-100 /* AT_FDCWD */, full, text, strlen(text), 0644, &e), 0);
}

static void put_disk(const struct tree *t, const char *name, const char *folder, const char *number,
                     const char *sectors)
{
    char path[256], target[256];

    (void)snprintf(path, sizeof(path), "%s/dev", folder);
    put(t, path, number);
    (void)snprintf(path, sizeof(path), "%s/size", folder);
    put(t, path, sectors);
    (void)snprintf(target, sizeof(target), "../%s", folder);
    (void)snprintf(path, sizeof(path), "%s/block/%s", t->sys, name);
    assert_int_equal(symlink(target, path), 0);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

#define VDA "devices/pci0000:00/0000:00:04.0/virtio1/block/vda"
#define SDA "devices/pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block/sda"
#define SDB "devices/pci0000:00/0000:00:05.0/virtio2/host4/target4:0:1/4:0:1:7/block/sdb"
#define NVME "devices/pci0000:00/0000:00:1c.0/0000:01:00.0/nvme/nvme0/nvme0n1"

static int set_up(void **state)
{
    static struct tree t;
    char path[128];

    (void)snprintf(t.root, sizeof(t.root), "/tmp/test-disk-list-XXXXXX");
    assert_non_null(mkdtemp(t.root));
    (void)snprintf(t.sys, sizeof(t.sys), "%s/sys", t.root);
    (void)snprintf(t.dev, sizeof(t.dev), "%s/dev", t.root);
    (void)snprintf(t.proc, sizeof(t.proc), "%s/proc", t.root);
    (void)snprintf(path, sizeof(path), "%s/block", t.sys);
    assert_int_equal(mkdir(t.sys, 0755), 0);
    assert_int_equal(mkdir(path, 0755), 0);

    put_disk(&t, "vda", VDA, "254:0\n", "20971520\n");
    put(&t, VDA "/serial", "DATA1\n");
    put(&t, VDA "/ro", "1\n");
    put(&t, "devices/pci0000:00/0000:00:04.0/virtio1/vendor", "0x1af4\n");

    put_disk(&t, "sda", SDA, "8:0\n", "2048\n");
    put(&t, "devices/pci0000:00/0000:00:1f.2/ata3/ata_port/ata3/port_no", "1\n");
    put(&t, SDA "/device/vendor", "ATA     \n");
    put(&t, SDA "/device/wwid", "naa.5000C500ABCDEF01\n");

    put_disk(&t, "sdb", SDB, "8:16\n", "2048\n");
    put_disk(&t, "nvme0n1", NVME, "259:0\n", "4096\n");
    put(&t, NVME "/device/serial", "S4EVNX0    \n");
    put(&t, NVME "/wwid", "eui.0025385b01403b27\n");
    put(&t, NVME "/nsid", "1\n");
    put_disk(&t, "sr0", "devices/virtual/block/sr0", "11:0\n", "0\n");
    *state = &t;
    return 0;
}

static int tear_down(void **state)
{
    const struct tree *t = *state;

    return nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_list(void **state)
{
    const struct tree *t = *state;
    struct disk_roots roots = {t->sys, t->dev, t->proc, ""};
    struct disk_list list = {NULL, 0};
    struct error e = ERROR_INIT;

    assert_int_equal(disk_list_read(&roots, &list, &e), 0);
    assert_int_equal(list.n, 4); /* not the optical drive */

    assert_string_equal(list.items[0].name, "nvme0n1");
    assert_string_equal(list.items[0].serial, "S4EVNX0");
    assert_string_equal(list.items[0].wwn, "0025385b01403b27");
    assert_string_equal(list.items[0].ids[0], "nvme-eui.0025385b01403b27");
    assert_string_equal(list.items[0].paths[0], "pci-0000:01:00.0-nvme-1");

    assert_string_equal(list.items[1].name, "sda");
    assert_null(list.items[1].serial); /* no page 0x80 there, and nothing that could be asked */
    assert_string_equal(list.items[1].wwn, "5000c500abcdef01");
    assert_string_equal(list.items[1].ids[0], "wwn-0x5000c500abcdef01");
    assert_string_equal(list.items[1].paths[0], "pci-0000:00:1f.2-ata-1");

    assert_string_equal(list.items[2].name, "sdb");
    assert_string_equal(list.items[2].paths[0], "pci-0000:00:05.0-scsi-0:0:1:7");

    assert_string_equal(list.items[3].name, "vda");
    assert_string_equal(list.items[3].serial, "DATA1");
    assert_string_equal(list.items[3].ids[0], "virtio-DATA1");
    assert_string_equal(list.items[3].paths[0], "pci-0000:00:04.0");
    assert_true(list.items[3].read_only);
    assert_int_equal(list.items[3].major, 254);
    assert_true(list.items[3].size == 20971520ull * 512);
    disk_list_done(&list);
}

static void test_vendor_serials_identify_nobody(void **state)
{
    const struct tree *t = *state;
    struct disk_roots roots = {t->sys, t->dev, t->proc, ""};
    struct disk_list list = {NULL, 0};
    struct error e = ERROR_INIT;

    put(t, VDA "/serial", "0123456789\n");
    assert_int_equal(disk_list_read(&roots, &list, &e), 0);
    assert_null(list.items[3].serial);
    assert_null(list.items[3].ids[0]);
    disk_list_done(&list);
    put(t, VDA "/serial", "DATA1\n");
}

static void test_wwn_spellings(void **state)
{
    static const char *const rows[][2] = {
        {"0x5000C500ABCDEF01",        "5000c500abcdef01"},
        {"wwn-0x5000c500abcdef01",    "5000c500abcdef01"},
        {"naa.5000c500abcdef01",      "5000c500abcdef01"},
        {"nvme-eui.0025385b01403b27", "0025385b01403b27"},
        {"5000c500abcdef01",          "5000c500abcdef01"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        char *s = wwn_normalize(rows[i][0]);

        assert_string_equal(s, rows[i][1]);
        free(s);
    }
}

/* udev's link for a device below dev/disk/by-path. */
static void put_link(const struct tree *t, const char *name, const char *node)
{
    struct error e = ERROR_INIT;
    char target[128], path[256];

    (void)snprintf(target, sizeof(target), "../../%s", node);
    (void)snprintf(path, sizeof(path), "%s/disk/by-path/%s", t->dev, name);
    assert_int_equal(file_make_parents(path, 0755, &e), 0);
    assert_int_equal(symlink(target, path), 0);
}

/* A SAS disk has a name by its phy and one by its address: in whatever order they are found. */
static void test_all_paths(void **state)
{
    static const char *const names[] = {"pci-0000:00:09.0-sas-phy1-lun-0",
                                        "pci-0000:00:09.0-sas-0x5000c500abcdef02-lun-0",
                                        "pci-0000:00:09.0-scsi-0:0:1:0"};
    const struct tree *t = *state;
    struct disk_roots roots = {t->sys, t->dev, t->proc, ""};
    struct disk_list list = {NULL, 0};
    struct error e = ERROR_INIT;
    char node[128];
    size_t i;

    put_disk(t, "sdc",
             "devices/pci0000:00/0000:00:09.0/host9/port-9:0/end_device-9:0/target9:0:0/9:0:0:0/"
             "block/sdc",
             "8:32\n", "2048\n");
    for (i = 0; i < ARRAY_SIZE(names); i++)
        put_link(t, names[i], "sdc");
    put_link(t, "virtio-pci-0000:00:04.0", "vda");
    put_link(t, "pci-0000:00:04.0", "vda");
    put_link(t, "pci-0000:00:08.0", "gone");
    (void)snprintf(node, sizeof(node), "%s/sdc", t->dev);
    if (mknod(node, S_IFBLK | 0600, makedev(8, 32)) < 0) {
        print_message("making device nodes needs root\n");
        skip();
    }
    (void)snprintf(node, sizeof(node), "%s/vda", t->dev);
    assert_int_equal(mknod(node, S_IFBLK | 0600, makedev(254, 0)), 0);

    assert_int_equal(disk_list_read(&roots, &list, &e), 0);
    assert_int_equal(list.n, 5);
    assert_string_equal(list.items[3].name, "sdc");
    assert_string_equal(list.items[3].paths[0], names[1]);
    assert_string_equal(list.items[3].paths[1], names[0]);
    assert_string_equal(list.items[3].paths[2], names[2]);
    assert_null(list.items[3].paths[3]);
    for (i = 0; i < ARRAY_SIZE(names); i++)
        assert_true(disk_has_path(&list.items[3], names[i]));
    assert_true(disk_has_path(&list.items[3], "/dev/disk/by-path/pci-0000:00:09.0-sas-phy1-lun-0"));
    assert_false(disk_has_path(&list.items[3], "pci-0000:00:04.0"));
    assert_true(disk_has_path(&list.items[4], "virtio-pci-0000:00:04.0"));
    assert_null(list.items[4].paths[1]);
    disk_list_done(&list);
}

static char *no_attribute(const char *folder, const char *name, void *userdata)
{
    (void)folder;
    (void)name;
    (void)userdata;
    return NULL;
}

static void test_path_names(void **state)
{
    static const char *const rows[][2] = {
  /* Intel's VMD */
        {"/sys/devices/pci0000:5d/0000:5d:05.5/pci10000:00/10000:00:02.0/10000:01:00.0/nvme/nvme0/"
         "nvme0n1",                                       "pci-10000:01:00.0-nvme-1"},
        {"/sys/devices/pci0000:00/0000:00:04.0/virtio1/block/vda", "pci-0000:00:04.0"        },
        {"/sys/devices/virtual/block/dm-0",                        NULL                      },
        {"/sys/devices/pci0000:00/00000:00:04.0x/block/xda",       NULL                      },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        char *name = disk_path_name(rows[i][0], no_attribute, NULL);

        if (rows[i][1])
            assert_string_equal(name, rows[i][1]);
        else
            assert_null(name);
        free(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),          cmocka_unit_test(test_vendor_serials_identify_nobody),
        cmocka_unit_test(test_wwn_spellings), cmocka_unit_test(test_all_paths),
        cmocka_unit_test(test_path_names),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
