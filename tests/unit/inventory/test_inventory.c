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

static void test_folder_depth(void **state)
{
    char name[256] = "group_vars/etcd";
    size_t len = strlen(name);

    (void)state;
    put("hosts.ini", "[etcd]\nn1\n");
    put("vars.yml", "{}");
    for (int depth = 1; depth <= 32; depth++) {
        _cleanup_(inventory_freep) struct inventory *inv = NULL;
        struct error e = ERROR_INIT;
        char file[256 + 2];
        int r;

        len += (size_t)snprintf(name + len, sizeof(name) - len, "/f");
        (void)snprintf(file, sizeof(file), "%s/x", name);
        put(file, "c: x\n");
        r = inventory_load_conf(folder, &inv, &e);
        assert_int_equal(r, depth < 32 ? 0 : -ELOOP);
        if (r < 0)
            assert_non_null(strstr(e.message, "folders nested deeper than 32"));
    }
}

/* One below the other, either way round, or beside each other: both are the cluster's. */
static void test_both_cluster_groups(void **state)
{
    static const char *const files[] = {
        "[kube_node]\nn1\n[k8s-cluster:children]\nkube_node\n[k8s_cluster:children]\nk8s-cluster\n",
        "[kube_node]\nn1\n[k8s_cluster:children]\nkube_node\n[k8s-cluster:children]\nk8s_cluster\n",
        "[kube_node]\nn1\n[k8s_cluster:children]\nkube_node\n[k8s-cluster:children]\nkube_node\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        _cleanup_(inventory_freep) struct inventory *inv = NULL;
        struct error e = ERROR_INIT;
        char text[256];

        (void)snprintf(text, sizeof(text), "%s[k8s-cluster:vars]\na=1\n[k8s_cluster:vars]\nb=2\n",
                       files[i]);
        put("hosts.ini", text);
        put("vars.yml", "c: vars\n");
        assert_good(inventory_load_conf(folder, &inv, &e), &e);
        assert_int_equal(json_integer_value(inventory_cluster_var(inv, "a", NULL)), 1);
        assert_int_equal(json_integer_value(inventory_cluster_var(inv, "b", NULL)), 2);
        check_var(inv, "n1", "c", "vars", "vars.yml", 1);
    }
}

static void test_in_cluster(void **state)
{
    static const struct {
        const char *hosts;
        bool has, n1, n2, n3;
    } cases[] = {
        {"[etcd]\nn1\nn2\nn3\n",                                       false, false, false, false},
        {"[etcd]\nn1\nn2\nn3\n[k8s-cluster]\nn1\n",                    true,  true,  false, false},
        {"[etcd]\nn1\nn2\nn3\n[k8s_cluster]\nn2\n",                    true,  false, true,  false},
        {"[etcd]\nn1\nn2\nn3\n[k8s-cluster]\nn1\n[k8s_cluster]\nn2\n", true,  true,  true,  false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(inventory_freep) struct inventory *inv = NULL;
        struct error e = ERROR_INIT;

        put("hosts.ini", cases[i].hosts);
        assert_good(inventory_load_conf(folder, &inv, &e), &e);
        assert_int_equal(inventory_has_cluster(inv), cases[i].has);
        assert_int_equal(inventory_host_in_cluster(inv, 0), cases[i].n1);
        assert_int_equal(inventory_host_in_cluster(inv, 1), cases[i].n2);
        assert_int_equal(inventory_host_in_cluster(inv, 2), cases[i].n3);
    }
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

/* The warning that has `words`, or NULL. */
static const char *warning(const struct inventory *inv, const char *words)
{
    for (size_t i = 0; i < inventory_warning_count(inv); i++)
        if (strstr(inventory_warning(inv, i), words))
            return inventory_warning(inv, i);
    return NULL;
}

/* A file that nobody reads is somebody's belief. */
static void test_unread(void **state)
{
    static const struct {
        const char *file, *words; /* NULL: nothing is said of it */
    } cases[] = {
        {"host_vars/n4.yml",            "/host_vars/n4.yml: no host is called n4; did you mean n1?"   },
        {"host_vars/n2.yaml.j2",        "/host_vars/n2.yaml.j2: no host is called n2.yaml.j2"         },
        {"host_vars/sql.json",          "/host_vars/sql.json: no host is called sql; did you mean s1?"},
        {"host_vars/other-machine",
         "/host_vars/other-machine: no host is called other-machine, ign"                             },
        {"host_vars/N1/x.yml",          "/host_vars/N1: no host is called N1; did you mean n1?"       },
        {"host_vars/etcd.yml",          "called etcd, but a group is: move it to group_vars/"         },
        {"group_vars/kube_node.yml",    "no group is called kube_node; did you mean kube-node?"       },
        {"group_vars/n3",               "no group is called n3, but a host is: move it to host_vars/" },
        {"group_vars/etcd.yaml",        "/group_vars/etcd.yaml: not read, "                           },
        {"group_vars/spare/a.yml.new",  "/spare/a.yml.new: not read: files of variables end in"       },
        {"group_vars/spare/v1.2/a",     "/spare/v1.2: not read: a folder of variables has no dot"     },
        {"group_vars/spare/b/c/a.toml", "/spare/b/c/a.toml: not read: "                               },
        {"vars.json",                   "/vars.json: not read, vars.yml is"                           },
        {"host_vars/.n4.yml",           NULL                                                          },
        {"host_vars/n4.yml~",           NULL                                                          },
        {"host_vars/n4.yml.orig",       NULL                                                          },
        {"host_vars/n4.retry",          NULL                                                          },
        {"host_vars/README.md",         NULL                                                          },
        {"host_vars/n3.json",           NULL                                                          },
        {"group_vars/ungrouped.yml",    NULL                                                          },
        {"group_vars/spare/b/c/d.yml",  NULL                                                          },
        {"group_vars/spare/b/c/d",      NULL                                                          },
        {"group_vars/spare/a.bak",      NULL                                                          },
        {"seed.yml",                    NULL                                                          },
    };
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    struct error e = ERROR_INIT;
    size_t expected = 1; /* kube-node's dash */

    (void)state;
    put("hosts.ini", hosts);
    put("vars.yml", "c: vars\n");
    put("group_vars/etcd.yml", "c: etcd\n");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        put(cases[i].file, "{}");
        expected += cases[i].words != NULL;
    }
    assert_good(inventory_load_conf(folder, &inv, &e), &e);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (cases[i].words && !warning(inv, cases[i].words))
            fail_msg("nothing is said of %s", cases[i].file);
    for (size_t i = 0; i < inventory_warning_count(inv); i++)
        if (inventory_warning_count(inv) != expected)
            print_message("%s\n", inventory_warning(inv, i));
    assert_int_equal(inventory_warning_count(inv), expected);
}

/* What Ansible says, which is nothing, is what seedctl inventory says. */
static void test_unread_as_ansible(void **state)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    _cleanup_free_ char *path = path_join(folder, "hosts.ini");
    struct error e = ERROR_INIT;

    (void)state;
    put("hosts.ini", "[etcd]\nn1\n");
    put("vars.yaml", "c: vars\n");
    put("host_vars/n4.yml", "c: host\n");
    assert_good(inventory_load_file(path, true, &inv, &e), &e);
    assert_int_equal(inventory_warning_count(inv), 0);
}

