/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch.h"

#include <limits.h>
#include <pthread.h>
#include <strings.h>

#include <curl/curl.h>

#define RETRY_AFTER_MAX_S 120

/* A streamed body slower than this is a dead one. Only streams: a long poll is silent on purpose.
 */
#define LOW_SPEED_BYTES 100
#define LOW_SPEED_SECONDS 60

/* Of an answer, status lines of 1xx ones counted in: libcurl keeps all that comes. */
#define HEADERS_MAX (64 * 1024)

#define BUFFER_STREAM 65536L
#define BUFFER_ANSWER 16384L /* the least that libcurl takes for sending */

struct fetcher {
    CURL *easy;
    struct fetch_identity identity;
    char words[CURL_ERROR_SIZE]; /* libcurl's own description of the last failure */
};

/* One request under way. */
struct transfer {
    struct fetcher *fetcher;
    const struct fetch_request *request;
    struct fetch_response *response;
    uint64_t received;
    size_t headers;     /* bytes */
    int failure;        /* why we, not libcurl, ended it */
    struct error cause; /* its words, where there are any */
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void global_init(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

int fetcher_new(const struct fetch_identity *identity, struct fetcher **ret, struct error *e)
{
    struct fetcher *f;

    (void)pthread_once(&global_once, global_init); /* fails for a wrong argument alone */
    if (global_result != CURLE_OK)
        return error_set(e, -ENOMEM, "libcurl: %s", curl_easy_strerror(global_result));
    f = calloc(1, sizeof(*f));
    if (!f)
        return error_oom(e);
    f->identity = *identity;
    f->easy = curl_easy_init();
    if (!f->easy) {
        free(f);
        return error_oom(e);
    }
    *ret = f;
    return 0;
}

void fetcher_free(struct fetcher *f)
{
    if (!f)
        return;
    curl_easy_cleanup(f->easy);
    free(f);
}

/* ---- the answer ---------------------------------------------------------------------------- */

static void read_etag(CURL *easy, struct fetch_response *ret)
{
    struct curl_header *header;
    size_t len;

    ret->etag[0] = '\0';
    if (curl_easy_header(easy, "ETag", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return;
    len = strlen(header->value);
    if (len < 2 || header->value[0] != '"' || header->value[len - 1] != '"')
        return;
    len -= 2;
    if (len >= sizeof(ret->etag))
        return;
    /* RFC 9110, 8.8.3. It is sent back as it came, between quotes. */
    for (size_t i = 1; i <= len; i++)
        if (header->value[i] <= ' ' || header->value[i] == '"' || header->value[i] == 0x7f)
            return;
    memcpy(ret->etag, header->value + 1, len);
    ret->etag[len] = '\0';
}

/* Once the headers are in; again and again does no harm. */
static void read_response(struct transfer *t)
{
    CURL *easy = t->fetcher->easy;
    long status = 0;
    curl_off_t length = -1, wait = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status); /* 0 then, as in the others */
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait);
    t->response->status = (int)status;
    t->response->content_length = length < 0 ? UINT64_MAX : (uint64_t)length;
    if (wait > RETRY_AFTER_MAX_S)
        wait = RETRY_AFTER_MAX_S;
    t->response->retry_after_ms = wait > 0 ? (uint64_t)wait * 1000 : 0;
    read_etag(easy, t->response);
}

/* Returns what it took; anything less ends the transfer. */
static size_t on_body(char *data, size_t size, size_t count, void *userdata)
{
    struct transfer *t = userdata;
    const struct fetch_request *request = t->request;
    size_t len = size * count;

    if (t->received == 0)
        read_response(t);
    t->received += len;
    if (t->received > request->max_body) {
        t->failure = error_set(&t->cause, -E2BIG, "an answer longer than the %zu bytes accepted",
                               request->max_body);
        return 0;
    }
    if (request->sink && (t->response->status == 200 || t->response->status == 206)) {
        t->failure = request->sink(data, len, request->sink_data);
        return t->failure < 0 ? 0 : len;
    }
    if (request->answer) {
        buf_add(request->answer, data, len);
        t->failure = buf_check(request->answer);
        return t->failure < 0 ? 0 : len;
    }
    return len;
}

static size_t on_header(char *data, size_t size, size_t count, void *userdata)
{
    struct transfer *t = userdata;
    size_t len = size * count;

    (void)data; /* curl_easy_header() has them */
    t->headers += len;
    if (t->headers <= HEADERS_MAX)
        return len;
    t->failure =
        error_set(&t->cause, -E2BIG, "an answer with more than %d bytes of headers", HEADERS_MAX);
    return 0;
}

static CURLcode on_tls(CURL *easy, void *ssl_ctx, void *userdata)
{
    struct transfer *t = userdata;

    (void)easy;
    t->failure = t->fetcher->identity.tls_setup(ssl_ctx, t->fetcher->identity.tls_data);
    return t->failure < 0 ? CURLE_ABORTED_BY_CALLBACK : CURLE_OK;
}

/* ---- the request --------------------------------------------------------------------------- */

/* What every request has in common. Nothing of the environment or of the machine's own
 * configuration (proxies, CA folders, netrc) may change whom we talk to and whom we trust. */
static const struct {
    CURLoption option;
    long value;
} fixed_numbers[] = {
    {CURLOPT_NOSIGNAL,       1L                     },
    {CURLOPT_NOPROGRESS,     1L                     },
    {CURLOPT_FOLLOWLOCATION, 0L                     },
    {CURLOPT_HTTP_VERSION,   CURL_HTTP_VERSION_1_1  },
    {CURLOPT_TCP_NODELAY,    1L                     },
    {CURLOPT_TCP_KEEPALIVE,  1L                     },
    {CURLOPT_TCP_KEEPIDLE,   15L                    },
    {CURLOPT_TCP_KEEPINTVL,  5L                     },
    {CURLOPT_SSL_VERIFYPEER, 1L                     },
    {CURLOPT_SSL_VERIFYHOST, 2L                     },
    {CURLOPT_SSLVERSION,     CURL_SSLVERSION_TLSv1_2}, /* at least */
};

static const struct {
    CURLoption option;
    const char *value;
} fixed_texts[] = {
    {CURLOPT_PROXY,   ""  },
    {CURLOPT_NOPROXY, "*" },
    {CURLOPT_CAINFO,  NULL},
    {CURLOPT_CAPATH,  NULL},
};

static int option_result(CURLcode code, struct error *e)
{
    if (code == CURLE_OK)
        return 0;
    return error_set(e, code == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL,
                     "setting up the request: %s", curl_easy_strerror(code));
}

/* Sets an option, and ends the calling function where libcurl refuses it. */
#define SET(easy, option, value)                                                                   \
    do {                                                                                           \
        int _r = option_result(curl_easy_setopt(easy, option, value), e);                          \
                                                                                                   \
        if (_r < 0)                                                                                \
            return _r;                                                                             \
    } while (0)

static int set_fixed(CURL *easy, struct error *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(fixed_numbers); i++)
        SET(easy, fixed_numbers[i].option, fixed_numbers[i].value);
    for (size_t i = 0; i < ARRAY_SIZE(fixed_texts); i++) {
        CURLcode code = curl_easy_setopt(easy, fixed_texts[i].option, fixed_texts[i].value);

        /* A libcurl that was built without proxies does not know how to be told not to use them. */
        if (code == CURLE_UNKNOWN_OPTION || code == CURLE_NOT_BUILT_IN)
            continue;
        if (code != CURLE_OK)
            return option_result(code, e);
    }
    return 0;
}

static int set_blob(CURL *easy, CURLoption option, const char *pem, struct error *e)
{
    /* libcurl only reads it, and only while the fetcher lives. */
    struct curl_blob blob = {(void *)(uintptr_t)pem, strlen(pem), CURL_BLOB_NOCOPY};

    SET(easy, option, &blob);
    return 0;
}

static bool speaks_tls(const struct fetch_identity *identity)
{
    return identity->ca_pem || (identity->ca_by_setup && identity->tls_setup);
}

static int set_identity(struct fetcher *f, struct transfer *t, struct error *e)
{
    const struct fetch_identity *identity = &f->identity;
    int r = 0;

    SET(f->easy, CURLOPT_PROTOCOLS_STR, speaks_tls(identity) ? "http,https" : "http");
    if (identity->user_agent)
        SET(f->easy, CURLOPT_USERAGENT, identity->user_agent);
    if (identity->unix_socket)
        SET(f->easy, CURLOPT_UNIX_SOCKET_PATH, identity->unix_socket);
    if (identity->ca_pem)
        r = set_blob(f->easy, CURLOPT_CAINFO_BLOB, identity->ca_pem, e);
    if (r == 0 && identity->certificate_pem)
        r = set_blob(f->easy, CURLOPT_SSLCERT_BLOB, identity->certificate_pem, e);
    if (r == 0 && identity->key_pem)
        r = set_blob(f->easy, CURLOPT_SSLKEY_BLOB, identity->key_pem, e);
    if (r < 0)
        return r;
    if (identity->tls_setup) {
        SET(f->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
        SET(f->easy, CURLOPT_SSL_CTX_DATA, t);
    }
    return 0;
}

static int set_method(CURL *easy, const struct fetch_request *request, struct error *e)
{
    if (strcmp(request->method, "GET") == 0) {
        SET(easy, CURLOPT_HTTPGET, 1L);
        return 0;
    }
    if (request->body || strcmp(request->method, "DELETE") != 0) {
        SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(request->body ? request->body_len : 0));
        SET(easy, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    }
    SET(easy, CURLOPT_CUSTOMREQUEST, request->method);
    return 0;
}

static long to_timeout(uint64_t ms)
{
    return ms > LONG_MAX ? LONG_MAX : (long)ms;
}

static int set_request(CURL *easy, struct transfer *t, struct error *e)
{
    const struct fetch_request *request = t->request;
    int r = set_method(easy, request, e);

    if (r < 0)
        return r;
    SET(easy, CURLOPT_URL, request->url);
    SET(easy, CURLOPT_CONNECTTIMEOUT_MS, to_timeout(request->connect_timeout_ms));
    SET(easy, CURLOPT_TIMEOUT_MS, to_timeout(request->total_timeout_ms));
    /* libcurl makes both anew for each request. */
    SET(easy, CURLOPT_BUFFERSIZE, request->sink ? BUFFER_STREAM : BUFFER_ANSWER);
    SET(easy, CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_ANSWER);
    if (request->sink) {
        SET(easy, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
        SET(easy, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_SECONDS);
    }
    if (request->resume_from > 0) {
        char range[32];

        (void)snprintf(range, sizeof(range), "%llu-", (unsigned long long)request->resume_from);
        /* Not CURLOPT_RESUME_FROM, which takes a 200 (the file has changed) for an error. */
        SET(easy, CURLOPT_RANGE, range);
    }
    SET(easy, CURLOPT_HEADERFUNCTION, on_header);
    SET(easy, CURLOPT_HEADERDATA, t);
    SET(easy, CURLOPT_WRITEFUNCTION, on_body);
    SET(easy, CURLOPT_WRITEDATA, t);
    return 0;
}

static int add_header(struct curl_slist **list, const char *line, struct error *e)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (!longer)
        return error_oom(e);
    *list = longer;
    return 0;
}

static int add_headers(const struct fetch_request *request, struct curl_slist **list,
                       struct error *e)
{
    char line[256];
    int r = add_header(list, "Expect:", e); /* no waiting for a 100 */

    /* Without a type libcurl would call every body a form. */
    (void)snprintf(line, sizeof(line), "Content-Type:%s%s", request->content_type ? " " : "",
                   request->content_type ? request->content_type : "");
    if (r == 0)
        r = add_header(list, line, e);
    if (r == 0 && request->resume_from > 0 && request->if_range) {
        (void)snprintf(line, sizeof(line), "If-Range: \"%s\"", request->if_range);
        r = add_header(list, line, e);
    }
    for (const char *const *p = request->headers; r == 0 && p && *p; p++)
        r = add_header(list, *p, e);
    return r;
}

/* ---- errors -------------------------------------------------------------------------------- */

static const struct {
    CURLcode code;
    int result;
} results[] = {
    {CURLE_OUT_OF_MEMORY,            -ENOMEM      },
    {CURLE_URL_MALFORMAT,            -EINVAL      },
    {CURLE_SSL_CERTPROBLEM,          -EINVAL      }, /* our own certificate or key */
    {CURLE_SSL_CACERT_BADFILE,       -EINVAL      },
    {CURLE_COULDNT_RESOLVE_HOST,     -EHOSTUNREACH},
    {CURLE_OPERATION_TIMEDOUT,       -ETIMEDOUT   },
    {CURLE_RECV_ERROR,               -ECONNRESET  },
    {CURLE_SEND_ERROR,               -ECONNRESET  },
    {CURLE_GOT_NOTHING,              -ECONNRESET  },
    {CURLE_PARTIAL_FILE,             -ECONNRESET  },
    {CURLE_PEER_FAILED_VERIFICATION, -EKEYREJECTED},
};

/* Of X509_STORE_CTX_get_error(3); the numbers are part of OpenSSL's ABI. */
enum { VERIFY_NOT_YET_VALID = 9, VERIFY_HAS_EXPIRED = 10 };

static int connect_result(CURL *easy)
{
    long why = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &why); /* 0 then */
    switch (why) {
    case EHOSTUNREACH:
    case ENETUNREACH:
        return -EHOSTUNREACH;
    case ETIMEDOUT:
        return -ETIMEDOUT;
    default:
        return -ECONNREFUSED;
    }
}

static int result_of(CURL *easy, CURLcode code)
{
    long verified = 0;

    if (code == CURLE_COULDNT_CONNECT)
        return connect_result(easy);
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        (void)curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verified); /* 0 then */
        if (verified == VERIFY_NOT_YET_VALID || verified == VERIFY_HAS_EXPIRED)
            return -EKEYEXPIRED;
    }
    for (size_t i = 0; i < ARRAY_SIZE(results); i++)
        if (results[i].code == code)
            return results[i].result;
    return -EPROTO;
}

