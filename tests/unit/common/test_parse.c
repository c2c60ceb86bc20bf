/* SPDX-License-Identifier: Apache-2.0 */
#include "common/parse.h"
#include "tests/unit/test.h"

struct number_case {
    const char *text;
    int result;
    uint64_t value;
};

static void check_numbers(const struct number_case *cases, size_t n,
                          int (*parse)(const char *, uint64_t *, struct error *))
{
    for (size_t i = 0; i < n; i++) {
        struct error e = ERROR_INIT;
        uint64_t value = 4711;
        int r = parse(cases[i].text, &value, &e);

        if (r != cases[i].result || value != (r == 0 ? cases[i].value : 4711))
            fail_msg("\"%s\": %d, %llu", cases[i].text, r, (unsigned long long)value);
        assert_int_equal(e.message[0] == '\0', r == 0);
    }
}

static int parse_uint16(const char *s, uint64_t *ret, struct error *e)
{
    return parse_uint(s, 65535, ret, e);
}

static void test_uint(void **state)
{
    static const struct number_case cases[] = {
        {"0",                     0,       0    },
        {"65535",                 0,       65535},
        {"007",                   0,       7    },
        {"65536",                 -ERANGE, 0    },
        {"99999999999999999999",  -ERANGE, 0    },
        {"99999999999999999999x", -ERANGE, 0    },
        {"",                      -EINVAL, 0    },
        {" 1",                    -EINVAL, 0    },
        {"1 ",                    -EINVAL, 0    },
        {"+1",                    -EINVAL, 0    },
        {"-1",                    -EINVAL, 0    },
        {"0x10",                  -EINVAL, 0    },
        {"1.0",                   -EINVAL, 0    },
        {"1e3",                   -EINVAL, 0    },
    };
    uint64_t largest = 0;

    (void)state;
    check_numbers(cases, ARRAY_SIZE(cases), parse_uint16);
    assert_int_equal(parse_uint("18446744073709551615", UINT64_MAX, &largest, NULL), 0);
    assert_true(largest == UINT64_MAX);
    assert_int_equal(parse_uint("18446744073709551616", UINT64_MAX, &largest, NULL), -ERANGE);
}

static void test_duration(void **state)
{
    static const struct number_case cases[] = {
        {"900",                         0,       900000   },
        {"0",                           0,       0        },
        {"15m",                         0,       900000   },
        {"1h30m",                       0,       5400000  },
        {"20s",                         0,       20000    },
        {"500ms",                       0,       500      },
        {"2d",                          0,       172800000},
        {"1d2h3m4s5ms",                 0,       93784005 },
        {"90m",                         0,       5400000  },
        {"",                            -EINVAL, 0        },
        {"m",                           -EINVAL, 0        },
        {"1h30",                        -EINVAL, 0        },
        {"30m1h",                       -EINVAL, 0        },
        {"1m1m",                        -EINVAL, 0        },
        {"1.5h",                        -EINVAL, 0        },
        {"1h 30m",                      -EINVAL, 0        },
        {"1M",                          -EINVAL, 0        },
        {"-1s",                         -EINVAL, 0        },
        {"1w",                          -EINVAL, 0        },
        {"18446744073709551615s",       -ERANGE, 0        },
        {"999999999999999999999",       -ERANGE, 0        },
        {"213503982334d14h25m51s616ms", -ERANGE, 0        },
    };

    (void)state;
    check_numbers(cases, ARRAY_SIZE(cases), parse_duration);
}

static void test_size(void **state)
{
    static const struct number_case cases[] = {
        {"512",                  0,       512              },
        {"0",                    0,       0                },
        {"64K",                  0,       65536            },
        {"10M",                  0,       10485760         },
        {"8G",                   0,       8589934592       },
        {"1T",                   0,       1099511627776    },
        {"16777215T",            0,       16777215ull << 40},
        {"16777216T",            -ERANGE, 0                },
        {"18446744073709551616", -ERANGE, 0                },
        {"",                     -EINVAL, 0                },
        {"K",                    -EINVAL, 0                },
        {"1k",                   -EINVAL, 0                },
        {"1KB",                  -EINVAL, 0                },
        {"1 K",                  -EINVAL, 0                },
        {"1P",                   -EINVAL, 0                },
        {"1.5G",                 -EINVAL, 0                },
    };

    (void)state;
    check_numbers(cases, ARRAY_SIZE(cases), parse_size);
}

