/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"
#include "seed-server/plan/dnsmasq.h"

/* What hosts.ini has of passwords, which nobody needs, and of public keys, which nodes get. */

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra"

static const char roles[] = "[kube-master]\nnode1\n[kube-node]\nnode1\nnode2\n[etcd]\nnode1\n";

/* hosts.ini of two hosts with text on their lines, and lines after them; borrowed until the next.
 */
static const char *hosts(const char *first, const char *second, const char *lines)
{
    static char text[8192];

    (void)snprintf(text, sizeof(text),
                   "[all]\nnode1 ip=192.168.0.10 %s\nnode2 ip=192.168.0.20 %s\n%s"
                   "[all:vars]\nseed_gateway=192.168.0.1\n%s",
                   first, second, roles, lines);
    return text;
}

static void passwords_are_told_once(void **state)
{
    static const char *const names[] = {
        "ansible_become_pass",
        "ansible_become_password",
        "ansible_ssh_pass",
        "ansible_password",
        "ansible_sudo_pass",
        "ansible_su_pass",
        "ansible_ssh_private_key_passphrase",
    };
    struct made m;
    char words[256], text[256];
    const char *found;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        (void)snprintf(text, sizeof(text), "%s=hunter2", names[i]);
        (void)snprintf(words, sizeof(words), "hosts.ini:3: warning: %s: nobody logs in", names[i]);
        assert_warned(hosts("", text, ""), QUIET, words);
        assert_silent(hosts("", text, ""), QUIET, "hunter2");
    }
    m = make_plan(
        hosts("ansible_ssh_pass=hunter2", "ansible_ssh_pass=hunter3", "ansible_ssh_pass=hunter4\n"),
        QUIET, NULL);
    assert_int_equal(m.result, 0);
    found = strstr(m.problems, "ansible_ssh_pass, here and in 2 more places: nobody");
    assert_non_null(found);
    assert_null(strstr(found + 1, "ansible_ssh_pass"));
    assert_null(strstr(m.problems, "hunter"));
    made_done(&m);
    assert_silent(hosts("ansible_user=ubuntu ansible_ssh_pass_prompt=x", "", ""), QUIET, "logs in");
    assert_silent(hosts("", "", ""),
                  "ansible_become_pass: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  61\n",
                  "ansible_become_pass");
}

/* A line that Ansible takes for a host. test_inventory.c has those that it takes for nothing. */
static void passwords_are_not_quoted(void **state)
{
    static const char *const lines[] = {
        "[ungrouped]\nansible_become_pass=hunter2\n",
        "[kube-node]\nansible_become_pass=hunter2\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct made m = make_plan(hosts("", "", lines[i]), QUIET, NULL);

        assert_int_equal(m.result, -EINVAL);
        assert_non_null(strstr(m.problems, ": a line for a host begins with"));
        assert_null(strstr(m.problems, "hunter2"));
        made_done(&m);
    }
    assert_refused(GUIDE,
                   "kube_network_plugin: bridge\nceph_rbd_enabled: true\n"
                   "ceph_rbd_admin_secret: [hunter2]\n",
                   "ceph_rbd_admin_secret: expected");
}

static void what_is_read_must_be_open(void **state)
{
    (void)state;
    assert_refused(GUIDE,
                   "kube_network_plugin: bridge\nglusterfs_provisioner_enabled: true\n"
                   "jwt_admin_key: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  61\n",
                   "jwt_admin_key: encrypted by ansible-vault");
}

/* node2 boots by PXE, which is rendered most. */
#define ARTIFACT(name, rest)                                                                       \
    "- {name: " name ", sha256: "                                                                  \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, size: 16777216, " rest      \
    "}\n"
static const char pxe[] = "seed_boot=pxe seed_mac=52:54:00:00:00:02 "
                          "\"seed_install_disk={'serial': 'OS2'}\" ansible_ssh_pass=hunter5";
static const char pxe_vars[] =
    "kube_network_plugin: bridge\n"
    "seed_artifacts:\n" ARTIFACT("installer.vmlinuz", "kind: boot")
        ARTIFACT("installer.initrd", "kind: boot") ARTIFACT("grub-local.pxe", "kind: boot")
            ARTIFACT("grub-local.efi", "kind: boot")
                ARTIFACT("os", "kind: os-image, compression: none, raw_size: 16777216");

