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

static void test_spki(void **state)
{
    struct error e = ERROR_INIT;
    uint8_t hash[SHA256_SIZE];

    (void)state;
    assert_good(certificate_spki_sha256(pem_ca, hash, &e), &e);
    assert_hex(hash, PEM_CA_PIN);
    assert_good(key_spki_sha256(pem_node_key, hash, &e), &e);
    assert_hex(hash, PEM_NODE_SPKI);
    assert_int_equal(certificate_spki_sha256("", hash, &e), -EINVAL);
    assert_int_equal(certificate_spki_sha256(pem_node_key, hash, &e), -EINVAL);
    assert_int_equal(key_spki_sha256("-----BEGIN PRIVATE KEY-----\n", hash, &e), -EINVAL);
}

static void test_certificates(void **state)
{
    struct certificate_facts facts;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(certificate_read(pem_node, &facts, &e), &e);
    assert_string_equal(facts.common_name, "node1");
    assert_true(facts.not_after - facts.not_before == INT64_C(36500) * 86400);
    facts = (struct certificate_facts){0};
    assert_good(certificate_check(pem_node, pem_node_key, pem_ca, &facts, &e), &e);
    assert_string_equal(facts.common_name, "node1");
    assert_good(certificate_check(pem_node, pem_node_key, NULL, NULL, &e), &e);
    assert_int_equal(certificate_check(pem_node, pem_other_key, pem_ca, NULL, &e), -EKEYREJECTED);
    assert_int_equal(certificate_check(pem_node, pem_node_key, pem_other, NULL, &e), -EKEYREJECTED);
    assert_int_equal(certificate_check(pem_other, pem_other_key, pem_ca, NULL, &e), -EKEYREJECTED);
    assert_int_equal(certificate_check("rubbish", pem_node_key, pem_ca, NULL, &e), -EINVAL);
    assert_int_equal(certificate_check(pem_node, "rubbish", pem_ca, NULL, &e), -EINVAL);
    assert_int_equal(certificate_check(pem_node, pem_node_key, "rubbish", NULL, &e), -EINVAL);
}

static void test_key_and_request(void **state)
{
    _cleanup_(secret_freep) char *key = NULL, *second = NULL;
    _cleanup_free_ char *csr = NULL;
    uint8_t one[SHA256_SIZE], two[SHA256_SIZE], digest[SHA256_SIZE];
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(key_make(&key, &e), &e);
    assert_good(key_make(&second, &e), &e);
    assert_non_null(strstr(key, "-----BEGIN PRIVATE KEY-----"));
    assert_good(key_spki_sha256(key, one, &e), &e);
    assert_good(key_spki_sha256(second, two, &e), &e);
    assert_memory_not_equal(one, two, SHA256_SIZE);
    assert_good(csr_make(key, "node1", &csr, digest, &e), &e);
    assert_non_null(strstr(csr, "-----BEGIN CERTIFICATE REQUEST-----"));
    assert_int_equal(csr_make("rubbish", "node1", &csr, NULL, &e), -EINVAL);
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