static void test_hex(void **state)
{
    uint8_t bytes[3] = {0};
    char text[7];

    (void)state;
    assert_int_equal(parse_hex("00aBfF", bytes, 3, NULL), 0);
    assert_memory_equal(bytes, "\x00\xab\xff", 3);
    format_hex(bytes, 3, text);
    assert_string_equal(text, "00abff");
    format_hex(bytes, 0, text);
    assert_string_equal(text, "");
    assert_int_equal(parse_hex("00aBf", bytes, 3, NULL), -EINVAL);
    assert_int_equal(parse_hex("00aBfF0", bytes, 3, NULL), -EINVAL);
    assert_int_equal(parse_hex("00aBfg", bytes, 3, NULL), -EINVAL);
    assert_int_equal(parse_hex("", bytes, 0, NULL), 0);
}

struct text_case {
    const char *text, *expected; /* NULL: refused */
};

static void check_texts(const struct text_case *cases, size_t n,
                        int (*parse)(const char *, char *, struct error *))
{
    for (size_t i = 0; i < n; i++) {
        struct error e = ERROR_INIT;
        char out[64] = "untouched";
        int r = parse(cases[i].text, out, &e);

        if (cases[i].expected) {
            assert_good(r, &e);
            assert_string_equal(out, cases[i].expected);
        } else if (r != -EINVAL || strcmp(out, "untouched") != 0) {
            fail_msg("accepted \"%s\" as %s", cases[i].text, out);
        }
    }
}

static void test_mac(void **state)
{
    static const struct text_case cases[] = {
        {"52:54:00:AB:cd:01",  "52:54:00:ab:cd:01"},
        {"52-54-00-ab-cd-01",  "52:54:00:ab:cd:01"},
        {"525400ABCD01",       "52:54:00:ab:cd:01"},
        {"02:00:00:00:00:00",  "02:00:00:00:00:00"},
        {"00:00:00:00:00:00",  NULL               },
        {"01:00:5e:00:00:01",  NULL               },
        {"ff:ff:ff:ff:ff:ff",  NULL               },
        {"52:54-00:ab:cd:01",  NULL               },
        {"52:54:00:ab:cd",     NULL               },
        {"52:54:00:ab:cd:01:", NULL               },
        {"52:54:00:ab:cd:0g",  NULL               },
        {"5254.00ab.cd01",     NULL               },
        {"52 54 00 ab cd 01",  NULL               },
        {"52:54:00:ab:cd01:",  NULL               },
        {"1",                  NULL               },
        {"",                   NULL               },
    };

    (void)state;
    check_texts(cases, ARRAY_SIZE(cases), parse_mac);
}

static void test_uuid(void **state)
{
    static const struct text_case cases[] = {
        {"123E4567-e89b-42d3-A456-426614174000",   "123e4567-e89b-42d3-a456-426614174000"},
        {"00000000-0000-0000-0000-000000000000",   "00000000-0000-0000-0000-000000000000"},
        {"123e4567e89b42d3a456426614174000",       NULL                                  },
        {"{123e4567-e89b-42d3-a456-426614174000}", NULL                                  },
        {"123e4567-e89b-42d3-a456-42661417400",    NULL                                  },
        {"123e4567-e89b-42d3-a456-42661417400g",   NULL                                  },
        {"123e4567-e89b-42d3-a4566-42661417400",   NULL                                  },
        {"",                                       NULL                                  },
    };
    char a[UUID_TEXT_SIZE], b[UUID_TEXT_SIZE], again[UUID_TEXT_SIZE];

    (void)state;
    check_texts(cases, ARRAY_SIZE(cases), parse_uuid);
    assert_int_equal(uuid_make(a, NULL), 0);
    assert_int_equal(uuid_make(b, NULL), 0);
    assert_string_not_equal(a, b);
    assert_int_equal(parse_uuid(a, again, NULL), 0);
    assert_string_equal(a, again);
    assert_int_equal(a[14], '4');
    assert_non_null(strchr("89ab", a[19]));
}

