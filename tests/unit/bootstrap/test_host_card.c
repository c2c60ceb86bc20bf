/* SPDX-License-Identifier: Apache-2.0 */
/* Which card the address is on, and stays on. */
#include "bootstrap/host.h"
#include "bootstrap/host_card.h"
#include "bootstrap/journal.h"
#include "tests/unit/test.h"
#include "tree.h"

#define CONFIG(network)                                                                            \
    "{\"version\":1,\"host\":{\"name\":\"node1\",\"ip\":\"192.0.2.7\",\"roles\":[\"node\"]},"      \
    "\"system\":{\"network\":" network "}}"
#define STATIC(gateway)                                                                            \
    CONFIG("{\"address\":\"192.0.2.7/24\",\"gateway\":\"" gateway "\",\"dns\":[]}")
#define BOND                                                                                       \
    CONFIG("{\"dhcp\":true,\"bond\":{\"mode\":\"active-backup\",\"macs\":"                         \
           "[\"52:54:00:00:00:0a\",\"52:54:00:00:00:0b\"]}}")
#define WIRE "/etc/systemd/network/05-nodeseed-3-wire0.network"

static void put(const struct tree *t, const char *name, const char *file, const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, file);
    tree_write(t, path, text);
}

static void add_nic(const struct tree *t, const char *name, const char *mac, const char *state)
{
    put(t, name, "device/uevent", "");
    put(t, name, "type", "1\n");
    put(t, name, "address", mac);
    put(t, name, "operstate", state);
}

static void remove_nic(const struct tree *t, const char *name)
{
    char from[128], to[128];

    (void)snprintf(from, sizeof(from), "%s/sys/class/net/%s", t->root, name);
    (void)snprintf(to, sizeof(to), "%s/sys/gone-%s", t->root, name);
    assert_int_equal(rename(from, to), 0);
}

static void set_config(struct tree *t, const char *config)
{
    _cleanup_json_ json_t *json = NULL;
    struct error e = ERROR_INIT;

    assert_good(json_parse(config, strlen(config), 1 << 20, &json, &e), &e);
    assert_good(context_set_config(&t->context, json, &e), &e);
}

/* A machine with one card, whose address is in place. The taskbox of the tree is at 127.0.0.1, to
 * which no card leads. */
static void make(struct tree *t)
{
    struct error e = ERROR_INIT;
    bool same;

    tree_make(t, STATIC("192.0.2.1"));
    tree_write(t, "/lib/systemd/systemd-networkd", "");
    add_nic(t, "ens3", "52:54:00:00:00:0a\n", "up\n");
    assert_good(host_network(&t->context, true, &same, &e), &e);
}

/* What the address is on after the step is done again. */
static void assert_card(struct tree *t, const char *mac)
{
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;
    bool same;

    assert_good(host_network(&t->context, true, &same, &e), &e);
    text = tree_read(t, WIRE);
    assert_non_null(text);
    assert_non_null(strstr(text, mac));
    assert_good(host_network(&t->context, false, &same, &e), &e);
    assert_true(same);
}

static void assert_fails(struct tree *t, int code, const char *words)
{
    struct error e = ERROR_INIT;
    bool same;

    assert_int_equal(host_network(&t->context, true, &same, &e), code);
    if (!strstr(e.message, words))
        fail_msg("\"%s\" is not in \"%s\"", words, e.message);
}

/* Whatever comes beside it, and whatever the configuration becomes. */
static void test_it_stays(void **state)
{
    struct tree t;

    (void)state;
    make(&t);
    add_nic(&t, "ens4", "52:54:00:00:00:0b\n", "up\n");
    set_config(&t, STATIC("192.0.2.2"));
    assert_card(&t, "52:54:00:00:00:0a");

    remove_nic(&t, "ens3"); /* called otherwise since */
    add_nic(&t, "eno1", "52:54:00:00:00:0a\n", "down\n");
    set_config(&t, STATIC("192.0.2.3"));
    assert_card(&t, "52:54:00:00:00:0a");
    tree_remove(&t);
}

