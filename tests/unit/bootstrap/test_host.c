/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "bootstrap/host.h"
#include "bootstrap/steps.h"
#include "common/file.h"
#include "tests/unit/test.h"
#include "tree.h"

#define CONFIG                                                                                     \
    "{\"version\":1,\"host\":{\"name\":\"node1\",\"ip\":\"127.0.0.1\",\"roles\":[\"node\"]},"      \
    "\"preflight\":{\"memory_mb\":1500,\"cpus\":2,\"disk_mb\":1,\"modules\":[\"br_netfilter\"]},"  \
    "\"system\":{\"hosts\":[{\"address\":\"192.0.2.7\",\"names\":[\"node1\",\"node1.c\"]},"        \
    "{\"address\":\"192.0.2.8\",\"names\":[\"lb\"]}],\"modules\":[\"br_netfilter\",\"overlay\"],"  \
    "\"sysctls\":{\"net.ipv4.ip_forward\":\"1\",\"vm.x\":\"0\"},\"network\":null,"                 \
    "\"ntp\":[\"192.0.2.1\",\"192.0.2.2\"],\"routes\":[]}}"

static const char fake_systemctl[] = "#!/bin/sh\necho \"$@\" >>\"${0%/usr/bin/systemctl}/calls\"\n";

static void add_systemctl(struct tree *t)
{
    _cleanup_free_ char *path = path_join(t->root, "/usr/bin/systemctl");

    tree_write(t, "/usr/bin/systemctl", fake_systemctl);
    assert_int_equal(chmod(path, 0755), 0);
}

static void assert_text(struct tree *t, const char *path, const char *want)
{
    _cleanup_free_ char *have = tree_read(t, path);

    assert_non_null(have);
    assert_string_equal(have, want);
}

static void test_everything_once(void **state)
{
    struct error e = ERROR_INIT;
    _cleanup_free_ char *hosts = NULL;
    struct tree t;
    bool done;

    (void)state;
    tree_make(&t, CONFIG);
    add_systemctl(&t);
    tree_write(&t, "/lib/systemd/systemd-timesyncd", "");
    tree_write(&t, "/sys/module/br_netfilter/x", "");
    tree_write(&t, "/sys/module/overlay/x", "");
    tree_write(&t, "/proc/sys/net/ipv4/ip_forward", "1\n");
    tree_write(&t, "/proc/sys/vm/x", "0\n");
    tree_write(&t, "/etc/hosts",
               "127.0.0.1 localhost\n127.0.1.1\tnode1.old node1\n127.0.1.1 node10\n");
    tree_write(&t, "/etc/fstab",
               "# swap\n/dev/sda1 / ext4 defaults 0 1\n/dev/sda2 none swap sw 0 0");
    tree_write(&t, "/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");

    assert_good(host_is_done(&t.context, &done, &e), &e);
    assert_false(done);
    assert_false(tree_has(&t, "/etc/hostname")); /* looking changes nothing */
    assert_good(host_run(&t.context, &e), &e);
    assert_text(&t, "/etc/hostname", "node1\n");
    hosts = tree_read(&t, "/etc/hosts");
    assert_non_null(strstr(hosts, "\n# by nodeseed, see below: 127.0.1.1\tnode1.old node1\n"));
    assert_non_null(strstr(hosts, "\n127.0.1.1 node10\n"));
    assert_non_null(strstr(hosts, "\n192.0.2.7 node1 node1.c\n192.0.2.8 lb\n"));
    assert_text(&t, "/etc/modules-load.d/nodeseed.conf", "br_netfilter\noverlay\n");
    assert_text(&t, "/etc/sysctl.d/90-nodeseed.conf", "net.ipv4.ip_forward = 1\nvm.x = 0\n");
    assert_text(&t, "/etc/fstab",
                "# swap\n/dev/sda1 / ext4 defaults 0 1\n"
                "# switched off by nodeseed: /dev/sda2 none swap sw 0 0");
    assert_true(tree_has(&t, "/etc/systemd/system/swap.target"));
    assert_text(&t, "/etc/systemd/timesyncd.conf.d/nodeseed.conf",
                "[Time]\nNTP=192.0.2.1 192.0.2.2\n");
    assert_text(&t, "/calls",
                "enable systemd-timesyncd.service\nrestart systemd-timesyncd.service\n");
    assert_good(host_is_done(&t.context, &done, &e), &e);
    assert_true(done);
    tree_remove(&t);
}