static void passwords_reach_no_rendering(void **state)
{
    static const struct dnsmasq_options lab = {
        .networks = {{{AF_INET, {192, 168, 0, 0}}, 24}},
        .n_networks = 1,
        .tftp_root = "/tftp",
        .bios = "b",
        .efi = "e",
    };
    struct made m = make_plan(hosts("ansible_become_pass=hunter2 ansible_ssh_pass=hunter3", pxe,
                                    "ansible_password=hunter4\n"),
                              pxe_vars, NULL);
    _cleanup_buf_ struct buf all = BUF_INIT(4 * 1024 * 1024);
    _cleanup_json_ json_t *plan = NULL;
    _cleanup_free_ char *text = NULL;
    size_t before;

    (void)state;
    if (!m.plan)
        fail_msg("refused: %s", m.problems);
    for (size_t i = 0; i < plan_host_count(m.plan); i++) {
        _cleanup_buf_ struct buf out = BUF_INIT(4 * 1024 * 1024);
        const char *name = plan_host(m.plan, i)->name;
        bool is_pxe = strcmp(name, "node2") == 0;

        assert_int_equal(plan_render_host(m.plan, i, &out, NULL), 0);
        assert_int_equal(plan_render_user_data(m.plan, name, "0123456789abcdef", &out, NULL, NULL),
                         0);
        assert_int_equal(plan_render_nocloud(m.plan, name, "user-data", &out, NULL), 0);
        assert_int_equal(plan_render_nocloud(m.plan, name, "meta-data", &out, NULL), 0);
        assert_int_equal(plan_render_ipxe(m.plan, IPXE_BOOT, i, NULL, &out, NULL), 0);
        if (is_pxe)
            assert_int_equal(plan_render_ipxe(m.plan, IPXE_INSTALLER, i, NULL, &out, NULL), 0);
        before = out.len;
        assert_int_equal(plan_render_install(m.plan, i, 1, &out, NULL), is_pxe ? 0 : -ENOENT);
        assert_int_equal(out.len > before, is_pxe);
        assert_null(strstr(out.data, "hunter"));
        assert_null(strstr(out.data, "ansible_"));
    }
    assert_int_equal(plan_render_dnsmasq(m.plan, &lab, &all, NULL), 0);
    assert_non_null(strstr(all.data, "52:54:00:00:00:02"));
    before = all.len;
    assert_int_equal(plan_render_dnsmasq_hosts(m.plan, &lab, &all, NULL), 0);
    assert_non_null(strstr(all.data + before, "52:54:00:00:00:02"));
    assert_null(strstr(all.data, "hunter"));
    assert_null(strstr(all.data, "ansible_"));
    assert_int_equal(plan_export(m.plan, &plan, NULL), 0);
    text = json_dumps(plan, 0);
    assert_null(strstr(text, "hunter"));
    made_done(&m);
}

/* ---- public keys ----------------------------------------------------------------------------- */

static void keys_are_checked(void **state)
{
    static const struct {
        const char *vars, *words;
    } bad[] = {
        {"seed_ssh_keys: [ssh-ed25519 AAAA]\n",                            "seed_ssh_keys: key 1: what follows ssh-ed25519"},
        {"seed_ssh_keys:\n- " KEY "\n- 'command=\"id\" " KEY "'\n",
         "seed_ssh_keys: key 2: expected"                                                                                  },
        {"seed_ssh_keys: |\n  " KEY "\n",                                  "seed_ssh_keys: a line break"                   },
        {"seed_ssh_keys: \"" KEY "\\ncommand=x\"\n",                       "seed_ssh_keys: a line break"                   },
        {"seed_ssh_keys: [[" KEY "]]\n",                                   "key 1: expected a public key as a text"        },
        {"seed_ssh_keys: 5\n",                                             "expected a list of public keys"                },
        {"seed_ssh_keys: ['{{ lookup(\"file\", \"~/.ssh/id.pub\") }}']\n", "key 1: templates"                              },
        {"seed_ssh_keys: ['-----BEGIN OPENSSH PRIVATE KEY-----']\n",
         "a private key: write the public"                                                                                 },
        {"seed_ssh_user: Root\n",                                          "seed_ssh_user: expected a user's name"         },
        {"seed_ssh_user: ../root\n",                                       "seed_ssh_user: expected a user's name"         },
        {"seed_ssh_user: ''\nseed_ssh_user: 1a\n",                         "seed_ssh_user: expected a user's name"         },
    };
    char vars[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        (void)snprintf(vars, sizeof(vars), "%s%s", QUIET, bad[i].vars);
        assert_refused(GUIDE, vars, bad[i].words);
    }
}

static void keys_reach_the_hosts(void **state)
{
    struct made plain = make_plan(hosts("", "", ""), QUIET, NULL);
    struct made m = make_plan(hosts("", "seed_ssh_user=admin \"seed_ssh_keys=['" KEY " me']\"",
                                    "seed_ssh_keys=" KEY " all of us\n"),
                              QUIET, NULL);
    _cleanup_json_ json_t *without = config_of(&plain, "node2"), *first = NULL, *second = NULL;

    (void)state;
    assert_null(json_object_get(at(without, "/system"), "ssh"));
    first = config_of(&m, "node1");
    second = config_of(&m, "node2");
    assert_string_equal(text_at(first, "/system/ssh/user"), "root");
    assert_string_equal(text_at(first, "/system/ssh/keys/0"), KEY " all of us");
    assert_string_equal(text_at(second, "/system/ssh/user"), "admin");
    assert_string_equal(text_at(second, "/system/ssh/keys/0"), KEY " me");
    assert_string_not_equal(text_at(second, "/plan"), text_at(without, "/plan"));
    made_done(&plain);
    made_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_are_told_once),   cmocka_unit_test(passwords_are_not_quoted),
        cmocka_unit_test(what_is_read_must_be_open), cmocka_unit_test(passwords_reach_no_rendering),
        cmocka_unit_test(keys_are_checked),          cmocka_unit_test(keys_reach_the_hosts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