/* A thousand strangers are no thousand lines. */
static void test_unread_many(void **state)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    put("hosts.ini", "[etcd]\nn1\n");
    put("vars.yml", "c: vars\n");
    for (int i = 100; i < 120; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "host_vars/n%d.yml", i);
        put(name, "");
    }
    assert_good(inventory_load_conf(folder, &inv, &e), &e);
    assert_int_equal(inventory_warning_count(inv), 17);
    assert_non_null(warning(inv, "/host_vars: 4 more that belong to no host, ignoring"));
}

/* vars.yml under another name, and none at all. */
static void test_vars_name(void **state)
{
    static const struct {
        const char *hosts, *file, *words; /* words NULL: there is nothing to say */
        int code;
    } cases[] = {
        {"[etcd]\nn1\n",                                 "vars.yaml",            "/vars.yaml: not read under this name: rename it to vars.yml",
         -EINVAL                                                                                                                                       },
        {"[etcd]\nn1\n[all:vars]\nx=1\n",                "vars.json",
         "/vars.json: not read under this name: rename it to vars.yml",                                                                         -EINVAL},
        {"[etcd]\nn1\n",                                 "var.yml",              "/var.yml: not read; did you mean vars.yml?",                  0      },
        {"[etcd]\nn1\n[all:vars]\nx=1\n",                "vars.yml.sample",
         "/vars.yml.sample: not read; did you mean vars.yml?",                                                                                  0      },
        {"[etcd]\nn1\n",                                 "seed.yml",             "/vars.yml: not there, nor anything else that sets",           0      },
        {"[etcd]\nn1 x=1\n",                             "vars.yml~",            "/vars.yml: not there, nor anything else that sets",           0      },
        {"[etcd]\nn1\n",                                 "group_vars/all/x.yml", NULL,                                                          0      },
        {"[etcd]\nn1\n",                                 "vars.yml",             NULL,                                                          0      },
        {"[etcd]\nn1\n[all:vars]\nx=1\n",                "seed.yml",             NULL,                                                          0      },
        {"[k8s_cluster]\nn1\n[k8s_cluster:vars]\nx=1\n", "a",                    NULL,                                                          0      },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct inventory *inv = NULL;
        struct error e = ERROR_INIT;
        int r;

        put("hosts.ini", cases[i].hosts);
        put(cases[i].file, "{}");
        r = inventory_load_conf(folder, &inv, &e);
        if (r != cases[i].code)
            fail_msg("%s: %s", cases[i].file, e.message);
        if (r < 0 && !strstr(e.message, cases[i].words))
            fail_msg("%s", e.message);
        if (r == 0 && cases[i].words ? !warning(inv, cases[i].words)
                                     : r == 0 && inventory_warning_count(inv))
            fail_msg("%s: %s", cases[i].file,
                     inventory_warning_count(inv) ? inventory_warning(inv, 0) : "no word");
        inventory_free(inv);
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
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
        with_folder(test_unread),           with_folder(test_unread_as_ansible),
        with_folder(test_unread_many),      with_folder(test_vars_name),
        with_folder(test_in_cluster),       with_folder(test_both_cluster_groups),
        with_folder(test_folder_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
