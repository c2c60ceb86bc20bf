/* SPDX-License-Identifier: Apache-2.0 */
#include "http_head.h"

#include <strings.h>

#include "common/mem.h"
#include "common/parse.h"

enum { FIELD_LENGTH, FIELD_CODING, FIELD_EXPECT, FIELD_HOST, FIELD_RANGE, FIELD_IF_RANGE };

/* Fields that a request has once or not at all. */
static const char *const singles[] = {
    [FIELD_LENGTH] = "Content-Length", [FIELD_CODING] = "Transfer-Encoding",
    [FIELD_EXPECT] = "Expect",         [FIELD_HOST] = "Host",
    [FIELD_RANGE] = "Range",           [FIELD_IF_RANGE] = "If-Range",
};

/* The first thing that is wrong is what the client is told. */
static void refuse(struct http_head *h, unsigned status, const char *why)
{
    if (h->status)
        return;
    h->status = status;
    h->why = why;
}

/* The text begins right where the one before it ended, and gap bytes of delimiters are behind it.
 */
static void expect_at(struct http_head *h, const char *text, size_t len, size_t gap,
                      const char *why)
{
    if (!h->at)
        return;
    /* delimiters were overwritten; another byte is of a text that a NUL cut short */
    if (h->at != text || text[len] != '\0' || text[len + gap - 1] != '\0')
        refuse(h, 400, why);
    h->at = text + len + gap;
}

/* RFC 9110, 5.6.2. */
static bool is_token(const char *s)
{
    if (!*s)
        return false;
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
              strchr("!#$%&'*+-.^_`|~", *s)))
            return false;
    return true;
}

void http_head_begin(struct http_head *h, const char *method, const char *uri, size_t uri_len,
                     const char *version, bool in_place)
{
    static const char why[] = "the first line is METHOD SP PATH SP VERSION CR LF";

    *h = (struct http_head){.begin = method, .at = in_place ? method : NULL};
    expect_at(h, method, strlen(method), 1, why);
    expect_at(h, uri, uri_len, 1, why);
    expect_at(h, version, strlen(version), 2, why);
    if (!is_token(method))
        refuse(h, 400, why);
}

static bool has_controls(const char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
            return true;
    return false;
}

static void note_single(struct http_head *h, unsigned which, const char *value)
{
    if (h->seen & 1u << which)
        refuse(h, 400, "a field that there can be one of is there twice");
    h->seen |= 1u << which;
    switch (which) {
    case FIELD_LENGTH:
        if (parse_uint(value, UINT64_MAX, &h->body_len, NULL) < 0)
            refuse(h, 400, "Content-Length is one decimal number");
        break;
    case FIELD_CODING:
        h->coded = true;
        break;
    case FIELD_EXPECT:
        h->expects = strcasecmp(value, "100-continue") == 0;
        if (!h->expects)
            refuse(h, 417, "nothing but 100-continue can be expected");
        break;
    default:
        break;
    }
}

void http_head_field(struct http_head *h, const char *name, const char *value)
{
    static const char why[] =
        "a field is NAME: VALUE CR LF, in one line, without bytes that nobody sees";

    expect_at(h, name, strlen(name), 1, why);
    if (h->at)
        h->at += strspn(h->at, " \t");
    expect_at(h, value, strlen(value), 2, why);
    if (!is_token(name) || has_controls(value))
        refuse(h, 400, why);
    for (unsigned i = 0; i < ARRAY_SIZE(singles); i++)
        if (strcasecmp(name, singles[i]) == 0)
            note_single(h, i, value);
}

void http_head_end(struct http_head *h, size_t size)
{
    if (h->at && (h->at + 2 != h->begin + size || h->at[0] != '\0' || h->at[1] != '\0'))
        refuse(h, 400, "a line of the head ends in CR LF, and nothing else is in it");
    if (h->coded && (h->seen & 1u << FIELD_LENGTH))
        refuse(h, 400, "a body has Content-Length or Transfer-Encoding, not both");
    if (h->coded)
        refuse(h, 411, "send a Content-Length");
}
