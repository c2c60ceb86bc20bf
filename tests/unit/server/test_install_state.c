/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/install_state.h"
#include "tests/unit/test.h"

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ROOT "6a2f1c1e-0b5e-4d38-9a3a-0123456789ab"
#define DONE(n)                                                                                    \
    "{\"incarnation\":" n ",\"disk\":{\"serial\":\"OS1\",\"wwn\":\"0x5000\",\"path\":\"pci-0\","   \
    "\"size\":8589934592},\"root_uuid\":\"" ROOT "\",\"firmware\":\"bios\"}"

static struct install_done done_of(const char *text)
{
    struct error e = ERROR_INIT;
    struct install_done done;

    assert_good(install_done_parse(text, strlen(text), &done, &e), &e);
    return done;
}

static void test_absent(void **state)
{
    struct install_record fresh = install_record_absent(false), runs = install_record_absent(true);

    (void)state;
    assert_int_equal(fresh.incarnation, 1);
    assert_int_equal(fresh.state, INSTALL_ARMED);
    assert_int_equal(install_boot_decide(BOOT_PXE, &fresh), INSTALL_BOOT_INSTALLER);
    /* A host of another seed_boot that joined long ago is not written over by a changed word. */
    assert_int_equal(install_boot_decide(BOOT_PXE, &runs), INSTALL_BOOT_LOCAL);
}

/* A life: armed, writing, installed, and what a lost answer or an old word does. */
static void test_life(void **state)
{
    struct install_record r = install_record_absent(false);
    struct install_done done = done_of(DONE("1"));
    struct error e = ERROR_INIT;
    bool changes;

    (void)state;
    assert_int_equal(install_may_hand_over(&r, 1, &e), -EEXIST);
    assert_int_equal(install_apply_done(&r, &done, 7, &changes, &e), -EEXIST);
    assert_good(install_may_write(&r, &e), &e);
    r.state = INSTALL_WRITING;
    assert_good(install_may_write(&r, &e), &e);
    assert_good(install_may_hand_over(&r, 1, &e), &e);
    assert_int_equal(install_may_hand_over(&r, 2, &e), -EEXIST);
    assert_int_equal(install_boot_decide(BOOT_PXE, &r), INSTALL_BOOT_INSTALLER);

    assert_good(install_apply_done(&r, &done, 7, &changes, &e), &e);
    assert_true(changes);
    assert_int_equal(r.state, INSTALL_INSTALLED);
    assert_int_equal(r.since_ms, 7);
    assert_string_equal(r.disk.serial, "OS1");
    assert_string_equal(r.root_uuid, ROOT);
    assert_string_equal(r.firmware, "bios");
    assert_int_equal(install_boot_decide(BOOT_PXE, &r), INSTALL_BOOT_DISK);
    assert_int_equal(install_boot_decide(BOOT_IMAGE, &r), INSTALL_BOOT_LOCAL);

    assert_good(install_apply_done(&r, &done, 9, &changes, &e), &e);
    assert_false(changes);
    assert_int_equal(r.since_ms, 7);
    assert_int_equal(install_may_hand_over(&r, 1, &e), -EEXIST);
    assert_int_equal(install_may_write(&r, &e), -EEXIST);
    done.incarnation = 2;
    assert_int_equal(install_apply_done(&r, &done, 9, &changes, &e), -EEXIST);
    install_record_done(&r);
}

static void test_rearm(void **state)
{
    struct install_record r = {.incarnation = 3,
                               .state = INSTALL_INSTALLED,
                               .spki = KEY,
                               .node_spki = KEY,
                               .certificate = strdup("c"),
                               .root_uuid = ROOT,
                               .disk = {.size = 1}};

    (void)state;
    install_record_rearm(&r, false, 5);
    assert_int_equal(r.state, INSTALL_INSTALLED);
    assert_int_equal(r.incarnation, 3);
    assert_string_equal(r.spki, "");
    assert_null(r.certificate);
    assert_string_equal(r.node_spki, KEY);
    assert_string_equal(r.root_uuid, ROOT);
    install_record_rearm(&r, true, 5);
    assert_int_equal(r.state, INSTALL_ARMED);
    assert_int_equal(r.incarnation, 4);
    assert_int_equal(r.since_ms, 5);
    assert_string_equal(r.node_spki, "");
    assert_string_equal(r.root_uuid, "");
    assert_int_equal(r.disk.size, 0);
    r.state = INSTALL_WRITING;
    install_record_rearm(&r, false,
                         6); /* the installer's key is forgotten, the incarnation stays */
    assert_int_equal(r.state, INSTALL_ARMED);
    assert_int_equal(r.incarnation, 4);
}

static void test_boot(void **state)
{
    struct install_record r = install_record_absent(false);

    (void)state;
    assert_int_equal(install_boot_decide(BOOT_PXE, NULL), INSTALL_BOOT_INSTALLER);
    assert_int_equal(install_boot_decide(BOOT_IMAGE, &r), INSTALL_BOOT_LOCAL);
    assert_int_equal(install_boot_decide(BOOT_CLOUD_INIT, &r), INSTALL_BOOT_LOCAL);
    assert_int_equal(install_boot_decide(BOOT_LOCAL, &r), INSTALL_BOOT_LOCAL);
}

