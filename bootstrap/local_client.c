/* SPDX-License-Identifier: Apache-2.0 */
#include "local_client.h"

#include "crypto.h"

#define PEM_MAX (256 * 1024)
#define CONNECT_MS 5000
#define CALL_MS 30000

void local_client_done(struct local_client *l)
{
    fetcher_free(l->fetcher);
    free(l->ca);
    free(l->certificate);
    secret_free(l->key);
    *l = (struct local_client){.ca = NULL};
}

int local_client_take(char *ca, char *certificate, char *key, struct local_client *ret,
                      struct error *e)
{
    _cleanup_local_client_ struct local_client l = {
        .ca = ca, .certificate = certificate, .key = key};
    const struct fetch_identity identity = {.ca_pem = ca,
                                            .certificate_pem = certificate,
                                            .key_pem = key,
                                            .user_agent = "seed-bootstrap"};
    int r = fetcher_new(&identity, &l.fetcher, e);

    if (r < 0)
        return r;
    *ret = l;
    l = (struct local_client){.ca = NULL};
    return 0;
}

int local_client_open(const struct context *c, const char *ca, const char *certificate,
                      const char *key, struct local_client *ret, struct error *e)
{
    _cleanup_(secret_freep) char *key_pem = NULL;
    _cleanup_free_ char *ca_pem = NULL, *certificate_pem = NULL;
    int r;

    if ((r = context_read(c, ca, PEM_MAX, &ca_pem, NULL, e)) < 0 ||
        (r = context_read(c, certificate, PEM_MAX, &certificate_pem, NULL, e)) < 0 ||
        (r = context_read(c, key, PEM_MAX, &key_pem, NULL, e)) < 0)
        return r;
    return local_client_take(TAKE_PTR(ca_pem), TAKE_PTR(certificate_pem), TAKE_PTR(key_pem), ret,
                             e);
}

int local_client_call(struct local_client *l, const struct local_request *request, int *ret_status,
                      json_t **ret, struct error *e)
{
    _cleanup_buf_ struct buf body = BUF_INIT(LOCAL_ANSWER_MAX), answer = BUF_INIT(LOCAL_ANSWER_MAX);
    struct fetch_response response = {.status = 0};
    struct fetch_request fetch_request = {
        .method = request->method,
        .url = request->url,
        .content_type = request->content_type,
        .connect_timeout_ms = CONNECT_MS,
        .total_timeout_ms = request->timeout_ms ? request->timeout_ms : CALL_MS,
        .max_body = LOCAL_ANSWER_MAX,
        .answer = &answer,
    };
    int r;

    if (request->body) {
        r = json_print(request->body, &body, e);
        if (r < 0)
            return r;
        fetch_request.body = body.data;
        fetch_request.body_len = body.len;
    }
    r = fetch(l->fetcher, &fetch_request, &response, e);
    if (r < 0)
        return r;
    *ret_status = response.status;
    if (!ret)
        return 0;
    *ret = NULL;
    /* an answer that is no JSON ("ok" of /readyz) is none for the caller */
    if (answer.len && json_parse(answer.data, answer.len, LOCAL_ANSWER_MAX, ret, NULL) < 0)
        *ret = NULL;
    return 0;
}

bool local_error_passes(int code)
{
    static const int codes[] = {-EAGAIN,    -ECONNREFUSED, -ECONNRESET, -EHOSTUNREACH,
                                -ETIMEDOUT, -ENETUNREACH,  -EPIPE,      -EPROTO};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}
