/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <ftw.h>

#include "common/file.h"
#include "seed-server/inventory/inventory.h"
#include "tests/unit/test.h"

/* A folder of files that a test writes itself. */
static char folder[] = "/tmp/nodeseed-inventory-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int setup(void **state)
{
    (void)state;
    strncpy(strrchr(folder, '-') + 1, "XXXXXX", 7);
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *text)
{
    _cleanup_free_ char *path = path_join(folder, name);
    struct error e = ERROR_INIT;

    assert_non_null(path);
    assert_good(file_make_parents(path, 0755, &e), &e);
    assert_good(file_write_atomic(AT_FDCWD, path, text, strlen(text), 0644, &e), &e);
}

static void check_origin(struct inventory_origin origin, const char *name, unsigned line)
{
    assert_string_equal(strrchr(origin.file, '/') + 1, name);
    assert_int_equal(origin.line, line);
}

static void check_var(const struct inventory *inv, const char *host, const char *var,
                      const char *value, const char *file, unsigned line)
{
    struct inventory_origin origin;
    const json_t *v = inventory_host_var(inv, inventory_find_host(inv, host), var, &origin);

    assert_non_null(v);
    assert_string_equal(json_string_value(v), value);
    check_origin(origin, file, line);
}

static const char hosts[] = "[all:vars]\n"             /* 1 */
                            "v=all\n"                  /* 2 */
                            "u=all\n"                  /* 3 */
                            "[kube-node]\n"            /* 4 */
                            "n[1:3] w=range\n"         /* 5 */
                            "n2 v=line\n"              /* 6 */
                            "[etcd]\n"                 /* 7 */
                            "n3\n"                     /* 8 */
                            "n1\n"                     /* 9 */
                            "[k8s-cluster:children]\n" /* 10 */
                            "kube-node\n"              /* 11 */
                            "[etcd:vars]\n"            /* 12 */
                            "v=etcd\n"                 /* 13 */
                            "[spare]\n"                /* 14 */
                            "s1\n";                    /* 15 */

static void test_lookups(void **state)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    _cleanup_free_ size_t *members = NULL;
    struct error e = ERROR_INIT;
    size_t n, etcd, cluster;

    (void)state;
    put("hosts.ini", hosts);
    assert_good(inventory_load_conf(folder, &inv, &e), &e);
    assert_int_equal(inventory_host_count(inv), 4);
    assert_int_equal(inventory_find_host(inv, "n3"), 2);
    assert_int_equal(inventory_find_host(inv, "n4"), SIZE_MAX);
    assert_string_equal(inventory_host_name(inv, 1), "n2");
    check_origin(inventory_host_origin(inv, 1), "hosts.ini", 5);
    etcd = inventory_find_group(inv, "etcd");
    cluster = inventory_find_group(inv, "k8s-cluster");
    assert_int_equal(inventory_find_group(inv, "n1"), SIZE_MAX);
    check_origin(inventory_group_origin(inv, etcd), "hosts.ini", 7);
    assert_good(inventory_group_hosts(inv, etcd, &members, &n, &e), &e);
    assert_int_equal(n, 2);
    assert_int_equal(members[0], 2); /* in the order of listing */
    assert_int_equal(members[1], 0);
    free(TAKE_PTR(members));
    assert_good(inventory_group_hosts(inv, cluster, &members, &n, &e), &e);
    assert_int_equal(n, 3);
    assert_true(inventory_host_in_group(inv, 0, etcd));
    assert_false(inventory_host_in_group(inv, 1, etcd));
    assert_true(inventory_host_in_group(inv, 1, cluster));
    assert_false(inventory_host_in_group(inv, 3, cluster));
    assert_true(inventory_host_in_group(inv, 3, inventory_find_group(inv, "all")));

    check_var(inv, "n1", "v", "etcd", "hosts.ini", 13);
    check_var(inv, "n2", "v", "line", "hosts.ini", 6);
    check_var(inv, "s1", "v", "all", "hosts.ini", 2);
    check_var(inv, "n2", "w", "range", "hosts.ini", 5);
    assert_null(inventory_host_var(inv, 0, "no", NULL));
    assert_string_equal(json_string_value(inventory_cluster_var(inv, "u", NULL)), "all");
    assert_null(inventory_cluster_var(inv, "w", NULL));

    /* once, however wrong the name may look to Python */
    assert_int_equal(inventory_warning_count(inv), 1);
    assert_non_null(strstr(inventory_warning(inv, 0), "hosts.ini:4: "));
    assert_non_null(strstr(inventory_warning(inv, 0), "kube-node"));
}

