/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buf.h"
#include "seed-server/inventory/host_pattern.h"
#include "tests/unit/test.h"

static const struct {
    const char *pattern, *name;
    int port; /* -1: none */
} splits[] = {
    {"host",                        "host",                        -1},
    {"host:22",                     "host",                        22},
    {"host:0",                      "host",                        0 },
    {"host:022",                    "host",                        22},
    {"host:",                       "host:",                       -1},
    {":22",                         ":22",                         -1},
    {"a.b-c_d:22",                  "a.b-c_d",                     22},
    {"é:22",                       "é",                          22},
    {"host_:22",                    "host_:22",                    -1},
    {"host-:22",                    "host-:22",                    -1},
    {"-host:22",                    "-host:22",                    -1},
    {"_host:22",                    "_host",                       22},
    {"a..b:22",                     "a..b:22",                     -1},
    {"user@host:22",                "user@host:22",                -1},
    {"a:b:22",                      "a:b:22",                      -1},
    {"h[1:3]:22",                   "h[1:3]",                      22},
    {"h[a:c:2].x:22",               "h[a:c:2].x",                  22},
    {"h[1:]:22",                    "h[1:]:22",                    -1},
    {"10.0.0.[1:3]:22",             "10.0.0.[1:3]",                22},
    {"256.0.0.1:22",                "256.0.0.1",                   22}, /* no address, but a name */
    {"fe80::1",                     "fe80::1",                     -1},
    {"::1",                         "::1",                         -1},
    {"1::22",                       "1::22",                       -1},
    {"[::1]:22",                    "::1",                         22},
    {"[::1]",                       "[::1]",                       -1},
    {"[1:2:3:4:5:6:7:8]:22",        "1:2:3:4:5:6:7:8",             22},
    {"[1:2:3:4:5:6:7]:22",          "[1:2:3:4:5:6:7]:22",          -1},
    {"[2001:db8::[1:f]]:22",        "2001:db8::[1:f]",             22},
    {"[fe80::zz]:22",               "fe80::zz",                    22}, /* Ansible looks at the start only */
    {"[0:0:0:0:0:ffff:1.2.3.4]:22", "0:0:0:0:0:ffff:1.2.3.4",      22},
    {"[0:0:0:0:1:ffff:1.2.3.4]:22", "[0:0:0:0:1:ffff:1.2.3.4]:22", -1},
    {"[host]:22",                   "host",                        22},
    {"[foo:22]:33",                 "foo",                         22},
    {"[]:22",                       "[]:22",                       -1},
    {"host:２",                    "host:２",                    -1}, /* ASCII digits only */
};

static void test_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(splits); i++) {
        _cleanup_json_ json_t *port = NULL;
        struct error e = ERROR_INIT;
        const char *name;
        size_t len;

        assert_good(host_pattern_split(splits[i].pattern, strlen(splits[i].pattern), &name, &len,
                                       &port, &e),
                    &e);
        if (len != strlen(splits[i].name) || memcmp(name, splits[i].name, len) != 0)
            fail_msg("%s gives %.*s", splits[i].pattern, (int)len, name);
        if ((port ? json_integer_value(port) : -1) != splits[i].port)
            fail_msg("%s has another port", splits[i].pattern);
    }
}

static int add_name(const char *name, size_t len, void *userdata, struct error *e)
{
    struct buf *out = userdata;

    (void)e;
    if (out->len)
        buf_add_char(out, ' ');
    buf_add(out, name, len);
    return buf_check(out);
}

static const struct {
    const char *pattern, *names;
} expansions[] = {
    {"h",          "h"                                                                      },
    {"h[1:3]",     "h1 h2 h3"                                                               },
    {"h[01:03]x",  "h01x h02x h03x"                                                         },
    {"h[8:11]",    "h8 h9 h10 h11"                                                          },
    {"h[1:7:3]",   "h1 h4 h7"                                                               },
    {"h[:2]",      "h0 h1 h2"                                                               },
    {"h[a:c]",     "ha hb hc"                                                               },
    {"h[x:C:2]",   "hx hz hB"                                                               },
    {"h[abc:xyz]", "ha hb hc hd he hf hg hh hi hj hk hl hm hn ho hp hq hr hs ht hu hv hw hx"},
    {"[1:2][a:b]", "1a 1b 2a 2b"                                                            },
    {"h[3:1]",     ""                                                                       },
    {"h[5:1:-2]",  "h5 h3"                                                                  }, /* down to the end's successor, as range(5, 2, -2) does */
    {"h[-1:1]",    "h-1 h0 h1"                                                              },
    {"h[1_0:1_1]", "h10 h11"                                                                },
    {"h[a:c:-1]",  ""                                                                       },
};

static void test_expand(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(expansions); i++) {
        _cleanup_buf_ struct buf out = BUF_INIT(4096);
        struct error e = ERROR_INIT;
        const char *pattern = expansions[i].pattern;

        assert_good(host_pattern_expand(pattern, strlen(pattern), add_name, &out, &e), &e);
        assert_string_equal(out.data ? out.data : "", expansions[i].names);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *pattern, *message;
    } bad[] = {
        {"h[1:2:0]",   "range() arg 3 must not be zero"                            },
        {"h[1:]",      "host range must specify end value"                         },
        {"h[1]",       "host range must be begin:end or begin:end:step"            },
        {"h[1:2:3:4]", "host range must be begin:end or begin:end:step"            },
        {"h[01:3]",    "host range must specify equal-length begin and end formats"},
        {"h[c:a]",     "host range must have begin <= end"                         },
        {"h[1:2",      "not enough values to unpack (expected 3, got 2)"           },
        {"h|x[1:2]",   "too many values to unpack (expected 3)"                    },
        {"h[a:1]",     "invalid literal for int() with base 10: 'a'"               },
        {"h[a:b:0]",   "invalid literal for int() with base 10: 'a'"               },
        {"h[1:2:]",    "invalid literal for int() with base 10: ''"                },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        _cleanup_buf_ struct buf out = BUF_INIT(4096);
        struct error e = ERROR_INIT;

        assert_int_equal(
            host_pattern_expand(bad[i].pattern, strlen(bad[i].pattern), add_name, &out, &e),
            -EINVAL);
        assert_string_equal(e.message, bad[i].message);
    }
}

static int count(const char *name, size_t len, void *userdata, struct error *e)
{
    (void)name;
    (void)len;
    (void)e;
    ++*(unsigned *)userdata;
    return 0;
}

static void test_limits(void **state)
{
    static const char *const big[] = {"h[1:9999999]", "h[0:9999][0:9999]",
                                      "h[1:99999999999999999999]",
                                      "h[9223372036854775807:9223372036854775807]"};
    struct error e = ERROR_INIT;
    unsigned n = 0;

    (void)state;
    assert_good(host_pattern_expand("h[0:999][0:999]", 15, count, &n, &e), &e);
    assert_int_equal(n, 1000000);
    for (size_t i = 0; i < ARRAY_SIZE(big); i++) {
        n = 0;
        assert_int_equal(host_pattern_expand(big[i], strlen(big[i]), count, &n, &e), -E2BIG);
        assert_true(n <= HOST_RANGE_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
