/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "common/log.h"
#include "common/parse.h"
#include "http.h"
#include "http_uri.h"

/* What handlers read from a request and send, in terms of http.c's few primitives. */

int http_query_text(const struct http_request *r, const char *name, char *ret, size_t size)
{
    return uri_query_text(r->query, name, ret, size);
}

int http_query_uint(const struct http_request *r, const char *name, uint64_t max,
                    uint64_t otherwise, uint64_t *ret)
{
    char text[24];
    int result = uri_query_text(r->query, name, text, sizeof(text));

    if (result < 0)
        return result;
    if (!*text) {
        *ret = otherwise;
        return 0;
    }
    return parse_uint(text, max, ret, NULL);
}

int http_param(const struct http_request *r, size_t i, char *ret, size_t size)
{
    if (r->params[i].len >= size)
        return -ENAMETOOLONG;
    memcpy(ret, r->params[i].at, r->params[i].len);
    ret[r->params[i].len] = '\0';
    return 0;
}

void http_send_empty(struct http_request *r, unsigned status)
{
    http_send(r, status, http_answer_new("", 0, NULL, NULL));
}

void http_send_text(struct http_request *r, unsigned status, const char *content_type,
                    const void *body, size_t len)
{
    http_send(r, status, http_answer_new(body, len, content_type, NULL));
}

void http_send_buf(struct http_request *r, unsigned status, const char *content_type,
                   struct buf *body)
{
    size_t len = 0;
    char *text = buf_take(body, &len);

    http_send(r, status, http_answer_take(text, len, content_type, NULL));
}

static const char *const retry_headers[] = {"Retry-After: 5", NULL};
static const char *const secret_headers[] = {"Cache-Control: no-store", NULL};

static struct http_answer *json_answer(const json_t *value, const char *const *headers)
{
    struct buf text = BUF_INIT(256 * 1024 * 1024);
    struct http_answer *a = NULL;

    if (value && json_print(value, &text, NULL) == 0)
        a = http_answer_new(text.data, text.len, "application/json", headers);
    if (headers == secret_headers && text.data)
        explicit_bzero(text.data, text.allocated);
    buf_done(&text);
    return a;
}

void http_send_json(struct http_request *r, unsigned status, json_t *value)
{
    _cleanup_json_ json_t *owned = value;

    http_send(r, status, json_answer(owned, NULL));
}

void http_send_json_retry(struct http_request *r, unsigned status, json_t *value)
{
    _cleanup_json_ json_t *owned = value;

    http_send(r, status, json_answer(owned, retry_headers));
}

void http_send_json_secret(struct http_request *r, unsigned status, json_t *value)
{
    _cleanup_json_ json_t *owned = value;

    http_send(r, status, json_answer(owned, secret_headers));
}

static json_t *error_json(const char *words)
{
    json_t *value = json_pack("{s:s}", "error", words);

    /* Only bytes that are not UTF-8, out of a request, make it fail while there is memory. */
    return value ? value : json_pack("{s:s}", "error", "refused");
}

void http_send_error(struct http_request *r, unsigned status, const char *format, ...)
{
    char words[768];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(words, sizeof(words), format, ap); /* cut short is fine */
    va_end(ap);
    if (status == 503)
        http_send_json_retry(r, status, error_json(words));
    else
        http_send_json(r, status, error_json(words));
}

void http_send_last_error(struct http_request *r, unsigned status, const char *words)
{
    static const char *const headers[] = {"Connection: close", NULL};
    _cleanup_json_ json_t *value = error_json(words);

    http_send(r, status, json_answer(value, headers));
}

void http_send_method_not_allowed(struct http_request *r, unsigned methods)
{
    const char *allow = methods == HTTP_POST  ? "Allow: POST"
                        : methods == HTTP_GET ? "Allow: GET, HEAD"
                                              : "Allow: GET, HEAD, POST";
    const char *const headers[] = {allow, NULL};
    _cleanup_json_ json_t *value = error_json("this address does not take that method");

    http_send(r, 405, json_answer(value, headers));
}

void http_send_failure(struct http_request *r, const struct error *e)
{
    switch (e->code) {
    case -EINVAL:
        http_send_error(r, 400, "%s", e->message);
        break;
    case -ENOENT:
        http_send_error(r, 404, "%s", e->message);
        break;
    case -EPERM:
        http_send_error(r, 403, "%s", e->message);
        break;
    case -ENOSPC:
        http_send_error(r, 507, "the taskbox's disk is full, nothing was stored");
        break;
    case -EAGAIN:
    case -ESHUTDOWN:
    case -EBUSY:
        http_send_error(r, 503, "busy, try again");
        break;
    default:
        log_error("%s: %s", r->path, e->message);
        http_send_error(r, 500, "the server failed, its log says why");
    }
}