static void test_files(void **state)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    struct inventory_origin origin;
    struct error e = ERROR_INIT;
    size_t n = 0;

    (void)state;
    put("hosts.ini", hosts);
    put("vars.yml", "c: vars\nk: vars\nlist: !unsafe x\n");
    put("group_vars/all", "v: all-file\nc: all-file\n");
    put("group_vars/k8s-cluster.yml", "c: cluster\n# a comment\nd: cluster\n");
    put("group_vars/etcd/b.yml", "x: b\n");
    put("group_vars/etcd/a.json", "{\n\"x\": \"a\",\n\"y\": \"a\"\n}\n");
    put("host_vars/n2.yaml", "w: host\n");
    assert_good(inventory_load_conf(folder, &inv, &e), &e);
    check_var(inv, "n1", "v", "all-file", "all",
              1); /* files are stronger than hosts.ini's groups */
    check_var(inv, "n2", "v", "line", "hosts.ini", 6);
    check_var(inv, "n1", "c", "vars", "vars.yml", 1);
    check_var(inv, "n1", "d", "cluster", "k8s-cluster.yml", 3);
    check_var(inv, "s1", "c", "all-file", "all", 2);
    assert_null(inventory_host_var(inv, inventory_find_host(inv, "s1"), "k", NULL));
    check_var(inv, "n3", "x", "b", "b.yml", 1);
    check_var(inv, "n3", "y", "a", "a.json", 3);
    check_var(inv, "n2", "w", "host", "n2.yaml", 1);
    assert_string_equal(json_string_value(inventory_cluster_var(inv, "c", &origin)), "vars");
    check_origin(origin, "vars.yml", 1);
    /* to whoever reads it, !unsafe is but text */
    assert_string_equal(json_string_value(inventory_cluster_var(inv, "list", NULL)), "x");
    while (inventory_file(inv, n))
        n++;
    assert_int_equal(n, 7);
}

/* New kubespray makes k8s_cluster itself, so a file without it still has a cluster. */
static void test_no_cluster_group(void **state)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    put("hosts.ini", "[kube_node]\nn1\n[kube_control_plane]\nn2\n[etcd]\nn3\n");
    put("vars.yml", "c: vars\n");
    put("group_vars/kube_node", "c: node\n");
    assert_good(inventory_load_conf(folder, &inv, &e), &e);
    check_var(inv, "n1", "c", "vars", "vars.yml", 1);
    check_var(inv, "n2", "c", "vars", "vars.yml", 1);
    assert_null(inventory_host_var(inv, inventory_find_host(inv, "n3"), "c", NULL));
    assert_string_equal(json_string_value(inventory_cluster_var(inv, "c", NULL)), "vars");
}

struct seen {
    unsigned w, c, other;
};

static void see(const char *name, const json_t *value, struct inventory_origin origin,
                void *userdata)
{
    struct seen *seen = userdata;

    assert_non_null(value);
    assert_true(origin.line > 0);
    if (strcmp(name, "w") == 0)
        seen->w++;
    else if (strcmp(name, "c") == 0)
        seen->c++;
    else
        seen->other++;
}

static void test_each_var(void **state)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    struct seen seen = {0, 0, 0};
    struct error e = ERROR_INIT;

    (void)state;
    put("hosts.ini", hosts);
    put("vars.yml", "c: vars\n");
    assert_good(inventory_load_conf(folder, &inv, &e), &e);
    inventory_each_var(inv, see, &seen);
    assert_int_equal(seen.w, 1); /* a range sets it in three hosts, but on one line */
    assert_int_equal(seen.c, 1);
    assert_int_equal(seen.other, 4);
}

