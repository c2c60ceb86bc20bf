/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mem.h"
#include "tests/unit/server/lenient_head.h"
#include "tests/unit/test.h"

#define FIRST "POST /a?b=c HTTP/1.1\r\n"

static void test_heads(void **state)
{
    static const struct {
        const char *head;
        unsigned status;
        uint64_t body_len;
        size_t len; /* 0: strlen */
    } cases[] = {
        {FIRST "\r\n",                                                    0,   0,          0                },
        {FIRST "Host: x\r\nX:y\r\nZ:  \t a b \r\nE:\r\n\r\n",             0,   0,          0                },
        {FIRST "Content-Length: 17\r\n\r\n",                              0,   17,         0                },
        {FIRST "content-length: 017\r\n\r\n",                             0,   17,         0                },
        {FIRST "Content-Length: 18446744073709551615\r\n\r\n",            0,   UINT64_MAX, 0                },
        {FIRST "X: \xff\xfe\r\n\r\n",                                     0,   0,          0                },
        {FIRST "Accept: a\r\nAccept: b\r\n\r\n",                          0,   0,          0                },
        {FIRST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n",       0,   1,          0                },

        {FIRST "Content-Length: 18446744073709551616\r\n\r\n",            400, 0,          0                },
        {FIRST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",          400, 0,          0                },
        {FIRST "Content-Length: 1\r\nCONTENT-LENGTH: 2\r\n\r\n",          400, 0,          0                },
        {FIRST "Content-Length: 1, 1\r\n\r\n",                            400, 0,          0                },
        {FIRST "Content-Length: +1\r\n\r\n",                              400, 0,          0                },
        {FIRST "Content-Length: -1\r\n\r\n",                              400, 0,          0                },
        {FIRST "Content-Length: 1 \r\n\r\n",                              400, 0,          0                },
        {FIRST "Content-Length:\r\n\r\n",                                 400, 0,          0                },
        {FIRST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, 0,          0                },
        {FIRST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400, 0,          0                },
        {FIRST "Transfer-Encoding: a\r\nTransfer-Encoding: b\r\n\r\n",    400, 0,          0                },
        {FIRST "Host: x\r\nhost: x\r\n\r\n",                              400, 0,          0                },
        {FIRST "Range: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n",            400, 0,          0                },
        {FIRST "Transfer-Encoding: chunked\r\n\r\n",                      411, 0,          0                },
        {FIRST "Transfer-Encoding: identity\r\n\r\n",                     411, 0,          0                },
        {FIRST "Expect: magic\r\n\r\n",                                   417, 0,          0                },

        {"POST /a HTTP/1.1\n\r\n",                                        400, 0,          0                },
        {FIRST "\n",                                                      400, 0,          0                },
        {FIRST "X: a\n\r\n",                                              400, 0,          0                },
        {FIRST "X: a\r\r\n\r\n",                                          400, 0,          0                },
        {FIRST "X: a\rY: b\r\n\r\n",                                      400, 0,          0                },
        {FIRST "X:  a\n\n",                                               400, 0,          0                },
        {FIRST "X: a\x01\r\n\r\n",                                        400, 0,          0                },
        {FIRST "X: a\x7f\r\n\r\n",                                        400, 0,          0                },
        {FIRST "X : a\r\n\r\n",                                           400, 0,          0                },
        {FIRST " X: a\r\n\r\n",                                           400, 0,          0                },
        {FIRST ": a\r\n\r\n",                                             400, 0,          0                },
        {FIRST "X(: a\r\n\r\n",                                           400, 0,          0                },
        {FIRST "\xc3\x84: a\r\n\r\n",                                     400, 0,          0                },
        {"POST  /a HTTP/1.1\r\n\r\n",                                     400, 0,          0                },
        {"POST /a\0b HTTP/1.1\r\n\r\n",                                   400, 0,          0                },
        {FIRST "X: a\0b\r\n\r\n",                                         400, 0,          sizeof(FIRST) + 9},
        {FIRST "X: a\r\n\r\n\0",                                          0,   0,          sizeof(FIRST) + 7},
        {FIRST "X: a\0\r\n\r\n",                                          400, 0,          sizeof(FIRST) + 8},
        {FIRST "X\0: a\r\n\r\n",                                          400, 0,          sizeof(FIRST) + 8},
        {FIRST "X: a\0\n\r\n",                                            0,   0,          sizeof(FIRST) + 7},
        {FIRST "X: a\0b\n\n",                                             400, 0,          sizeof(FIRST) + 7},
        {FIRST "X: a\n\0\r\n",                                            0,   0,          sizeof(FIRST) + 7},
        {FIRST "X: a\n\0\n",                                              400, 0,          sizeof(FIRST) + 6},
        {FIRST "X: a\n\0b\r\n",                                           400, 0,          sizeof(FIRST) + 8},
        {FIRST "X: a\r\n\0\r\n",                                          400, 0,          sizeof(FIRST) + 8},
        {FIRST "X: a\n\0b\n",                                             400, 0,          sizeof(FIRST) + 7},
        {FIRST "X: a\0\r\n\n",                                            0,   0,          sizeof(FIRST) + 7},
        {FIRST "X: a\0\0\n\n",                                            0,   0,          sizeof(FIRST) + 7},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].head);
        char text[256] = {0};
        struct http_head h;

        memcpy(text, cases[i].head, len);
        if (!lenient_head(text, len, &h))
            continue; /* refused before it comes to us */
        if (h.status != cases[i].status || (!h.status && h.body_len != cases[i].body_len))
            fail_msg("case %zu: %u, %llu bytes of body (%s)", i, h.status,
                     (unsigned long long)h.body_len, h.why ? h.why : "good");
        if (h.status && !h.why)
            fail_msg("case %zu has no words", i);
    }
}

/* Where it is not parsed in place the texts alone are judged. */
static void test_elsewhere(void **state)
{
    struct http_head h;

    (void)state;
    http_head_begin(&h, "GET", "/", 1, "HTTP/1.1", false);
    http_head_field(&h, "Host", "x");
    http_head_field(&h, "Expect", "100-continue");
    http_head_end(&h, 0);
    assert_int_equal(h.status, 0);
    assert_true(h.expects);
    http_head_field(&h, "Host", "y");
    assert_int_equal(h.status, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
