/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "bootstrap/host.h"
#include "common/file.h"
#include "tests/unit/test.h"
#include "tree.h"

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra"
#define CONFIG(ssh)                                                                                \
    "{\"version\":1,\"host\":{\"name\":\"node1\",\"ip\":\"127.0.0.1\",\"roles\":[\"node\"]},"      \
    "\"system\":{" ssh "}}"
#define SSH(user, keys) "\"ssh\":{\"user\":\"" user "\",\"keys\":[" keys "]}"
#define ROOTS "/root/.ssh/authorized_keys"
#define ADMINS "/home/admin/.ssh/authorized_keys"

static void make(struct tree *t, const char *config)
{
    tree_make(t, config);
    tree_write(t, "/etc/passwd",
               "root:x:0:0:root:/root:/bin/sh\nadmin:x:1000:1001::/home/admin:/bin/sh\n");
    tree_write(t, "/root/.profile", "");
    tree_write(t, "/home/admin/.profile", "");
}

static void set_config(struct tree *t, const char *text)
{
    _cleanup_json_ json_t *config = json_loads(text, 0, NULL);
    struct error e = ERROR_INIT;

    assert_non_null(config);
    assert_good(context_set_config(&t->context, config, &e), &e);
}

static void apply(struct tree *t, bool want_same)
{
    struct error e = ERROR_INIT;
    bool same;

    assert_good(host_ssh(&t->context, false, &same, &e), &e);
    assert_int_equal(same, want_same);
    assert_good(host_ssh(&t->context, true, &same, &e), &e);
    assert_good(host_ssh(&t->context, false, &same, &e), &e);
    assert_true(same);
}

static void assert_refusal(struct tree *t, const char *words)
{
    struct error e = ERROR_INIT;
    bool same;

    assert_true(host_ssh(&t->context, true, &same, &e) < 0);
    if (!strstr(e.message, words))
        fail_msg("%s", e.message);
}

static void assert_mode(const struct tree *t, const char *path, mode_t mode, uid_t uid)
{
    _cleanup_free_ char *full = path_join(t->root, path);
    struct stat st;

    assert_int_equal(lstat(full, &st), 0);
    assert_int_equal(st.st_mode & 07777, mode);
    if (geteuid() == 0)
        assert_int_equal(st.st_uid, uid);
}

/* Keys come, change, move to another user, and go; other people's lines stay. */
static void test_the_part_is_ours(void **state)
{
    _cleanup_free_ char *first = NULL, *second = NULL, *third = NULL, *moved = NULL;
    struct tree t;

    (void)state;
    make(&t, CONFIG(""));
    apply(&t, true);
    assert_false(tree_has(&t, "/root/.ssh"));

    set_config(&t, CONFIG(SSH("root", "\"" KEY " me\",\"" KEY " you\"")));
    apply(&t, false);
    first = tree_read(&t, ROOTS);
    assert_non_null(strstr(first, KEY " me\n" KEY " you\n# END nodeseed\n"));
    assert_mode(&t, ROOTS, 0600, 0);
    assert_mode(&t, "/root/.ssh", 0700, 0);

    tree_write(&t, ROOTS, "ssh-ed25519 AAAA somebody's own");
    apply(&t, false);
    second = tree_read(&t, ROOTS);
    assert_int_equal(strncmp(second, "ssh-ed25519 AAAA somebody's own\n# BEGIN nodeseed", 48), 0);
    assert_mode(&t, ROOTS, 0600, 0);

    set_config(&t, CONFIG(SSH("admin", "\"" KEY " me\"")));
    apply(&t, false);
    third = tree_read(&t, ROOTS);
    assert_string_equal(third, "ssh-ed25519 AAAA somebody's own\n");
    moved = tree_read(&t, ADMINS);
    assert_non_null(strstr(moved, "\n" KEY " me\n# END nodeseed\n"));
    assert_mode(&t, ADMINS, 0600, 1000);
    assert_mode(&t, "/home/admin/.ssh", 0700, 1000);

    set_config(&t, CONFIG(""));
    apply(&t, false);
    free(moved);
    moved = tree_read(&t, ADMINS);
    assert_string_equal(moved, "");
    tree_remove(&t);
}

static void test_refusals(void **state)
{
    _cleanup_free_ char *ssh = NULL, *file = NULL, *other = NULL, *kept = NULL;
    struct tree t;

    (void)state;
    make(&t, CONFIG(SSH("nobody-there", "\"" KEY "\"")));
    assert_refusal(&t,
                   "seed_ssh_user names a user that the OS image has: there is no user nobody-");
    set_config(&t, CONFIG(SSH("root", "\"command=\\\"id\\\" " KEY "\"")));
    assert_refusal(&t, "system.ssh: key 1: expected TYPE BASE64");
    set_config(&t, CONFIG(SSH("root", "\"" KEY "\\nssh-rsa x\"")));
    assert_refusal(&t, "system.ssh: key 1: a line break");
    assert_false(tree_has(&t, "/root/.ssh"));

    /* The user's folder may hold anything; what it leads to is left alone. */
    set_config(&t, CONFIG(SSH("admin", "\"" KEY "\"")));
    tree_write(&t, "/etc/other", "precious");
    ssh = path_join(t.root, "/home/admin/.ssh");
    file = path_join(t.root, ADMINS);
    other = path_join(t.root, "/etc/other");
    assert_int_equal(symlink("/etc", ssh), 0);
    assert_refusal(&t, "/home/admin/.ssh: ");
    assert_int_equal(unlink(ssh), 0);
    assert_int_equal(mkdir(ssh, 0700), 0);
    if (geteuid() == 0)
        assert_int_equal(chown(ssh, 1000, 1001), 0);
    assert_int_equal(symlink(other, file), 0);
    assert_refusal(&t, "/home/admin/.ssh/authorized_keys: ");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(link(other, file), 0);
    assert_refusal(&t, "is no file of its own");
    assert_int_equal(unlink(file), 0);
    kept = tree_read(&t, "/etc/other");
    assert_string_equal(kept, "precious");
    if (geteuid() == 0) {
        assert_int_equal(chown(ssh, 2000, 2000), 0);
        assert_refusal(&t, ".ssh is user 2000's");
        assert_int_equal(chown(ssh, 1000, 1001), 0);
    }
    apply(&t, false);
    tree_remove(&t);
}

/* A cut between the intent and the file, and a user that is gone when the keys go. */
static void test_loose_ends(void **state)
{
    struct tree t;

    (void)state;
    make(&t, CONFIG(SSH("admin", "\"" KEY "\"")));
    apply(&t, false);
    tree_write(&t, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    set_config(&t, CONFIG(""));
    apply(&t, false);
    tree_remove(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_part_is_ours),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_loose_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
