/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* Everything that OpenSSL does for the node; crypto.c alone includes it. PEM texts are
 * NUL-terminated. Private keys are EC P-256 in PKCS#8. */

/* Call it before anything else here: what OpenSSL allocated for itself is not freed piece by piece
 * when the program ends. */
void crypto_begin(void);

#define SHA256_SIZE 32
#define SHA256_HEX_SIZE (2 * SHA256_SIZE + 1)

/* SHA-256 of a stream. */
struct sha256;
struct sha256 *sha256_new(void); /* NULL without memory */
void sha256_free(struct sha256 *s);
DEFINE_CLEANUP(struct sha256 *, sha256_free);
int sha256_add(struct sha256 *s, const void *data, size_t len) _must_check_;
/* Ends the stream; s can only be freed then. */
int sha256_end(struct sha256 *s, uint8_t ret[SHA256_SIZE]) _must_check_;

int sha256_of(const void *data, size_t len, uint8_t ret[SHA256_SIZE]) _must_check_;
int hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                uint8_t ret[SHA256_SIZE]) _must_check_;

void secret_free(char *text); /* wipes, then frees; NULL ok */
DEFINE_CLEANUP(char *, secret_free);

/* A private key and a certificate, each decoded once: that costs OpenSSL a millisecond. Everything
 * but making and freeing only reads them. */
struct key;
struct certificate;

int key_make(struct key **ret, struct error *e) _must_check_;
/* -EINVAL when it is no private key in PEM. */
int key_read(const char *pem, struct key **ret, struct error *e) _must_check_;
void key_free(struct key *k); /* NULL ok; wipes */
DEFINE_CLEANUP(struct key *, key_free);
const char *key_pem(const struct key *k); /* borrowed */

struct certificate_facts {
    int64_t not_before, not_after; /* seconds since 1970 */
    char common_name[256];         /* "" when there is none */
};
/* -EINVAL when it is no certificate in PEM; what follows the first one is not looked at. */
int certificate_read(const char *pem, struct certificate **ret, struct error *e) _must_check_;
void certificate_free(struct certificate *c); /* NULL ok */
DEFINE_CLEANUP(struct certificate *, certificate_free);
const struct certificate_facts *certificate_facts(const struct certificate *c); /* borrowed */

/* SHA-256 of a key's public half in DER (SubjectPublicKeyInfo): what pins and fingerprints are. */
int key_spki_sha256(const struct key *k, uint8_t ret[SHA256_SIZE], struct error *e) _must_check_;
int certificate_spki_sha256(const struct certificate *c, uint8_t ret[SHA256_SIZE],
                            struct error *e) _must_check_;

/* A PKCS#10 request, signed with SHA-256. The server takes only the public key out of it, so that
 * common_name is for people who look at it. ret_digest (may be NULL) is SHA-256 of its DER. */
int csr_make(const struct key *k, const char *common_name, char **ret_pem,
             uint8_t ret_digest[SHA256_SIZE], struct error *e) _must_check_;

/* Is the certificate for that key, and of that CA (NULL, both: not looked at)? -EKEYREJECTED when
 * it is not. Dates are not looked at. */
int certificate_check(const struct certificate *c, const struct key *key,
                      const struct certificate *ca, struct error *e) _must_check_;

/* How TLS is to be spoken: for struct fetch_identity's tls_setup, with a struct tls_use. Everything
 * is borrowed.
 *
 * The clock rule: certificates are judged at the clock + *offset_ms instead of at the clock. The
 * server's time is learnt by one unauthenticated call with any_time, where chain and name are
 * verified at no particular time; then everything is verified in full at that time, also where the
 * clock itself may not be set. */
struct tls_use {
    const struct certificate *ca;          /* the only one that is trusted */
    const struct certificate *certificate; /* ours, or NULL */
    const struct key *key;                 /* its key */
    const int64_t *offset_ms;              /* NULL: 0 */
    bool any_time;
};
int tls_set_up(void *ssl_ctx, void *tls_use);
