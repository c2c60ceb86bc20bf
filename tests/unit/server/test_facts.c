/* SPDX-License-Identifier: Apache-2.0 */
#include "common/protocol.h"
#include "seed-server/server/facts.h"
#include "tests/unit/test.h"

static char *read_facts(const char *text, int wanted)
{
    _cleanup_json_ json_t *body = NULL;
    struct error e = ERROR_INIT;
    char *ret = NULL;

    assert_good(json_parse(text, strlen(text), 1 << 20, &body, &e), &e);
    assert_int_equal(facts_read(body, &ret, &e), wanted);
    if (wanted < 0)
        assert_null(ret);
    return ret;
}

static void test_kept(void **state)
{
    _cleanup_free_ char *text = read_facts(
        "{\"facts\":{\"nics\":[{\"name\":\"eth0\",\"mac\":\"52:54:00:00:00:01\",\"link\":true,"
        "\"speed\":1000,\"driver\":\"e1000\"}],\"disks\":[{\"name\":\"sda\",\"size\":1000,"
        "\"serial\":\"S1\",\"content\":\"blank\",\"odd\":[1]}],\"dmi\":{\"vendor\":\"V\"},"
        "\"memory_mb\":2048,\"cpus\":2,\"more\":{}}}",
        0);

    (void)state;
    assert_string_equal(
        text, "{\"cpus\":2,\"disks\":[{\"content\":\"blank\",\"name\":\"sda\",\"serial\":\"S1\","
              "\"size\":1000}],\"dmi\":{\"vendor\":\"V\"},\"memory_mb\":2048,\"nics\":[{"
              "\"driver\":\"e1000\",\"link\":true,\"mac\":\"52:54:00:00:00:01\",\"name\":\"eth0\","
              "\"speed\":1000}]}");
}

static void test_none(void **state)
{
    (void)state;
    assert_null(read_facts("{}", 0));
    assert_null(read_facts("{\"facts\":null}", 0));
    assert_null(read_facts("{\"facts\":[]}", -EINVAL));
    assert_null(read_facts("{\"facts\":\"x\"}", -EINVAL));
}

/* Whatever a stranger sends: no control character, no escape sequence, and no type but the ones
 * that readers expect. */
static void test_strangers(void **state)
{
    _cleanup_free_ char *text = read_facts(
        "{\"facts\":{\"nics\":{\"a\":1},\"disks\":[5,{\"name\":\"a\\u001b[31m\\u00e9\",\"size\":-1,"
        "\"serial\":[]}],\"dmi\":7,\"memory_mb\":\"much\",\"cpus\":1.5}}",
        0);

    (void)state;
    assert_string_equal(text, "{\"cpus\":null,\"disks\":[{},{\"name\":\"a?[31m??\",\"serial\":null,"
                              "\"size\":null}],\"dmi\":{},\"memory_mb\":null,\"nics\":[]}");
}

static void test_bounds(void **state)
{
    _cleanup_buf_ struct buf many = BUF_INIT(1 << 20), large = BUF_INIT(1 << 20);
    _cleanup_json_ json_t *o = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    buf_add_str(&many, "{\"facts\":{\"disks\":[");
    for (int i = 0; i < 200; i++)
        buf_addf(&many, "%s{\"name\":\"%d\"}", i ? "," : "", i);
    buf_add_str(&many, "]}}");
    {
        _cleanup_free_ char *text = read_facts(many.data, 0);

        assert_good(json_parse(text, strlen(text), 1 << 20, &o, &e), &e);
        assert_int_equal(json_array_size(json_object_get(o, "disks")), FACTS_ITEMS_MAX);
    }
    buf_add_str(&large, "{\"facts\":{\"disks\":[");
    for (int i = 0; i < FACTS_ITEMS_MAX; i++) {
        buf_add_str(&large, i ? ",{" : "{");
        for (int k = 0; k < 3; k++) {
            buf_addf(&large, "%s\"%s\":\"", k ? "," : "",
                     (const char *[]){"name", "serial", "content"}[k]);
            for (int n = 0; n < 300; n++)
                buf_add_char(&large, 'x');
            buf_add_char(&large, '"');
        }
        buf_add_char(&large, '}');
    }
    buf_add_str(&large, "]}}");
    assert_null(read_facts(large.data, -EINVAL)); /* 64 disks of 3 * 128 bytes are too much */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
