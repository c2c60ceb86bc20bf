/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/crypto.h"
#include "common/clock.h"
#include "common/fetch.h"
#include "tests/unit/servers.h"
#include "tests/unit/test.h"

/* The clock rule's two halves against real servers: what may be wrong with a certificate is its
 * time, and nothing else. */
static struct servers servers;
static struct certificate *ca;

static int start(void **state)
{
    (void)state;
    servers_start(&servers);
    {
        _cleanup_free_ char *pem = servers_file(&servers, "ca.crt");
        struct error e = ERROR_INIT;

        assert_good(certificate_read(pem, &ca, &e), &e);
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    certificate_free(ca);
    servers_stop(&servers);
    return 0;
}

struct expected {
    const char *server;
    int result;
};

static void check(const struct expected *cases, size_t n, struct tls_use *use)
{
    const struct fetch_identity identity = {
        .ca_by_setup = true, .tls_setup = tls_set_up, .tls_data = use};

    for (size_t i = 0; i < n; i++) {
        _cleanup_(fetcher_freep) struct fetcher *f = NULL;
        char url[SERVERS_URL_SIZE];
        struct fetch_request request = {.method = "GET",
                                        .url = url,
                                        .connect_timeout_ms = 10000,
                                        .total_timeout_ms = 20000,
                                        .max_body = 1000};
        struct fetch_response response;
        struct error e = ERROR_INIT;
        int r;

        servers_url(&servers, cases[i].server, "status/200", url);
        assert_good(fetcher_new(&identity, &f, &e), &e);
        r = fetch(f, &request, &response, &e);
        if (r != cases[i].result)
            fail_msg("%s: %d: %s", cases[i].server, r, e.message);
    }
}

static void test_ignoring_validity(void **state)
{
    static const struct expected cases[] = {
        {"good",            0            },
        {"expired",         0            },
        {"early",           0            },
        {"stranger",        -EKEYREJECTED},
        {"early-stranger",  -EKEYREJECTED},
        {"elsewhere",       -EKEYREJECTED},
        {"early-elsewhere", -EKEYREJECTED},
    };

    struct tls_use use = {.ca = ca, .any_time = true};

    (void)state;
    check(cases, ARRAY_SIZE(cases), &use);
}

static void test_at_offset(void **state)
{
    static const struct expected now[] = {
        {"good",  0           },
        {"early", -EKEYEXPIRED},
    };
    static const struct expected in_2039[] = {
        {"good",            0            },
        {"early",           0            },
        {"expired",         -EKEYEXPIRED },
        {"early-stranger",  -EKEYREJECTED},
        {"early-elsewhere", -EKEYREJECTED},
    };
    static const struct expected in_1970[] = {
        {"good",     -EKEYEXPIRED },
        {"early",    -EKEYEXPIRED },
        {"stranger", -EKEYREJECTED},
    };
    int64_t offset_ms = 0;
    struct tls_use use = {.ca = ca, .offset_ms = &offset_ms};

    (void)state;
    check(now, ARRAY_SIZE(now), &use);
    offset_ms = 2190000000000 - (int64_t)clock_realtime_ms();
    check(in_2039, ARRAY_SIZE(in_2039), &use);
    offset_ms = 86400000 - (int64_t)clock_realtime_ms();
    check(in_1970, ARRAY_SIZE(in_1970), &use);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ignoring_validity),
        cmocka_unit_test(test_at_offset),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