static void test_enrol(void **state)
{
    static const struct {
        struct install_enrol_facts facts;
        enum enrol_verdict verdict;
    } cases[] = {
        {{.pxe = true, .armed = true},                                                               ENROL_REFUSE},
        {{.known = true, .armed = true, .trust = TRUST_FIRST_USE},                                   ENROL_REFUSE},
        {{.known = true, .pxe = true, .armed = true, .trust = TRUST_FIRST_USE},                      ENROL_SIGN  },
        {{.known = true, .pxe = true, .trust = TRUST_FIRST_USE},                                     ENROL_REFUSE},
        {{.known = true, .pxe = true, .armed = true, .trust = TRUST_APPROVE},                        ENROL_WAIT  },
        {{.known = true, .pxe = true, .armed = true, .trust = TRUST_APPROVE, .approved = true},
         ENROL_SIGN                                                                                              },
        {{.known = true, .pxe = true, .armed = true, .trust = TRUST_TOKEN},                          ENROL_REFUSE},
        {{.known = true, .pxe = true, .armed = true, .trust = TRUST_FIRST_USE, .quarantined = true},
         ENROL_REFUSE                                                                                            },
        {{.known = true,
          .pxe = true,
          .armed = true,
          .trust = TRUST_FIRST_USE,
          .state = INSTALL_INSTALLED},
         ENROL_REFUSE                                                                                            },
 /* While it is being written: the same key has its answer again, whenever; a new one follows
  * the rule of the first. */
        {{.known = true, .pxe = true, .same_key = true, .state = INSTALL_WRITING},                   ENROL_REPEAT},
        {{.known = true,
          .pxe = true,
          .armed = true,
          .state = INSTALL_WRITING,
          .trust = TRUST_FIRST_USE},
         ENROL_SIGN                                                                                              },
        {{.known = true,
          .pxe = true,
          .armed = true,
          .state = INSTALL_WRITING,
          .trust = TRUST_APPROVE},
         ENROL_WAIT                                                                                              },
        {{.known = true, .pxe = true, .same_key = true, .state = INSTALL_INSTALLED},                 ENROL_REFUSE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *reason = NULL;

        if (install_enrol_decide(&cases[i].facts, &reason) != cases[i].verdict)
            fail_msg("case %zu", i);
        assert_non_null(reason);
    }
}

static void test_record(void **state)
{
    struct install_record r = {
        .incarnation = 2,
        .state = INSTALL_WRITING,
        .since_ms = 1700000000000,
        .spki = KEY,
        .certificate = strdup("PEM\n"),
        .disk = {.serial = "OS1", .size = 42},
        .root_uuid = ROOT,
        .firmware = "uefi"
    };
    _cleanup_free_ char *text = install_record_text(&r), *again = NULL;
    struct install_record copy;
    struct error e = ERROR_INIT;

    (void)state;
    assert_non_null(text);
    assert_good(install_record_parse(text, &copy, &e), &e);
    again = install_record_text(&copy);
    assert_string_equal(again, text);
    assert_string_equal(copy.certificate, "PEM\n");
    assert_int_equal(copy.disk.size, 42);
    install_record_done(&copy);
    install_record_done(&r);
    assert_int_equal(install_record_parse("{}", &copy, &e), -EINVAL);
    assert_int_equal(install_record_parse("{\"incarnation\":1,\"state\":\"melting\"}", &copy, &e),
                     -EINVAL);
    assert_int_equal(install_record_parse("{\"incarnation\":0,\"state\":\"armed\"}", &copy, &e),
                     -EINVAL);
    assert_good(install_record_parse("{\"incarnation\":1,\"state\":\"armed\"}", &copy, &e), &e);
    assert_int_equal(copy.since_ms, 0);
    install_record_done(&copy);
}

static void test_json(void **state)
{
    struct install_record r = install_record_absent(false);
    _cleanup_json_ json_t *o = install_record_json(&r);
    _cleanup_free_ char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);

    (void)state;
    assert_string_equal(text, "{\"disk\":null,\"firmware\":null,\"incarnation\":1,\"root_uuid\":"
                              "null,\"since_ms\":0,\"state\":\"armed\"}");
}

static void test_bodies(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{\"incarnation\":1}",
        "{\"incarnation\":1,\"disk\":{\"size\":1},\"root_uuid\":\"" ROOT "\"}",
        "{\"incarnation\":1,\"disk\":{\"size\":1},\"firmware\":\"bios\"}",
        "{\"incarnation\":1,\"disk\":{\"size\":0},\"root_uuid\":\"" ROOT
        "\",\"firmware\":\"bios\"}",
        "{\"incarnation\":1,\"disk\":{\"size\":1},\"root_uuid\":\"x\",\"firmware\":\"bios\"}",
        "{\"incarnation\":1,\"disk\":{\"size\":1},\"root_uuid\":\"" ROOT
        "\",\"firmware\":\"coreboot\"}",
        "{\"incarnation\":1,\"disk\":{\"size\":1,\"serial\":\"a\\nb\"},\"root_uuid\":\"" ROOT
        "\",\"firmware\":\"bios\"}",
        "{\"incarnation\":99999999999,\"disk\":{\"size\":1},\"root_uuid\":\"" ROOT
        "\",\"firmware\":\"bios\"}",
    };
    struct install_done done;
    struct error e = ERROR_INIT;
    unsigned n = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (install_done_parse(bad[i], strlen(bad[i]), &done, &e) != -EINVAL)
            fail_msg("case %zu", i);
    assert_good(install_handover_parse("{\"incarnation\":2}", 17, &n, &e), &e);
    assert_int_equal(n, 2);
    assert_int_equal(install_handover_parse("{\"incarnation\":\"2\"}", 19, &n, &e), -EINVAL);
    assert_int_equal(install_handover_parse("{}", 2, &n, &e), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent), cmocka_unit_test(test_life),   cmocka_unit_test(test_rearm),
        cmocka_unit_test(test_boot),   cmocka_unit_test(test_enrol),  cmocka_unit_test(test_record),
        cmocka_unit_test(test_json),   cmocka_unit_test(test_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
