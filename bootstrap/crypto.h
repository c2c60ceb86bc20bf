/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* Everything that OpenSSL does for the node; crypto.c alone includes it. PEM texts are
 * NUL-terminated. Private keys are EC P-256 in PKCS#8. */

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

/* A new key. *ret_pem is to be cleared with secret_free(). */
int key_make(char **ret_pem, struct error *e) _must_check_;
void secret_free(char *text); /* wipes, then frees; NULL ok */
DEFINE_CLEANUP(char *, secret_free);

/* SHA-256 of a key's public half in DER (SubjectPublicKeyInfo): what pins and fingerprints are. */
int key_spki_sha256(const char *key_pem, uint8_t ret[SHA256_SIZE], struct error *e) _must_check_;
int certificate_spki_sha256(const char *certificate_pem, uint8_t ret[SHA256_SIZE],
                            struct error *e) _must_check_;

/* A PKCS#10 request, signed with SHA-256. The server takes only the public key out of it, so that
 * common_name is for people who look at it. ret_digest (may be NULL) is SHA-256 of its DER. */
int csr_make(const char *key_pem, const char *common_name, char **ret_pem,
             uint8_t ret_digest[SHA256_SIZE], struct error *e) _must_check_;

struct certificate_facts {
    int64_t not_before, not_after; /* seconds since 1970 */
    char common_name[256];         /* "" when there is none */
};
int certificate_read(const char *certificate_pem, struct certificate_facts *ret,
                     struct error *e) _must_check_;

/* All three at once, each text parsed once: is the certificate for that key, and of that CA (NULL:
 * not looked at)? ret_facts may be NULL. -EKEYREJECTED when it is not. */
int certificate_check(const char *certificate_pem, const char *key_pem, const char *ca_pem,
                      struct certificate_facts *ret_facts, struct error *e) _must_check_;

/* For struct fetch_identity's tls_setup: certificates are judged at the clock + *(int64_t *)
 * offset_ms instead of at the clock. The clock rule: the server's time is learnt by one
 * unauthenticated call that ignores validity, then everything is verified in full at that time,
 * also where the clock itself may not be set. */
int tls_verify_at_offset(void *ssl_ctx, void *offset_ms);

/* The other half of the rule, for that one call: chain and name are verified, at no particular
 * time.
 */
int tls_ignore_validity(void *ssl_ctx, void *unused);
