/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/text_block.h"
#include "tests/unit/test.h"

#define PART(lines) TEXT_BLOCK_BEGIN lines TEXT_BLOCK_END

static const struct {
    const char *text, *lines, *want;
} cases[] = {
    {"",                                                                 "a\n", PART("a\n")                              },
    {"x\n",                                                              "a\n", "x\n" PART("a\n")                        },
    {"x",                                                                "a\n", "x\n" PART("a\n")                        },
    {"x\n" PART("old\n") "y\n",                                          "a\n", "x\n" PART("a\n") "y\n"                  },
    {"x\n" PART("old\n") "y\n",                                          "",    "x\ny\n"                                 },
    {PART("a\n"),                                                        "a\n", PART("a\n")                              },
    {"x\n" TEXT_BLOCK_BEGIN "a\ny\n",                                    "a\n", "x\n" PART("a\n") "a\ny\n"               },
    {"see " TEXT_BLOCK_BEGIN "x\n",                                      "a\n", "see " TEXT_BLOCK_BEGIN "x\n" PART("a\n")},
 /* Editors leave the last newline out. */
    {"x\n" TEXT_BLOCK_BEGIN "old\n# END nodeseed",                       "a\n", "x\n" PART("a\n")                        },
    {"x\n# BEGIN nodeseed: written by seed-bootstrap, changes are lost", "a\n", "x\n" PART("a\n")                        },
};

static void test_replace(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_buf_ struct buf once = BUF_INIT(4096), twice = BUF_INIT(4096);

        text_block_replace(cases[i].text, cases[i].lines, &once);
        assert_string_equal(once.data, cases[i].want);
        if (!strstr(cases[i].text, "see ") && strcmp(cases[i].want, "x\ny\n") != 0) {
            text_block_replace(once.data, cases[i].lines, &twice);
            assert_string_equal(twice.data, once.data);
        }
    }
}

static bool begins_with_x(const char *line, void *userdata)
{
    (*(unsigned *)userdata)++;
    return line[0] == 'x';
}

static void test_comment(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(4096);
    unsigned asked = 0;

    (void)state;
    text_comment_lines("a\nx 1\n# x\n\nx", begins_with_x, &asked, "off", &out);
    assert_string_equal(out.data, "a\n# off: x 1\n# x\n\n# off: x");
    assert_int_equal(asked, 4);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_comment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