static void test_refused(void **state)
{
    static const struct {
        const char *file, *text, *message;
    } bad[] = {
        {"hosts.ini",             "[a]\nh x\n",
         "hosts.ini:2: Expected key=value host variable assignment, got: x"                                   },
        {"hosts.ini",             "[a:children]\nb\n",
         "hosts.ini:2: Section [a:children] includes undefined group: b"                                      },
        {"hosts.ini",             "[a]\nall\n[x:children]\nall\n", "hosts.ini: Adding group 'x'"              },
        {"vars.yml",              "a: 1\nb: {{ c }}\n",            "vars.yml:2: found unacceptable key"       },
        {"group_vars/etcd/x.yml", "- a\n",                         "x.yml:1: a file of variables is a mapping"},
        {"host_vars/n1",          "{\"a\": 1,,}",                  "n1:1: "                                   },
    };
    struct error e;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct inventory *inv = NULL;

        put("hosts.ini", hosts);
        put("vars.yml", "");
        put("group_vars/etcd/x.yml", "");
        put("host_vars/n1", "");
        put(bad[i].file, bad[i].text);
        assert_int_equal(inventory_load_conf(folder, &inv, &e), -EINVAL);
        if (!strstr(e.message, bad[i].message))
            fail_msg("%s", e.message);
        assert_null(inv);
    }
}

/* Whatever is wrong where a password stands, the words about it go to logs and boards. */
static void test_no_secret_in_words(void **state)
{
    static const struct {
        const char *file, *text;
    } bad[] = {
        {"hosts.ini",    "[a]\nh ansible_become_pass=correct hunter2\n"},
        {"hosts.ini",    "[a]\nh ansible_become_pass='hunter2\n"       },
        {"hosts.ini",    "[a:vars]\nansible_become_pass hunter2\n"     },
        {"hosts.ini",    "[a]\nh jwt_admin_key=x hunter2\n"            },
        {"hosts.ini",    "[a]\nh CEPH_RBD_ADMIN_SECRET=x hunter2\n"    },
        {"hosts.ini",    "[a:children]\nansible_ssh_pass=hunter2\n"    },
        {"hosts.ini",    "[ansible_ssh_pass=hunter2 x]\n"              },
        {"vars.yml",     "ansible_become_pass: !hunter2\n"             },
        {"vars.yml",     "ansible_become_pass: !!int hunter2\n"        },
        {"vars.yml",     "ansible_become_pass: !!float hunter2\n"      },
        {"vars.yml",     "ansible_become_pass: !!bool hunter2\n"       },
        {"vars.yml",     "ansible_become_pass: *hunter2\n"             },
        {"vars.yml",     "ansible_become_pass: hunter2: x\n"           },
        {"vars.yml",     "ansible_become_pass: '{{ hunter2\n"          },
        {"vars.yml",     "ansible_become_pass: @hunter2\n"             },
        {"host_vars/n1", "{\"ansible_become_pass\": \"hunter2\",,}"    },
        {"host_vars/n1", "{\"ansible_become_pass\": hunter2}]"         },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct inventory *inv = NULL;
        struct error e = ERROR_INIT;

        put("hosts.ini", hosts);
        put("vars.yml", "");
        put("host_vars/n1", "");
        put(bad[i].file, bad[i].text);
        assert_int_equal(inventory_load_conf(folder, &inv, &e), -EINVAL);
        if (strstr(e.message, "hunter2") || !strchr(e.message, ':'))
            fail_msg("%s: %s", bad[i].text, e.message);
    }
}

/* A name that holds NUL would be another one to everybody else. */
static void test_nul(void **state)
{
    struct inventory *inv = NULL;
    struct error e = ERROR_INIT;
    _cleanup_free_ char *path = path_join(folder, "hosts.ini");

    (void)state;
    assert_good(file_write_atomic(AT_FDCWD, path, "[a]\nh\0x\n", 8, 0644, &e), &e);
    assert_int_equal(inventory_load_conf(folder, &inv, &e), -EINVAL);
    assert_non_null(strstr(e.message, "hosts.ini:2: "));
    assert_good(inventory_load_file(path, true, &inv, &e), &e);
    inventory_free(inv);
}

static void test_missing(void **state)
{
    struct inventory *inv = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(inventory_load_conf(folder, &inv, &e), -ENOENT);
    assert_true(e.message[0] != '\0');
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        with_folder(test_lookups),          with_folder(test_files),
        with_folder(test_no_cluster_group), with_folder(test_each_var),
        with_folder(test_refused),          with_folder(test_nul),
        with_folder(test_missing),          with_folder(test_no_secret_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
