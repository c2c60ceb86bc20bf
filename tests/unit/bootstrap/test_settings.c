/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/settings.h"
#include "common/file.h"
#include "pem.h"
#include "tests/unit/test.h"
#include "tree.h"

#define SERVER "server: https://192.168.0.1:8443\n"
#define PLAIN "plain: http://192.168.0.1:8080\n"
#define PIN "pin: " PEM_CA_PIN "\n"

static int read_text(struct tree *t, const char *text, struct settings **ret, struct error *e)
{
    _cleanup_free_ char *path = path_join(t->root, "/seed.yml");

    tree_write(t, "/seed.yml", text);
    return settings_read(path, "/mnt", ret, e);
}

static void test_good(void **state)
{
    _cleanup_(settings_freep) struct settings *s = NULL;
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    assert_good(read_text(&t,
                          "server: https://192.168.0.1:8443/\n" PLAIN PIN
                          "host:\ntoken: \"0123456789abcdef\"\n",
                          &s, &e),
                &e);
    assert_string_equal(s->server, "https://192.168.0.1:8443");
    assert_string_equal(s->plain, "http://192.168.0.1:8080");
    assert_null(s->host);
    assert_string_equal(s->token, "0123456789abcdef");
    assert_string_equal(s->key, "/mnt/var/lib/nodeseed/key.pem");
    tree_remove(&t);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"",                                            "expected lines"      },
        {"- server\n",                                  "expected lines"      },
        {PLAIN PIN,                                     "server is missing"   },
        {SERVER PIN,                                    "plain is missing"    },
        {SERVER PLAIN,                                  "pin is missing"      },
        {"server: http://192.168.0.1:8443\n" PLAIN PIN, "of the form https://"},
        {"server: https://\n" PLAIN PIN,                "of the form https://"},
        {"server: https://a/b\n" PLAIN PIN,             "of the form https://"},
        {"server: https://u@a\n" PLAIN PIN,             "of the form https://"},
        {SERVER PLAIN "pin: abc\n",                     "pin: expected 64 hex"},
        {SERVER PLAIN PIN "host: Node_1\n",             "host: \"Node_1\""    },
        {SERVER PLAIN PIN "host: 12\n",                 "quotes"              },
        {SERVER PLAIN PIN "token: short\n",             "token"               },
        {SERVER PLAIN PIN "hots: node1\n",              "did you mean host?"  },
        {SERVER PLAIN PIN "host: [\n",                  "seed.yml:"           },
    };
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct settings *s = NULL;
        struct error e = ERROR_INIT;

        assert_int_equal(read_text(&t, cases[i].text, &s, &e), -EINVAL);
        assert_null(s);
        if (!strstr(e.message, cases[i].words))
            fail_msg("\"%s\" does not say \"%s\"", e.message, cases[i].words);
    }
    tree_remove(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
