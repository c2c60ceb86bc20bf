/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "bootstrap/volume_objects.h"
#include "bootstrap/volumes.h"
#include "tests/unit/test.h"

static const char mountinfo[] =
    "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
    "30 22 0:27 / /run rw - tmpfs tmpfs rw\n"
    "40 22 254:16 / /mnt/disks/bbb rw,relatime shared:20 - ext4 /dev/vdb rw\n"
    "41 22 254:32 / /mnt/disks/aaa rw,relatime - xfs /dev/vdc rw\n"
    "42 22 254:48 / /mnt/disks/one/two rw - ext4 /dev/vdd rw\n"
    "43 22 254:49 / /mnt/disksaaa rw - ext4 /dev/vde rw\n"
    "44 22 254:50 / /mnt/disks/with\\040blank rw - ext4 /dev/vdf rw\n"
    "45 22 254:1 /srv/share /mnt/disks/bound rw - ext4 /dev/vda1 rw\n"
    "90 22 254:32 / /var/lib/kubelet/pods/x/volumes/kubernetes.io~local-volume/p rw - xfs "
    "/dev/vdc rw\n"
    "too short\n";

static void mounts_one_level_below(void **state)
{
    struct volume_mounts m = {.n = 0};
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(volume_mounts_parse(mountinfo, "", "/mnt/disks", &m, &e), &e);
    assert_int_equal(m.n, 4);
    assert_string_equal(m.items[0].path, "/mnt/disks/aaa");
    assert_string_equal(m.items[0].used_at,
                        "/var/lib/kubelet/pods/x/volumes/kubernetes.io~local-volume/p");
    assert_string_equal(m.items[1].path, "/mnt/disks/bbb");
    assert_null(m.items[1].used_at);
    assert_string_equal(m.items[2].path, "/mnt/disks/bound");
    assert_null(
        m.items[2].used_at); /* the whole of / is mounted elsewhere, not this folder of it */
    assert_string_equal(m.items[3].path, "/mnt/disks/with blank");
    volume_mounts_done(&m);
}

static void a_root_goes_before_them(void **state)
{
    struct volume_mounts m = {.n = 0};
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(volume_mounts_parse("40 22 8:16 / /tmp/r/mnt/disks/a rw - ext4 x rw\n"
                                    "41 22 8:17 / /mnt/disks/b rw - ext4 x rw\n"
                                    "42 22 8:18 / /tmp/r/mnt/disks/a rw - ext4 x rw\n",
                                    "/tmp/r", "/mnt/disks", &m, &e),
                &e);
    assert_int_equal(m.n, 1);
    assert_string_equal(m.items[0].path, "/mnt/disks/a");
    assert_string_equal(m.items[0].number, "8:18"); /* what is mounted last is what is seen */
    volume_mounts_done(&m);
}

static void not_more_than_a_server_takes(void **state)
{
    struct volume_mounts m = {.n = 0};
    struct buf text = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;

    (void)state;
    for (int i = 0; i <= VOLUMES_MOUNTS_MAX; i++)
        buf_addf(&text, "1 2 8:%d / /mnt/disks/v%d rw - ext4 x rw\n", i, i);
    assert_int_equal(volume_mounts_parse(text.data, "", "/mnt/disks", &m, &e), -E2BIG);
    buf_done(&text);
}

static void touch(int folder, const char *name)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    (void)close(fd);
}

static void in(char *ret, size_t size, const char *folder, const char *name)
{
    (void)snprintf(ret, size, "%s/%s", folder, name);
}

