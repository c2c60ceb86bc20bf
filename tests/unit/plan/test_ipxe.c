/* SPDX-License-Identifier: Apache-2.0 */
/* The scripts that machines boot with, and what their installer is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"
#include "pxe_plan.h"
#include "seed-server/plan/templates.h"

#define ROOT "6a2f1c1e-0b5e-4d38-9a3a-0123456789ab"

static const char *const VARS = LIST FILES OS("debian");

/* The plan of a host whose line has more on it; the script in text. */
static void script_of(const char *more, enum ipxe_script script, const char *host, char *text,
                      size_t size)
{
    struct plan_options options = {.server_url = "http://192.168.0.1:8080",
                                   .server_tls_url = "https://192.168.0.1:8443",
                                   .ca_pin = DIGEST};
    struct made m = make_plan_with(guide_pxe(more), VARS, NULL, options);
    struct buf out = BUF_INIT(65536);
    struct error e = ERROR_INIT;

    if (!m.plan)
        fail_msg("%s", m.problems);
    if (plan_render_ipxe(m.plan, script, host ? plan_find_host(m.plan, host) : SIZE_MAX, ROOT, &out,
                         &e) < 0)
        fail_msg("%s", e.message);
    assert_true(out.len < size);
    memcpy(text, out.data, out.len + 1);
    assert_memory_equal(text, "#!ipxe\n", 7);
    buf_done(&out);
    made_done(&m);
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static void the_first_script(void **state)
{
    char text[8192];

    (void)state;
    script_of(MAC DISK, IPXE_BOOT, NULL, text, sizeof(text));
    has(text, "chain --autofree http://192.168.0.1:8080/ipxe?mac=${netX/mac:hexhyp}&net0=");
    has(text, "&uuid=${uuid}&serial=${serial:hexraw} || goto again\n");
    has(text, "\nexit 1\n");
}

static void the_installer(void **state)
{
    char text[8192];

    (void)state;
    script_of(MAC DISK, IPXE_INSTALLER, "node2", text, sizeof(text));
    has(text, "echo nodeseed: node2: starting the installer\n");
    has(text, "\nkernel --name installer.vmlinuz http://192.168.0.1:8080/artifacts/sha256/" DIGEST
              " boot=nodeseed initrd=installer.initrd nodeseed.server=https://192.168.0.1:8443 "
              "nodeseed.plain=http://192.168.0.1:8080 nodeseed.pin=" DIGEST
              " console=tty0 console=ttyS0,115200n8 ip=${address} "
              "BOOTIF=01-${netX/mac:hexhyp} || exit 1\n");
    has(text, "\ninitrd --name installer.initrd http://192.168.0.1:8080/artifacts/sha256/" DIGEST
              " || exit 1\n");
    has(text, "\niseq x x || set address \n");
    script_of(MAC DISK, IPXE_INSTALLER, NULL, text, sizeof(text));
    has(text, "echo nodeseed: an unknown machine: starting the installer\n");
    has(text, " console=tty0 console=ttyS0,115200n8 ip=");
    script_of(MAC DISK "seed_console=ttyS1", IPXE_INSTALLER, "node2", text, sizeof(text));
    has(text, DIGEST " console=ttyS1 ip=");
}

/* Of a tagged network iPXE knows nothing: the installer is told the address, or asks for it. */
static void networks(void **state)
{
#define BOND                                                                                       \
    "\"seed_bond={'mode': 'active-backup', 'macs': ['52:54:00:00:00:02', '52:54:00:00:00:12']}\" "
    char text[8192];

    (void)state;
    script_of(MAC DISK BOND "seed_vlan=42 seed_mtu=9000 seed_prefix=24 seed_dns=192.168.0.5",
              IPXE_INSTALLER, "node2", text, sizeof(text));
    has(text, " nodeseed.vlan=42 nodeseed.bond=active-backup:52:54:00:00:00:02,52:54:00:00:00:12 "
              "nodeseed.mtu=9000 console=");
    has(text, "\niseq x192.168.0.20::192.168.0.1:255.255.255.0:::off:192.168.0.5 x || set address "
              "192.168.0.20::192.168.0.1:255.255.255.0:::off:192.168.0.5\n");
    script_of(MAC DISK "seed_vlan=42", IPXE_INSTALLER, "node2", text, sizeof(text));
    has(text, " || set address ::::::dhcp\n");
    script_of(MAC DISK BOND, IPXE_INSTALLER, "node2", text, sizeof(text));
    has(text, "nodeseed.bond=");
    has(text, "\niseq x x || set address \n");
}

static void the_disk(void **state)
{
    char text[8192];

    (void)state;
    script_of(MAC DISK, IPXE_DISK, "node2", text, sizeof(text));
    has(text, "\nset netX/root-path " ROOT " || exit 1\n"
              "iseq ${platform} efi && goto uefi ||\n"
              "chain http://192.168.0.1:8080/artifacts/sha256/" DIGEST " || exit 1\n"
              ":uefi\n"
              "chain http://192.168.0.1:8080/artifacts/sha256/" DIGEST " || exit 1\n");
    assert_null(strstr(text, "sanboot"));
    script_of(MAC DISK, IPXE_LOCAL, "node1", text, sizeof(text));
    has(text, "echo nodeseed: node1 is not to be installed");
    has(text, "\nsanboot --no-describe --drive 0x80 || exit 1\n");
}

/* Without an installer strangers are told what to do; and nobody is started from a disk that is
 * found by a boot loader which is not there. */
static void without_installer(void **state)
{
    struct made m = make_plan(GUIDE, "kube_network_plugin: bridge\n", NULL);
    struct buf out = BUF_INIT(65536), disk = BUF_INIT(65536);
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(plan_render_ipxe(m.plan, IPXE_INSTALLER, SIZE_MAX, "", &out, &e), 0);
    has(out.data, "this machine is not in the inventory");
    assert_null(strstr(out.data, "kernel "));
    assert_int_equal(plan_render_ipxe(m.plan, IPXE_DISK, 0, ROOT, &disk, &e), 0);
    has(disk.data, "sanboot");
    buf_done(&out);
    buf_done(&disk);
    made_done(&m);
}

static const char *const evil[] = {"a${b", "a}",   "a||b", "a && b", "a;b",  "a#b",
                                   "a\nb", "a\rb", "a\\b", "a\"b",   "a'b",  "a<b",
                                   "a`b",  "a%b",  "a\tb", "a?b",    "\x7f", "\xc3\xa9"};

/* Every script's escaper, by every value that means something to iPXE. */
static void no_escape(void **state)
{
    static const enum template all[] = {TEMPLATE_IPXE_BOOT, TEMPLATE_IPXE_INSTALLER,
                                        TEMPLATE_IPXE_DISK, TEMPLATE_IPXE_LOCAL};

    (void)state;
    for (size_t t = 0; t < ARRAY_SIZE(all); t++)
        for (size_t i = 0; i < ARRAY_SIZE(evil); i++) {
            const char *const values[] = {
                "url",    evil[i], "host",        evil[i],       "kernel",    evil[i], "root",
                evil[i],  "grub",  evil[i],       "kernel_name", evil[i],     "ip",    evil[i],
                "initrd", evil[i], "initrd_name", evil[i],       "arguments", evil[i], NULL};
            struct buf out = BUF_INIT(65536);
            struct error e = ERROR_INIT;

            if (template_fill(all[t], values, &out, &e) != -EINVAL)
                fail_msg("template %zu takes '%s'", t, evil[i]);
            buf_done(&out);
        }
}

/* Found when the configuration is read, not by a machine that is switched on. */
static void refused_at_load(void **state)
{
    static const char *const urls[] = {"http://h/${x}", "http://h/a b", "http://h||poweroff"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        struct plan_options options = {.server_url = urls[i], .server_tls_url = "https://h"};
        struct made m = make_plan_with(guide_pxe(MAC DISK), VARS, NULL, options);

        if (m.result != -EINVAL || !strstr(m.problems, "boot scripts: "))
            fail_msg("%s: %d, %s", urls[i], m.result, m.problems);
        made_done(&m);
    }
    assert_refused(guide_pxe(MAC DISK "seed_console='tty0;x'"), VARS,
                   "seed_console: expected consoles such as tty0 ttyS0,115200n8");
}

static void install_config(void **state)
{
    struct made m = make_plan(guide_pxe(MAC DISK "seed_prefix=24"), VARS, NULL);
    struct buf first = BUF_INIT(65536), second = BUF_INIT(65536);
    json_t *config = NULL, *again = NULL;
    struct error e = ERROR_INIT;
    char root[UUID_TEXT_SIZE];
    size_t two;

    (void)state;
    if (!m.plan)
        fail_msg("%s", m.problems);
    two = plan_find_host(m.plan, "node2");
    assert_int_equal(plan_render_install(m.plan, two, 1, &first, &e), 0);
    assert_int_equal(plan_render_install(m.plan, two, 2, &second, &e), 0);
    assert_int_equal(plan_render_install(m.plan, 0, 1, &second, &e), -ENOENT);
    assert_int_equal(json_parse(first.data, first.len, 65536, &config, &e), 0);
    assert_int_equal(json_parse(second.data, second.len, 65536, &again, &e), 0);
    assert_string_equal(text_at(config, "/host/name"), "node2");
    assert_string_equal(text_at(config, "/disk/match/serial"), "OS2");
    assert_string_equal(text_at(config, "/image/url"), "http://192.168.0.1:8080/artifacts/debian");
    assert_string_equal(text_at(config, "/image/compression"), "zstd");
    assert_int_equal(json_integer_value(at(config, "/image/raw_size")), 4194304);
    assert_string_equal(text_at(config, "/network/address"), "192.168.0.20/24");
    assert_string_equal(text_at(config, "/seed/host"), "node2");
    assert_false(json_is_true(at(config, "/reinstall")));
    assert_int_equal(plan_install_root(m.plan, two, 1, root, &e), 0);
    assert_string_equal(text_at(config, "/root_uuid"), root);
    assert_string_not_equal(text_at(config, "/disk_guid"), root);
    /* Another incarnation is another disk, and may be written over this one's. */
    assert_true(json_is_true(at(again, "/reinstall")));
    assert_int_equal(json_integer_value(at(again, "/incarnation")), 2);
    assert_string_not_equal(text_at(again, "/root_uuid"), root);
    json_decref(config);
    json_decref(again);
    buf_done(&first);
    buf_done(&second);
    made_done(&m);
}

/* A host that was installed anew marks its data disks with it; its first config is unchanged. */
static void incarnations(void **state)
{
    struct made m = make_plan(guide_pxe(MAC DISK), VARS, NULL);
    struct buf plain = BUF_INIT(1 << 20), one = BUF_INIT(1 << 20), two = BUF_INIT(1 << 20);
    json_t *first = NULL, *second = NULL;
    struct error e = ERROR_INIT;
    size_t host;

    (void)state;
    if (!m.plan)
        fail_msg("%s", m.problems);
    host = plan_find_host(m.plan, "node2");
    assert_int_equal(plan_render_host(m.plan, host, &plain, &e), 0);
    assert_int_equal(plan_render_incarnation(m.plan, host, 1, &one, &e), 0);
    assert_int_equal(plan_render_incarnation(m.plan, host, 2, &two, &e), 0);
    assert_string_equal(plain.data, one.data);
    assert_int_equal(json_parse(one.data, one.len, 1 << 20, &first, &e), 0);
    assert_int_equal(json_parse(two.data, two.len, 1 << 20, &second, &e), 0);
    assert_null(json_object_get(json_object_get(first, "host"), "incarnation"));
    assert_int_equal(json_integer_value(at(second, "/host/incarnation")), 2);
    assert_string_not_equal(text_at(first, "/plan"), text_at(second, "/plan"));
    /* But for these two it is the same. */
    assert_int_equal(json_object_del(json_object_get(second, "host"), "incarnation"), 0);
    assert_int_equal(json_object_set(second, "plan", json_object_get(first, "plan")), 0);
    assert_true(json_equal(first, second));
    json_decref(first);
    json_decref(second);
    buf_done(&plain);
    buf_done(&one);
    buf_done(&two);
    made_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_script),  cmocka_unit_test(the_installer),
        cmocka_unit_test(networks),          cmocka_unit_test(the_disk),
        cmocka_unit_test(without_installer), cmocka_unit_test(no_escape),
        cmocka_unit_test(refused_at_load),   cmocka_unit_test(install_config),
        cmocka_unit_test(incarnations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