static void test_placeholder(void **state)
{
    static const char *const fakes[] = {
        "",
        "   ",
        "-",
        "0",
        "Default string",
        "DEFAULT STRING  ",
        "To be filled by O.E.M.",
        "0123456789",
        "Not Specified",
        "None",
        "System Serial Number",
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "ffffffff-FFFF-ffff-ffff-ffffffffffff",
        "xxxxxxxxxx",
        "........",
        "11111111",
        "03000200-0400-0500-0006-000700080009",
    };
    static const char *const real[] = {
        "1",      "7",   "node1",      "DATA1",  "0001", "VMware-56 4d 1f",
        "CZ1234", "f00", "0123456788", "oempty", "1111", "123e4567-e89b-42d3-a456-426614174000",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(fakes); i++)
        if (!identifier_is_placeholder(fakes[i]))
            fail_msg("\"%s\" identifies nobody", fakes[i]);
    for (size_t i = 0; i < ARRAY_SIZE(real); i++)
        if (identifier_is_placeholder(real[i]))
            fail_msg("\"%s\" is a good identifier", real[i]);
}

static void test_dns_name(void **state)
{
    static const char *const good[] = {"a",    "node1", "1", "a-b", "lb.kubesphere.local",
                                       "a--b", "x.1"};
    static const char *const bad[] = {"",     ".",    "a.",    ".a",  "a..b", "-a", "a-",
                                      "a.-b", "a-.b", "Node1", "a_b", "a b",  "é",  "a/b"};
    char longest[255];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        if (!is_dns_name(good[i]))
            fail_msg("refused %s", good[i]);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (is_dns_name(bad[i]))
            fail_msg("accepted %s", bad[i]);

    memset(longest, 'a', sizeof(longest));
    longest[63] = '\0';
    assert_true(is_dns_name(longest));
    longest[63] = 'a';
    longest[64] = '\0';
    assert_false(is_dns_name(longest));
    for (size_t i = 0; i < sizeof(longest); i++)
        longest[i] = i % 2 ? '.' : 'a';
    longest[253] = '\0';
    assert_true(is_dns_name(longest));
    longest[253] = 'b';
    longest[254] = '\0';
    assert_false(is_dns_name(longest));
}

static void test_ending(void **state)
{
    (void)state;
    assert_true(has_ending("vars.yml", ".yml"));
    assert_true(has_ending("a~", "~"));
    assert_true(has_ending(".yml.yml", ".yml"));
    assert_true(has_ending("a", ""));
    assert_false(has_ending("vars.yml", ".yaml"));
    assert_false(has_ending("vars.yml.j2", ".yml"));
    /* There must be something before it. */
    assert_false(has_ending(".yml", ".yml"));
    assert_false(has_ending("ml", ".yml"));
    assert_false(has_ending("", ".yml"));
    assert_false(has_ending("", ""));
}

static void test_nearest(void **state)
{
    static const char *const names[] = {"seed_mac", "seed_uuid", "seed_serial", "seed_data_disks",
                                        "seed_install_disk"};
    static const char *const cases[][2] = {
        {"seed_mca",         "seed_mac"         },
        {"seed_data_disk",   "seed_data_disks"  },
        {"sed_uid",          "seed_uuid"        },
        {"seed_instal_disc", "seed_install_disk"},
        {"seed_mac",         "seed_mac"         },
        {"kubernetes",       NULL               },
        {"x",                NULL               },
        {"",                 NULL               },
    };
    char huge[300];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *found = nearest_name(cases[i][0], names, ARRAY_SIZE(names));

        if (!cases[i][1])
            assert_null(found);
        else
            assert_string_equal(found ? found : "nothing", cases[i][1]);
    }
    memset(huge, 's', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    assert_null(nearest_name(huge, names, ARRAY_SIZE(names)));
    assert_null(nearest_name("seed_mac", (const char *const[]){huge}, 1));
    assert_null(nearest_name("seed_mac", NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uint),        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_size),        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_mac),         cmocka_unit_test(test_uuid),
        cmocka_unit_test(test_placeholder), cmocka_unit_test(test_dns_name),
        cmocka_unit_test(test_ending),      cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