/* Deeper than PATH_MAX and than a process may have files open. */
static void emptied_however_deep(void **state)
{
    char folder[] = "/tmp/nodeseed-volume-XXXXXX", outside[] = "/tmp/nodeseed-outside-XXXXXX";
    char path[128];
    struct error e = ERROR_INIT;
    struct stat st;
    int fd, next;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_non_null(mkdtemp(outside));
    fd = open(outside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    touch(fd, "precious");
    (void)close(fd);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    touch(fd, ".nodeseed-disk.json");
    touch(fd, "plain");
    touch(fd, ".hidden");
    touch(fd, ".nodeseed-emptying-0"); /* a pod may have called one so */
    assert_int_equal(mkdirat(fd, "lost+found", 0700), 0);
    assert_int_equal(symlinkat(outside, fd, "link"), 0);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(mkdirat(fd, "folder", 0700), 0);
        next = openat(fd, "folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        (void)close(fd);
        fd = next;
        if (i % 100 == 0) {
            touch(fd, "file");
            assert_int_equal(symlinkat(outside, fd, "link"), 0);
            assert_int_equal(mkdirat(fd, "empty", 0), 0);
        }
    }
    (void)close(fd);

    assert_good(volume_empty(folder, NULL, NULL, &e), &e);
    in(path, sizeof(path), folder, "lost+found");
    assert_int_equal(rmdir(path), 0);
    in(path, sizeof(path), folder, ".nodeseed-disk.json");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left */
    in(path, sizeof(path), outside, "precious");
    assert_int_equal(stat(path, &st), 0);
    (void)unlink(path);
    (void)rmdir(outside);
    assert_int_equal(volume_empty(folder, NULL, NULL, &e), -ENOENT);
}

#define PV(name, path, host, maker, phase)                                                         \
    "{\"metadata\":{\"name\":\"" name                                                              \
    "\",\"annotations\":{\"pv.kubernetes.io/provisioned-by\":\"" maker                             \
    "\"}},\"spec\":{\"local\":{\"path\":\"" path                                                   \
    "\"},\"nodeAffinity\":{\"required\":{\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":"  \
    "\"kubernetes.io/hostname\",\"operator\":\"In\",\"values\":[\"" host                           \
    "\"]}]}]}}},\"status\":{\"phase\":\"" phase "\"}}"

static void what_is_there_is_left(void **state)
{
    static const char page[] = "{\"items\":[" PV(
        "local-pv-1", "/mnt/disks/a", "node1", "local-volume-provisioner-node1",
        "Bound") "," PV("old", "/mnt/disks/b", "node1", "local-volume-provisioner-node1",
                        "Available") "," PV("pv-local", "/mnt/disks/c", "node1", "",
                                            "Available") "," PV("old-bound", "/mnt/disks/d",
                                                                "node1",
                                                                "local-volume-"
                                                                "provisioner-node1",
                                                                "Bound") ",{\"metadata\":"
                                                                         "{\"name\":"
                                                                         "\"nfs\"},"
                                                                         "\"spec\":{}}]}";
    static const struct {
        const char *wanted;
        enum volume_verb verb;
        const char *other;
    } rows[] = {
        {PV("local-pv-1", "/mnt/disks/a", "node1", "x", "x"), VOLUME_THERE,   NULL       },
        {PV("local-pv-2", "/mnt/disks/a", "node2", "x", "x"), VOLUME_CREATE,  NULL       },
        {PV("local-pv-3", "/mnt/disks/b", "node1", "x", "x"), VOLUME_REPLACE, "old"      },
        {PV("local-pv-4", "/mnt/disks/c", "node1", "x", "x"), VOLUME_THERE,   "pv-local" },
        {PV("local-pv-5", "/mnt/disks/d", "node1", "x", "x"), VOLUME_THERE,   "old-bound"},
    };
    json_t *cluster = json_object(), *list = json_loads(page, 0, NULL);
    struct error e = ERROR_INIT;
    const char *other;

    (void)state;
    assert_non_null(list);
    assert_good(volume_index_add(cluster, list, &e), &e);
    assert_int_equal(json_object_size(cluster), 4);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *wanted = json_loads(rows[i].wanted, 0, NULL);

        assert_int_equal(volume_decide(cluster, wanted, &other), rows[i].verb);
        if (rows[i].other)
            assert_string_equal(other, rows[i].other);
        else
            assert_null(other);
        json_decref(wanted);
    }
    json_decref(list);
    json_decref(cluster);
}

static void what_is_claimed_is_not_released(void **state)
{
    static const struct {
        const char *there; /* NULL: nothing */
        enum release_verb asked, emptied;
    } rows[] = {
        {NULL,                                                                 RELEASE_EMPTY,  RELEASE_DONE  },
        {"{\"ours\":true,\"phase\":\"Released\",\"claim\":\"default/data\"}",  RELEASE_EMPTY,
         RELEASE_DELETE                                                                                      },
        {"{\"ours\":true,\"phase\":\"Failed\",\"claim\":\"default/data\"}",    RELEASE_EMPTY,
         RELEASE_DELETE                                                                                      },
        {"{\"ours\":true,\"phase\":\"Bound\",\"claim\":\"default/data\"}",     RELEASE_REFUSE,
         RELEASE_REFUSE                                                                                      },
        {"{\"ours\":true,\"phase\":\"Available\",\"claim\":\"\"}",             RELEASE_REFUSE, RELEASE_REFUSE},
        {"{\"ours\":true,\"phase\":\"Available\",\"claim\":\"default/data\"}", RELEASE_REFUSE,
         RELEASE_REFUSE                                                                                      },
        {"{\"ours\":true,\"phase\":\"\",\"claim\":\"\"}",                      RELEASE_REFUSE, RELEASE_REFUSE},
        {"{\"ours\":false,\"phase\":\"Released\",\"claim\":\"default/data\"}", RELEASE_REFUSE,
         RELEASE_REFUSE                                                                                      },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *there = rows[i].there ? json_loads(rows[i].there, 0, NULL) : NULL;
        char why[768] = "";

        assert_int_equal(release_decide(there, false, why, sizeof(why)), rows[i].asked);
        assert_int_equal(why[0] != '\0', rows[i].asked == RELEASE_REFUSE);
        assert_int_equal(release_decide(there, true, why, sizeof(why)), rows[i].emptied);
        json_decref(there);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mounts_one_level_below),
        cmocka_unit_test(a_root_goes_before_them),
        cmocka_unit_test(not_more_than_a_server_takes),
        cmocka_unit_test(emptied_however_deep),
        cmocka_unit_test(what_is_there_is_left),
        cmocka_unit_test(what_is_claimed_is_not_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