/* Virtual functions are cards as well, and a machine that passes them on has hundreds. */
static void test_many(void **state)
{
    char name[16], mac[32];
    struct tree t;

    (void)state;
    make(&t);
    for (unsigned i = 0; i < 300; i++) {
        (void)snprintf(name, sizeof(name), "ens3v%u", i);
        (void)snprintf(mac, sizeof(mac), "52:54:00:01:%02x:%02x\n", i / 256, i % 256);
        add_nic(&t, name, mac, "down\n");
    }
    assert_card(&t, "52:54:00:00:00:0a");
    set_config(&t, STATIC("192.0.2.2"));
    assert_card(&t, "52:54:00:00:00:0a");
    tree_remove(&t);
}

/* A journal that was lost, or files that the installer wrote: they say it, whatever else differs.
 */
static void test_files_say_it(void **state)
{
    static const struct {
        const char *program, *file;
    } images[] = {
        {"/lib/systemd/systemd-networkd", WIRE                                     },
        {"/sbin/ifup",                    "/etc/udev/rules.d/75-nodeseed-net.rules"},
        {"/usr/sbin/netplan",             "/etc/netplan/99-nodeseed.yaml"          },
    };
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
        _cleanup_free_ char *text = NULL;

        tree_make(&t, STATIC("192.0.2.1"));
        tree_write(&t, images[i].program, "");
        add_nic(&t, "ens3", "52:54:00:00:00:0a\n", "up\n");
        assert_good(host_network(&t.context, true, &same, &e), &e);
        add_nic(&t, "ens4", "52:54:00:00:00:0b\n", "up\n");
        assert_good(journal_remove_intent(t.context.journal, "host/card", &e), &e);
        set_config(&t, STATIC("192.0.2.2"));
        assert_good(host_network(&t.context, true, &same, &e), &e);
        text = tree_read(&t, images[i].file);
        assert_non_null(strstr(text, "52:54:00:00:00:0a"));
        assert_non_null(journal_intent(t.context.journal, "host/card"));
        tree_remove(&t);
    }
}

/* What was a bond says nothing of a single card. */
static void test_files_say_too_much(void **state)
{
    struct tree t;

    (void)state;
    make(&t);
    add_nic(&t, "ens4", "52:54:00:00:00:0b\n", "up\n");
    set_config(&t, BOND);
    assert_card(&t, "52:54:00:00:00:0a");
    set_config(&t, STATIC("192.0.2.1"));
    assert_fails(&t, -ENETUNREACH, "no interface leads to the taskbox");
    tree_remove(&t);
}

static void test_replaced(void **state)
{
    struct tree t;

    (void)state;
    make(&t);
    remove_nic(&t, "ens3");
    assert_fails(&t, -ENETUNREACH,
                 "the network card ens3 (52:54:00:00:00:0a), which 192.0.2.7 is for, is gone");
    add_nic(&t, "ens5", "52:54:00:00:00:0c\n", "up\n");
    assert_card(&t, "52:54:00:00:00:0c");
    tree_remove(&t);
}

/* What was in use beside it is no replacement, now or after a boot without its cable; a spare is.
 */
static void test_gone(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    make(&t);
    add_nic(&t, "ens4", "52:54:00:00:00:0b\n", "up\n");
    assert_good(host_network(&t.context, true, &same, &e), &e);
    put(&t, "ens4", "operstate", "down\n");
    assert_good(host_network(&t.context, true, &same, &e), &e);
    remove_nic(&t, "ens3");
    assert_fails(&t, -ENODEV, "ens4 (52:54:00:00:00:0b) had a network of its own");
    tree_remove(&t);

    make(&t);
    add_nic(&t, "ens4", "52:54:00:00:00:0b\n", "down\n");
    assert_good(host_network(&t.context, true, &same, &e), &e);
    remove_nic(&t, "ens3");
    assert_card(&t, "52:54:00:00:00:0b");
    tree_remove(&t);
}

