/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/attend.h"
#include "bootstrap/cert_life.h"
#include "tests/unit/test.h"

#define DAY 86400
#define TRIES 300

/* The smallest and the largest of many pauses. */
static void pauses(enum attend_result result, unsigned failures, uint64_t wanted_ms,
                   uint64_t *ret_least, uint64_t *ret_most)
{
    *ret_least = UINT64_MAX;
    *ret_most = 0;
    for (int i = 0; i < TRIES; i++) {
        uint64_t ms = attend_pause_ms(result, failures, wanted_ms);

        *ret_least = ms < *ret_least ? ms : *ret_least;
        *ret_most = ms > *ret_most ? ms : *ret_most;
    }
}

static void test_pauses(void **state)
{
    static const struct {
        enum attend_result result;
        unsigned failures;
        uint64_t wanted_ms, least_ms, most_ms, spread_ms; /* spread: at least so far apart */
    } cases[] = {
        {ATTEND_NOTHING, 0,    0,      0,      0,      0     },
        {ATTEND_NOTHING, 0,    300000, 300000, 600000, 200000}, /* polls, spread over as long */
        {ATTEND_DONE,    0,    0,      0,      0,      0     },
        {ATTEND_DONE,    0,    300000, 0,      0,      0     },
        {ATTEND_AGAIN,   1,    0,      1000,   2000,   0     }, /* nor of orders that lead nowhere */
        {ATTEND_AGAIN,   4000, 0,      1000,   60000,  20000 },
        {ATTEND_EARLY,   1,    0,      1000,   2000,   0     }, /* never a busy loop */
        {ATTEND_AWAY,    1,    0,      1000,   2000,   0     },
        {ATTEND_AWAY,    5,    0,      1000,   32000,  10000 },
        {ATTEND_AWAY,    30,   0,      1000,   300000, 100000}, /* five minutes at most */
        {ATTEND_AWAY,    4000, 0,      1000,   300000, 100000},
        {ATTEND_AWAY,    1,    120000, 121000, 122000, 0     }, /* not before its Retry-After */
        {ATTEND_REFUSED, 1,    0,      60000,  180000, 20000 },
        {ATTEND_REFUSED, 4000, 0,      60000,  660000, 200000},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t least, most;

        pauses(cases[i].result, cases[i].failures, cases[i].wanted_ms, &least, &most);
        if (least < cases[i].least_ms || most > cases[i].most_ms ||
            most - least < cases[i].spread_ms)
            fail_msg("case %zu: %llu to %llu ms", i, (unsigned long long)least,
                     (unsigned long long)most);
    }
}

static void test_lives(void **state)
{
    static const struct {
        int64_t not_before, not_after, life, latest, earliest, rescue;
    } cases[] = {
  /* ten years of the taskbox's, dated back a day */
        {-DAY,       3650 * DAY, 3650 * DAY, 2433 * DAY + 28800, 2129 * DAY + 14400, 3467 * DAY + 43200},
 /* a minute of the taskbox's */
        {-DAY,       60,         60,         40,                 35,                 57                },
 /* a kubelet's, from the controller-manager: ten minutes, dated back five */
        {-300,       600,        900,        300,                225,                555               },
        {0,          DAY,        DAY,        57600,              50400,              82080             },
 /* past 2038 */
        {4102444800, 4102531260, 60,         4102531240,         4102531235,         4102531257        },
 /* one that was never valid is due */
        {10,         10,         0,          10,                 10,                 10                },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct certificate_facts facts = {cases[i].not_before, cases[i].not_after, ""};

        assert_int_equal(cert_life_s(&facts), cases[i].life);
        assert_int_equal(cert_renew_at(&facts, 0), cases[i].latest);
        assert_int_equal(cert_renew_at(&facts, UINT32_MAX), cases[i].earliest);
        assert_int_equal(cert_rescue_at(&facts), cases[i].rescue);
        for (uint32_t k = 1; k < 64; k++) {
            int64_t at = cert_renew_at(&facts, k << 26);

            assert_true(at <= cases[i].latest && at >= cases[i].earliest);
        }
    }
}

/* What kubeadm makes begins when its CA did, long ago: only its end says how old it is. */
static void test_kubeadms(void **state)
{
    const int64_t year = CERT_KUBEADM_LIFE_S, made = 1000 * DAY;
    const struct certificate_facts facts = {-5000 * DAY, made + year, ""};

    (void)state;
    assert_int_equal(cert_kubeadm_renew_at(&facts, year, 0), made + year - year / 3);
    assert_int_equal(cert_kubeadm_renew_at(&facts, year, UINT32_MAX),
                     made + year - year / 3 - year / 12);
    /* more than there is changes nothing */
    assert_int_equal(cert_kubeadm_renew_at(&facts, 10 * year, 0), made + year - year / 3);
    /* used for an hour: renewed after forty minutes, or five earlier */
    assert_int_equal(cert_kubeadm_renew_at(&facts, 3600, 0), made + 2400);
    assert_int_equal(cert_kubeadm_renew_at(&facts, 3600, UINT32_MAX), made + 2100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_lives),
        cmocka_unit_test(test_kubeadms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