/* A machine that is no copy keeps its identity; one that says so gets a new one, once. */
static void test_identity(void **state)
{
    static const char old[] = "0123456789abcdef0123456789abcdef\n";
    _cleanup_free_ char *id = NULL;
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    tree_make(&t, CONFIG);
    tree_write(&t, "/etc/machine-id", old);
    tree_write(&t, "/etc/ssh/ssh_host_rsa_key", "secret");
    tree_write(&t, "/etc/ssh/ssh_host_rsa_key.pub", "public");
    assert_good(host_identity(&t.context, true, &same, &e), &e);
    assert_true(same);
    assert_text(&t, "/etc/machine-id", old);
    assert_true(tree_has(&t, "/etc/ssh/ssh_host_rsa_key"));

    tree_write(&t, "/etc/nodeseed/image", "");
    tree_write(&t, "/var/lib/dbus/machine-id", old);
    assert_good(host_identity(&t.context, false, &same, &e), &e);
    assert_false(same);
    assert_text(&t, "/etc/machine-id", old);
    assert_good(host_identity(&t.context, true, &same, &e), &e);
    id = tree_read(&t, "/etc/machine-id");
    assert_int_equal(strlen(id), 33);
    assert_int_equal(strspn(id, "0123456789abcdef"), 32);
    assert_string_not_equal(id, old);
    assert_text(&t, "/var/lib/dbus/machine-id", id);
    assert_false(tree_has(&t, "/etc/ssh/ssh_host_rsa_key"));
    assert_false(tree_has(&t, "/etc/ssh/ssh_host_rsa_key.pub"));
    assert_false(tree_has(&t, "/etc/nodeseed/image"));
    assert_good(host_identity(&t.context, true, &same, &e), &e);
    assert_true(same);
    tree_remove(&t);
}

/* The mark goes when all that it asked for is on the disk, and no earlier. */
static void test_identity_is_synced(void **state)
{
    _cleanup_free_ char *folder = NULL;
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    tree_make(&t, CONFIG);
    folder = path_join(t.root, "/etc/ssh");
    assert_int_equal(symlink("ssh", folder), 0);
    tree_write(&t, "/etc/nodeseed/image", "");
    assert_int_equal(host_identity(&t.context, true, &same, &e), -ELOOP);
    assert_true(tree_has(&t, "/etc/nodeseed/image"));
    assert_int_equal(unlink(folder), 0);
    assert_good(host_identity(&t.context, true, &same, &e), &e);
    assert_false(tree_has(&t, "/etc/nodeseed/image"));
    tree_remove(&t);
}

/* One file for other services, too: only our part of it changes. */
static void test_chrony(void **state)
{
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    tree_make(&t, CONFIG);
    add_systemctl(&t);
    tree_write(&t, "/usr/sbin/chronyd", "");
    tree_write(&t, "/lib/systemd/systemd-timesyncd", "");
    tree_write(&t, "/etc/chrony/chrony.conf", "driftfile /x\n");
    assert_good(host_time(&t.context, true, &same, &e), &e);
    text = tree_read(&t, "/etc/chrony/chrony.conf");
    assert_int_equal(strncmp(text, "driftfile /x\n# BEGIN nodeseed", 29), 0);
    assert_non_null(strstr(text, "\nserver 192.0.2.1 iburst\nserver 192.0.2.2 iburst\n"));
    assert_false(tree_has(&t, "/etc/systemd/timesyncd.conf.d/nodeseed.conf"));
    assert_good(host_time(&t.context, true, &same, &e), &e);
    assert_true(same);
    tree_remove(&t);
}

/* A restart that failed is not forgotten because the file is right by now. */
static void test_failed_restart(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    tree_make(&t, CONFIG);
    tree_write(&t, "/lib/systemd/systemd-timesyncd", "");
    assert_true(host_time(&t.context, true, &same, &e) < 0); /* there is no systemctl */
    assert_true(tree_has(&t, "/etc/systemd/timesyncd.conf.d/nodeseed.conf"));
    assert_good(host_time(&t.context, false, &same, &e), &e);
    assert_false(same);
    add_systemctl(&t);
    assert_good(host_time(&t.context, true, &same, &e), &e);
    assert_text(&t, "/calls",
                "enable systemd-timesyncd.service\nrestart systemd-timesyncd.service\n");
    assert_good(host_time(&t.context, false, &same, &e), &e);
    assert_true(same);
    tree_remove(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_once),    cmocka_unit_test(test_identity),
        cmocka_unit_test(test_identity_is_synced), cmocka_unit_test(test_chrony),
        cmocka_unit_test(test_failed_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
