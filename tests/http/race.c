/* SPDX-License-Identifier: Apache-2.0 */
/* Has two machines with different keys claim each of many hosts at once: tests/http/test_races.
 *   race ADDRESS PORT CA PREFIX FIRST LAST
 * Of each host PREFIXFIRST to PREFIXLAST one line: name, and of each of the two machines the
 * answer's status and the SHA-256 of its public key, and whether an answer of 200 had a certificate
 * for it. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/parse.h"
#include "tests/bench/identities.h"

#define PAIRS 64
#define LIMIT_MS 900000
#define BODY_MAX 65536

/* One of two that want to be the same host. */
struct rival {
    struct conn conn;
    struct pair *pair;
    EVP_PKEY *key;
    struct buf body;
    int status;
    bool connected, is_ready, has_certificate;
};

struct pair {
    struct rival rivals[2];
    unsigned host;
};

static struct {
    struct engine *engine;
    struct pair pairs[PAIRS];
    const char *prefix;
    unsigned next, last, running;
    bool over;
} all;

static void next_host(struct pair *p)
{
    if (all.next > all.last) {
        all.over = all.running == 0;
        return;
    }
    p->host = all.next++;
    all.running++;
    for (size_t i = 0; i < 2; i++) {
        struct rival *x = &p->rivals[i];

        x->key = EVP_EC_gen("P-256");
        if (!x->key)
            die("making a key failed");
        x->status = 0;
        x->is_ready = x->has_certificate = false;
        conn_send(&x->conn, "/v1/nonce", NULL, 0);
    }
}

static struct rival *other_of(struct rival *x)
{
    return &x->pair->rivals[x == &x->pair->rivals[0]];
}

static void on_connected(struct conn *c)
{
    struct rival *x = c->user, *other = other_of(x);

    x->connected = true;
    if (!other->connected)
        return;
    next_host(x->pair);
    conn_go(&other->conn); /* x goes on by itself when this returns, as in on_answered */
}

static void print_key(EVP_PKEY *key)
{
    unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
    char text[2 * EVP_MAX_MD_SIZE + 1];
    int len = i2d_PUBKEY(key, &der);
    unsigned size = 0;

    if (len <= 0 || EVP_Digest(der, (size_t)len, digest, &size, EVP_sha256(), NULL) != 1)
        die("hashing a key failed");
    format_hex(digest, size, text);
    printf(" %s", text);
    OPENSSL_free(der);
}

/* Whether the certificate that was answered is for the key that asked. */
static bool certifies(const char *body, size_t len, EVP_PKEY *key)
{
    _cleanup_json_ json_t *answer = NULL;
    struct error e = ERROR_INIT;
    const char *pem = NULL;
    X509 *certificate;
    bool good;
    BIO *text;

    if (json_parse(body, len, len, &answer, &e) == 0)
        pem = json_string_value(json_object_get(answer, "certificate"));
    text = pem ? BIO_new_mem_buf(pem, -1) : NULL;
    certificate = text ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
    good = certificate && EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1;
    X509_free(certificate);
    BIO_free(text);
    return good;
}

static void finish(struct pair *p)
{
    printf("%s%u", all.prefix, p->host);
    for (size_t i = 0; i < 2; i++) {
        struct rival *x = &p->rivals[i];

        printf(" %d", x->status);
        print_key(x->key);
        printf(" %s", x->has_certificate ? "certificate" : "-");
        EVP_PKEY_free(x->key);
    }
    printf("\n");
    all.running--;
    next_host(p);
}

/* A nonce has come: the request is made now, so that both are sent in one moment. */
static void make_claim(struct rival *x, int status, const char *body, size_t len)
{
    _cleanup_json_ json_t *answer = NULL;
    struct error e = ERROR_INIT;
    char name[300];

    if (status != 200 || json_parse(body, len, len, &answer, &e) < 0)
        die("a nonce was answered %d: %.*s", status, (int)len, body);
    (void)snprintf(name, sizeof(name), "%s%u", all.prefix, x->pair->host);
    buf_clear(&x->body);
    identities_enrol_body(x->key, json_string_value(json_object_get(answer, "nonce")), name,
                          &x->body);
    x->is_ready = true;
}

static void on_answered(struct conn *c, int status, const char *body, size_t len)
{
    struct rival *x = c->user, *other = other_of(x);

    if (x->is_ready) { /* it has claimed the host */
        x->status = status;
        x->has_certificate = status == 200 && certifies(body, len, x->key);
        if (other->status) {
            finish(x->pair);
            conn_go(&other->conn);
        }
        return;
    }
    make_claim(x, status, body, len);
    if (!other->is_ready)
        return;
    conn_send(&x->conn, "/v1/enrol", x->body.data, x->body.len);
    conn_send(&other->conn, "/v1/enrol", other->body.data, other->body.len);
    conn_go(&other->conn);
}

static unsigned number(const char *s)
{
    struct error e = ERROR_INIT;
    uint64_t value;

    if (parse_uint(s, UINT32_MAX - 1, &value, &e) < 0)
        die("%s: %s", s, e.message);
    return (unsigned)value;
}

int main(int argc, char *argv[])
{
    static const struct engine_calls calls = {on_connected, on_answered, NULL};

    if (argc != 7)
        die("usage: race ADDRESS PORT CA PREFIX FIRST LAST");
    all.engine = engine_new(argv[1], (uint16_t)number(argv[2]), argv[3], &calls);
    all.prefix = argv[4];
    all.next = number(argv[5]);
    all.last = number(argv[6]);
    for (unsigned i = 0; i < PAIRS; i++)
        for (unsigned k = 0; k < 2; k++) {
            struct rival *x = &all.pairs[i].rivals[k];

            x->pair = &all.pairs[i];
            x->conn.user = x;
            buf_init(&x->body, BODY_MAX);
            conn_open(all.engine, &x->conn, 2 * i + k, NULL);
        }
    engine_run(all.engine, &all.over, clock_monotonic_ms() + LIMIT_MS);
    if (!all.over)
        die("the races were not over in %d s", LIMIT_MS / 1000);
    return fflush(stdout) == 0 ? 0 : 1;
}
