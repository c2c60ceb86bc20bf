/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/enrol.h"
#include "tests/unit/test.h"

static void test_decide(void **state)
{
    static const struct {
        struct enrol_facts facts;
        enum enrol_verdict verdict;
    } cases[] = {
        {{.known = false, .armed = true},                                                   ENROL_REFUSE},
        {{.known = true, .trust = TRUST_FIRST_USE, .armed = true},                          ENROL_SIGN  },
        {{.known = true, .trust = TRUST_FIRST_USE, .armed = false},                         ENROL_REFUSE},
        {{.known = true, .trust = TRUST_APPROVE, .armed = true},                            ENROL_WAIT  },
        {{.known = true, .trust = TRUST_APPROVE, .armed = false, .approved = true},         ENROL_REFUSE},
        {{.known = true, .trust = TRUST_APPROVE, .armed = true, .approved = true},          ENROL_SIGN  },
        {{.known = true, .trust = TRUST_APPROVE, .armed = true, .proven = true},            ENROL_SIGN  },
        {{.known = true, .trust = TRUST_TOKEN, .armed = true},                              ENROL_REFUSE},
        {{.known = true, .trust = TRUST_TOKEN, .armed = true, .proven = true},              ENROL_SIGN  },
        {{.known = true, .trust = TRUST_TOKEN, .armed = false, .proven = true},             ENROL_REFUSE},
 /* A key that is there: the same one is served at any time, another one never. */
        {{.known = true, .has_identity = true, .same_key = true},                           ENROL_REPEAT},
        {{.known = true, .trust = TRUST_TOKEN, .has_identity = true, .same_key = true},
         ENROL_REPEAT                                                                                   },
        {{.known = true, .trust = TRUST_FIRST_USE, .armed = true, .has_identity = true},
         ENROL_CONFLICT                                                                                 },
        {{.known = true, .trust = TRUST_APPROVE, .has_identity = true, .approved = true},
         ENROL_CONFLICT                                                                                 },
        {{.known = true, .trust = TRUST_TOKEN, .armed = true, .has_identity = true},        ENROL_REFUSE},
        {{.known = true, .trust = TRUST_TOKEN, .has_identity = true, .proven = true},
         ENROL_CONFLICT                                                                                 },
        {{.known = true, .has_identity = true, .same_key = true, .quarantined = true},
         ENROL_CONFLICT                                                                                 },
        {{.known = true, .trust = TRUST_FIRST_USE, .armed = true, .quarantined = true},
         ENROL_CONFLICT                                                                                 },
 /* Whoever was removed is refused, whatever it has. */
        {{.known = true, .has_identity = true, .same_key = true, .removed = true},          ENROL_REFUSE},
        {{.known = true, .armed = true, .proven = true, .approved = true, .removed = true},
         ENROL_REFUSE                                                                                   },
        {{.known = true, .quarantined = true, .removed = true},                             ENROL_REFUSE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *reason = NULL;

        if (enrol_decide(&cases[i].facts, &reason) != cases[i].verdict)
            fail_msg("case %zu", i);
        assert_non_null(reason);
    }
}

static void test_claim(void **state)
{
    _cleanup_json_ json_t *body =
        json_pack("{s:s, s:[s,s,s], s:s, s:s}", "host", "node1", "macs", "52-54-00-AA-BB-CC",
                  "00:00:00:00:00:00", "rubbish", "uuid", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
                  "serial", "Default string");
    _cleanup_json_ json_t *wrong = json_pack("{s:[i]}", "macs", 5);
    struct error e = ERROR_INIT;
    struct enrol_claim claim;

    (void)state;
    assert_good(enrol_claim_read(body, &claim, &e), &e);
    assert_string_equal(claim.host, "node1");
    assert_int_equal(claim.macs_n, 1);
    assert_string_equal(claim.macs[0], "52:54:00:aa:bb:cc");
    assert_string_equal(claim.uuid, "");
    assert_string_equal(claim.serial, "");
    assert_int_equal(enrol_claim_read(wrong, &claim, &e), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_claim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