static int explain(const struct transfer *t, CURLcode code, struct error *e)
{
    const struct fetcher *f = t->fetcher;
    const char *words = f->words[0] ? f->words : curl_easy_strerror(code);
    const struct fetch_request *request = t->request;

    if (t->failure < 0 && t->cause.code < 0)
        return error_set(e, t->failure, "%s %s: %s", request->method, request->url,
                         t->cause.message);
    if (t->failure < 0)
        return error_set_errno(e, t->failure, "%s %s", request->method, request->url);
    return error_set(e, result_of(f->easy, code), "%s %s: %s", request->method, request->url,
                     words);
}

int fetch(struct fetcher *f, const struct fetch_request *request, struct fetch_response *ret,
          struct error *e)
{
    struct transfer t = {.fetcher = f, .request = request, .response = ret, .cause = ERROR_INIT};
    struct curl_slist *headers = NULL;
    CURLcode code;
    int r;

    *ret = (struct fetch_response){.content_length = UINT64_MAX};
    if (!speaks_tls(&f->identity) && strncasecmp(request->url, "https:", 6) == 0)
        return error_set(e, -EPROTO, "%s %s: there is no CA to trust yet", request->method,
                         request->url);
    curl_easy_reset(f->easy); /* its connections stay */
    f->words[0] = '\0';
    r = set_fixed(f->easy, e);
    if (r == 0)
        r = set_identity(f, &t, e);
    if (r == 0)
        r = set_request(f->easy, &t, e);
    if (r == 0)
        r = add_headers(request, &headers, e);
    if (r == 0)
        r = option_result(curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, headers), e);
    if (r == 0)
        r = option_result(curl_easy_setopt(f->easy, CURLOPT_ERRORBUFFER, f->words), e);
    if (r == 0) {
        code = curl_easy_perform(f->easy);
        read_response(&t);
        if (code != CURLE_OK)
            r = explain(&t, code, e);
        else if (ret->status < 100 || ret->status > 599) /* libcurl reads "HTTP/206" as 2 and 06 */
            r = error_set(e, -EPROTO, "%s %s: the answer's status, %d, is none of HTTP's",
                          request->method, request->url, ret->status);
    }
    curl_slist_free_all(headers);
    return r;
}
