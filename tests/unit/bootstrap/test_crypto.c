/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/crypto.h"
#include "common/parse.h"
#include "pem.h"
#include "tests/unit/test.h"

static void assert_hex(const uint8_t digest[SHA256_SIZE], const char *want)
{
    char have[SHA256_HEX_SIZE];

    format_hex(digest, SHA256_SIZE, have);
    assert_string_equal(have, want);
}

/* FIPS 180-2's example, and the same in pieces. */
static void test_sha256(void **state)
{
    _cleanup_(sha256_freep) struct sha256 *s = sha256_new();
    static const char want[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    uint8_t digest[SHA256_SIZE];

    (void)state;
    assert_int_equal(sha256_of("abc", 3, digest), 0);
    assert_hex(digest, want);
    assert_non_null(s);
    assert_int_equal(sha256_add(s, "a", 1), 0);
    assert_int_equal(sha256_add(s, "", 0), 0);
    assert_int_equal(sha256_add(s, "bc", 2), 0);
    assert_int_equal(sha256_end(s, digest), 0);
    assert_hex(digest, want);
}

/* RFC 4231, case 2. */
static void test_hmac(void **state)
{
    static const char data[] = "what do ya want for nothing?";
    uint8_t mac[SHA256_SIZE];

    (void)state;
    assert_int_equal(hmac_sha256("Jefe", 4, data, strlen(data), mac), 0);
    assert_hex(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static struct certificate *certificate_of(const char *pem)
{
    struct certificate *c = NULL;
    struct error e = ERROR_INIT;

    assert_good(certificate_read(pem, &c, &e), &e);
    return c;
}

static struct key *key_of(const char *pem)
{
    struct error e = ERROR_INIT;
    struct key *k = NULL;

    assert_good(key_read(pem, &k, &e), &e);
    assert_string_equal(key_pem(k), pem);
    return k;
}

static void test_spki(void **state)
{
    _cleanup_(certificate_freep) struct certificate *ca = certificate_of(pem_ca), *none = NULL;
    _cleanup_(key_freep) struct key *key = key_of(pem_node_key), *no_key = NULL;
    struct error e = ERROR_INIT;
    uint8_t hash[SHA256_SIZE];

    (void)state;
    assert_good(certificate_spki_sha256(ca, hash, &e), &e);
    assert_hex(hash, PEM_CA_PIN);
    assert_good(key_spki_sha256(key, hash, &e), &e);
    assert_hex(hash, PEM_NODE_SPKI);
    assert_int_equal(certificate_read("", &none, &e), -EINVAL);
    assert_int_equal(certificate_read("rubbish", &none, &e), -EINVAL);
    assert_int_equal(certificate_read(pem_node_key, &none, &e), -EINVAL);
    assert_int_equal(key_read("-----BEGIN PRIVATE KEY-----\n", &no_key, &e), -EINVAL);
    assert_int_equal(key_read(pem_ca, &no_key, &e), -EINVAL);
}

static void test_certificates(void **state)
{
    _cleanup_(certificate_freep) struct certificate *node = certificate_of(pem_node),
                                                    *ca = certificate_of(pem_ca),
                                                    *other = certificate_of(pem_other);
    _cleanup_(key_freep) struct key *key = key_of(pem_node_key), *other_key = key_of(pem_other_key);
    const struct certificate_facts *facts = certificate_facts(node);
    struct error e = ERROR_INIT;

    (void)state;
    assert_string_equal(facts->common_name, "node1");
    assert_true(facts->not_after - facts->not_before == INT64_C(36500) * 86400);
    assert_good(certificate_check(node, key, ca, &e), &e);
    assert_good(certificate_check(node, key, NULL, &e), &e);
    assert_int_equal(certificate_check(node, other_key, ca, &e), -EKEYREJECTED);
    assert_int_equal(certificate_check(node, key, other, &e), -EKEYREJECTED);
    assert_int_equal(certificate_check(other, other_key, ca, &e), -EKEYREJECTED);
}

static void test_key_and_request(void **state)
{
    _cleanup_(key_freep) struct key *key = NULL, *second = NULL;
    _cleanup_free_ char *csr = NULL;
    uint8_t one[SHA256_SIZE], two[SHA256_SIZE], digest[SHA256_SIZE];
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(key_make(&key, &e), &e);
    assert_good(key_make(&second, &e), &e);
    assert_non_null(strstr(key_pem(key), "-----BEGIN PRIVATE KEY-----"));
    assert_good(key_spki_sha256(key, one, &e), &e);
    assert_good(key_spki_sha256(second, two, &e), &e);
    assert_memory_not_equal(one, two, SHA256_SIZE);
    key_free(second);
    second = key_of(key_pem(key)); /* read back it is the same */
    assert_good(key_spki_sha256(second, two, &e), &e);
    assert_memory_equal(one, two, SHA256_SIZE);
    assert_good(csr_make(key, "node1", &csr, digest, &e), &e);
    assert_non_null(strstr(csr, "-----BEGIN CERTIFICATE REQUEST-----"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_spki),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_key_and_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
