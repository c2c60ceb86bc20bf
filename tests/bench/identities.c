/* SPDX-License-Identifier: Apache-2.0 */
#include "identities.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/clock.h"
#include "common/json.h"

#define AT_ONCE 64

/* One connection enrols one host after the other: a nonce, then the request with its CSR. */
struct enrolling {
    const char *prefix;
    unsigned next, n, done;
    bool all_done;
    FILE *out;
    struct enrollee {
        struct conn conn;
        unsigned host;
        bool has_nonce;
        EVP_PKEY *key;
    } slots[AT_ONCE];
};

static char *make_csr(EVP_PKEY *key)
{
    X509_REQ *request = X509_REQ_new();
    BIO *text = BIO_new(BIO_s_mem());
    char *data, *copy;
    long len;

    if (!request || !text || X509_REQ_set_pubkey(request, key) != 1 ||
        X509_REQ_sign(request, key, EVP_sha256()) <= 0 ||
        PEM_write_bio_X509_REQ(text, request) != 1)
        die("making a CSR failed");
    len = BIO_get_mem_data(text, &data);
    copy = strndup(data, (size_t)len);
    if (!copy)
        die("out of memory");
    BIO_free(text);
    X509_REQ_free(request);
    return copy;
}

static void ask_for_nonce(struct enrollee *x, struct enrolling *all)
{
    if (all->next > all->n) {
        if (all->done == all->n)
            all->all_done = true;
        return;
    }
    x->host = all->next++;
    x->has_nonce = false;
    conn_send(&x->conn, "/v1/nonce", NULL, 0);
}

void identities_enrol_body(void *key, const char *nonce, const char *host, struct buf *ret)
{
    _cleanup_free_ char *csr = make_csr(key);
    _cleanup_json_ json_t *request = json_pack(
        "{s:i, s:s, s:s, s:s, s:[], s:s, s:s, s:n, s:s}", "version", 1, "nonce", nonce, "csr", csr,
        "host", host, "macs", "uuid", "", "serial", "", "proof", "boot_id", "bench");
    struct error e = ERROR_INIT;

    if (!request || json_print(request, ret, &e) < 0)
        die("making a request failed");
}

static void ask_for_certificate(struct enrollee *x, const struct enrolling *all, const char *nonce)
{
    _cleanup_buf_ struct buf body = BUF_INIT(65536);
    char name[64];

    x->key = EVP_EC_gen("P-256");
    if (!x->key)
        die("making a key failed");
    (void)snprintf(name, sizeof(name), "%s%u", all->prefix, x->host);
    identities_enrol_body(x->key, nonce, name, &body);
    x->has_nonce = true;
    conn_send(&x->conn, "/v1/enrol", body.data, body.len);
}

static void on_connected(struct conn *c)
{
    struct enrolling *all = c->user;

    ask_for_nonce(&all->slots[c->index], all);
}

static void on_answered(struct conn *c, int status, const char *body, size_t len)
{
    struct enrolling *all = c->user;
    struct enrollee *x = &all->slots[c->index];
    _cleanup_json_ json_t *answer = NULL;
    struct error e = ERROR_INIT;

    if (status != 200 || json_parse(body, len, len, &answer, &e) < 0)
        die("%s%u: enrolling was answered %d: %.*s", all->prefix, x->host, status, (int)len, body);
    if (!x->has_nonce) {
        ask_for_certificate(x, all, json_string_value(json_object_get(answer, "nonce")));
        return;
    }
    if (fputs(json_string_value(json_object_get(answer, "certificate")), all->out) < 0 ||
        PEM_write_PrivateKey(all->out, x->key, NULL, NULL, 0, NULL, NULL) != 1)
        die("writing identities failed");
    EVP_PKEY_free(x->key);
    all->done++;
    ask_for_nonce(x, all);
}

void identities_enrol(const char *address, uint16_t port, const char *ca_file, const char *prefix,
                      unsigned n, const char *file)
{
    static const struct engine_calls calls = {on_connected, on_answered, NULL};
    struct engine *e = engine_new(address, port, ca_file, &calls);
    struct enrolling *all = calloc(1, sizeof(*all));

    if (!all)
        die("out of memory");
    all->prefix = prefix;
    all->next = 1;
    all->n = n;
    all->out = fopen(file, "we");
    if (!all->out)
        die("%s: %s", file, strerror(errno));
    for (unsigned i = 0; i < AT_ONCE && i < n; i++) {
        all->slots[i].conn.user = all;
        conn_open(e, &all->slots[i].conn, i, NULL);
    }
    engine_run(e, &all->all_done, clock_monotonic_ms() + 600000);
    if (all->done != n)
        die("%u of %u hosts were enrolled in ten minutes", all->done, n);
    if (fclose(all->out) != 0)
        die("%s: %s", file, strerror(errno));
}

struct identity *identities_read(const char *file, unsigned *ret_n)
{
    FILE *in = fopen(file, "re");
    struct identity *ids = NULL;
    unsigned n = 0;

    if (!in)
        die("%s: %s", file, strerror(errno));
    for (;;) {
        X509 *certificate = PEM_read_X509(in, NULL, NULL, NULL);
        EVP_PKEY *key = certificate ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;

        if (!key)
            break;
        ids = reallocarray(ids, n + 1, sizeof(*ids));
        if (!ids)
            die("out of memory");
        ids[n++] = (struct identity){certificate, key};
    }
    (void)fclose(in); /* was only read */
    if (n == 0)
        die("%s holds no identities", file);
    *ret_n = n;
    return ids;
}
