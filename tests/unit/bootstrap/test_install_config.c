/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/install_config.h"
#include "tests/unit/test.h"

#define SHA "1111111111111111111111111111111111111111111111111111111111111111"

static json_t *make(void)
{
    json_t *json = json_pack(
        "{s:i, s:{s:s}, s:{s:s, s:s}, s:i, s:s, s:s, s:{s:{s:s}}, s:{s:s, s:s, s:s, s:i, s:i, "
        "s:s}, "
        "s:{s:i}, s:n, s:{s:s, s:s, s:s, s:s}}",
        "version", 1, "cluster", "id", "c1", "host", "name", "node2", "ip", "192.168.0.20",
        "incarnation", 1, "root_uuid", "AAAAAAAA-0000-4000-8000-000000000001", "disk_guid",
        "bbbbbbbb-0000-4000-8000-000000000002", "disk", "match", "wwn", "0x5000", "image", "name",
        "debian", "url", "http://192.168.0.1:8080/artifacts/x", "sha256", SHA, "size", 1000,
        "raw_size", 1024, "compression", "zstd", "preflight", "memory_mb", 2048, "network", "seed",
        "server", "https://192.168.0.1:8443", "plain", "http://192.168.0.1:8080", "pin", SHA,
        "host", "node2");

    assert_non_null(json);
    return json;
}

static void test_good(void **state)
{
    json_t *json = make();
    struct install_config c;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(install_config_read(json, &c, &e), &e);
    json_decref(json);
    assert_string_equal(c.cluster, "c1");
    assert_string_equal(c.host, "node2");
    assert_string_equal(c.root_uuid, "aaaaaaaa-0000-4000-8000-000000000001");
    assert_int_equal(c.disk.match, DISK_BY_WWN);
    assert_string_equal(c.disk.name, "0x5000");
    assert_int_equal(c.image.compression, INSTALL_ZSTD);
    assert_int_equal(c.image.raw_size, 1024);
    assert_int_equal(c.memory_mb, 2048);
    assert_null(c.network);
    assert_false(c.reinstall);
    assert_string_equal(c.seed_host, "node2");
    install_config_done(&c);
}

/* Each member in turn: missing, or of another type or value. */
static void test_bad(void **state)
{
    static const struct {
        const char *in, *key; /* in: NULL for the top */
        const char *value;    /* as JSON; NULL: missing */
        const char *words;
    } rows[] = {
        {NULL,    "version",     "2",                                "different releases"        },
        {NULL,    "version",     NULL,                               "version"                   },
        {NULL,    "cluster",     NULL,                               "cluster"                   },
        {NULL,    "host",        "\"node2\"",                        "host"                      },
        {NULL,    "incarnation", "\"1\"",                            "incarnation"               },
        {NULL,    "root_uuid",   "\"x\"",                            "root_uuid"                 },
        {NULL,    "disk_guid",   NULL,                               "disk_guid"                 },
        {"disk",  "match",       "{}",                               "serial, wwn"               },
        {"disk",  "match",       "{\"serial\":\"a\",\"wwn\":\"b\"}", "serial, wwn"               },
        {"image", "sha256",      "\"11\"",                           "sha256"                    },
        {"image", "size",        "0",                                "size is 0"                 },
        {"image", "raw_size",    "-512",                             "raw_size is -512"          },
        {"image", "raw_size",    "1000",                             "512-byte sectors"          },
        {"image", "compression", "\"bzip2\"",                        "none, gzip, xz or zstd"    },
        {"image", "url",         "\"ftp://x\"",                      "expected http://"          },
        {"seed",  "pin",         NULL,                               "pin"                       },
        {"seed",  "host",        "\"a\\\"b\"",                       "seed.host has characters"  },
        {"seed",  "server",      "\"a\\nb\"",                        "seed.server has characters"},
        {NULL,    "network",     "[]",                               "network"                   },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *json = make(), *object = rows[i].in ? json_object_get(json, rows[i].in) : json;
        struct install_config c;
        struct error e = ERROR_INIT;
        json_t *value = NULL;

        if (rows[i].value) {
            assert_good(json_parse(rows[i].value, strlen(rows[i].value), 1024, &value, &e), &e);
            assert_int_equal(json_object_set_new(object, rows[i].key, value), 0);
        } else {
            assert_int_equal(json_object_del(object, rows[i].key), 0);
        }
        assert_true(install_config_read(json, &c, &e) < 0);
        if (!strstr(e.message, rows[i].words))
            fail_msg("%s: %s", rows[i].key, e.message);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