/* Hyper-V's and the function behind it: the one that was chosen is known by its name as well. */
static void test_twins(void **state)
{
    struct error e = ERROR_INIT;
    struct network n = {.primary = -1};
    struct tree t;

    (void)state;
    make(&t);
    add_nic(&t, "enP1s2", "52:54:00:00:00:0a\n", "up\n");
    assert_good(host_card_find(&t.context, &n, false, &e), &e);
    assert_string_equal(n.nics[0].name, "ens3");
    tree_remove(&t);
}

/* Who no longer wants an address of ours chooses anew later. */
static void test_forgotten(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    make(&t);
    assert_non_null(journal_intent(t.context.journal, "host/card"));
    set_config(&t, CONFIG("null"));
    assert_good(host_network(&t.context, true, &same, &e), &e);
    assert_null(journal_intent(t.context.journal, "host/card"));
    tree_remove(&t);
}

/* A member that is dead at this boot, or has never been there: what others wrote about other cards
 * is none of ours, and the bond, which works without it, is not made anew. */
static void test_member_is_gone(void **state)
{
    static const char other[] = "auto ens9\niface ens9 inet dhcp\n";
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    tree_make(&t, BOND);
    tree_write(&t, "/sbin/ifup", "");
    tree_write(&t, "/etc/network/interfaces", "source interfaces.d/*\n");
    tree_write(&t, "/etc/network/interfaces.d/storage", other);
    add_nic(&t, "ens3", "52:54:00:00:00:0a\n", "up\n");
    add_nic(&t, "ens9", "52:54:00:00:00:19\n", "up\n");
    assert_good(host_network(&t.context, true, &same, &e), &e);
    text = tree_read(&t, "/etc/network/interfaces.d/storage");
    assert_string_equal(text, other);

    add_nic(&t, "ens4", "52:54:00:00:00:0b\n", "up\n");
    assert_good(host_network(&t.context, true, &same, &e), &e);
    assert_good(host_network(&t.context, false, &same, &e), &e);
    assert_true(same);
    remove_nic(&t, "ens4");
    assert_good(host_network(&t.context, false, &same, &e), &e);
    assert_true(same);

    /* Its name is another card's meanwhile, which is not to become a member. */
    add_nic(&t, "ens4", "52:54:00:00:00:1b\n", "up\n");
    assert_good(host_network(&t.context, false, &same, &e), &e);
    assert_false(same);
    tree_remove(&t);
}

static void test_link(void **state)
{
    struct network n = {
        .nics = {{"52:54:00:00:00:0a", "ens3"}, {"52:54:00:00:00:0b", "ens4"}},
          .n_nics = 1
    };
    struct tree t;
    char text[512];

    (void)state;
    make(&t);
    host_card_describe_link(&t.context, &n, text, sizeof(text));
    assert_string_equal(text, ""); /* it is down, and has no such file */
    put(&t, "ens3", "carrier", "0\n");
    host_card_describe_link(&t.context, &n, text, sizeof(text));
    assert_string_equal(text, "ens3 (52:54:00:00:00:0a) has no carrier: look at its cable");

    n.n_nics = 2; /* a bond: one that is gone is another matter, one with a cable is enough */
    host_card_describe_link(&t.context, &n, text, sizeof(text));
    assert_string_equal(text, "ens3 (52:54:00:00:00:0a) has no carrier: look at its cable");
    add_nic(&t, "ens4", "52:54:00:00:00:0b\n", "down\n");
    put(&t, "ens4", "carrier", "0\n");
    host_card_describe_link(&t.context, &n, text, sizeof(text));
    assert_string_equal(text, "ens3 (52:54:00:00:00:0a), ens4 (52:54:00:00:00:0b) have no carrier: "
                              "look at their cables");
    put(&t, "ens4", "carrier", "1\n");
    host_card_describe_link(&t.context, &n, text, sizeof(text));
    assert_string_equal(text, "");
    tree_remove(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_stays),
        cmocka_unit_test(test_files_say_it),
        cmocka_unit_test(test_files_say_too_much),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test(test_member_is_gone),
        cmocka_unit_test(test_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
