/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/parse.h"
#include "seed-server/server/x509.h"
#include "tests/unit/test.h"

#define DAY_MS UINT64_C(86400000)

/* A request for a P-256 key with subject "CN=whoever", made by openssl. */
static const char request[] = "-----BEGIN CERTIFICATE REQUEST-----\n"
                              "MIHMMHQCAQAwEjEQMA4GA1UEAwwHd2hvZXZlcjBZMBMGByqGSM49AgEGCCqGSM49\n"
                              "AwEHA0IABL+pbW47T97EYxuwiPlvEZix7HltIfTINQXEvuisPTexAqZ9WITWi31T\n"
                              "ToxP6wmlToq6Ih43aFRitht/AIaNIBugADAKBggqhkjOPQQDAgNIADBFAiBqETFA\n"
                              "X2Yk5pBfkfnwN5O+j61N8TdugiZIEBf245nSZAIhAOZjz/NhWqEtm4u17D9wSLv2\n"
                              "/buF8SsOooPPB7ALwRqV\n"
                              "-----END CERTIFICATE REQUEST-----\n";

static void add_pem(struct buf *out, const void *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *der = data;

    buf_add_str(out, "-----BEGIN CERTIFICATE REQUEST-----");
    for (size_t i = 0; i < len; i += 3) {
        unsigned bits = (unsigned)der[i] << 16 | (i + 1 < len ? (unsigned)der[i + 1] << 8 : 0) |
                        (i + 2 < len ? der[i + 2] : 0);

        buf_addf(out, "%s%c%c%c%c", i % 48 ? "" : "\n", digits[bits >> 18], digits[bits >> 12 & 63],
                 i + 1 < len ? digits[bits >> 6 & 63] : '=', i + 2 < len ? digits[bits & 63] : '=');
    }
    buf_add_str(out, "\n-----END CERTIFICATE REQUEST-----\n");
}

struct fixture {
    char *certificate, *key;
    struct x509_ca *ca;
    uint64_t now_ms;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct error e = ERROR_INIT;

    f->now_ms = clock_realtime_ms();
    assert_good(x509_make_ca("test-ca", f->now_ms, &f->certificate, &f->key, &e), &e);
    assert_good(x509_ca_load(f->certificate, f->key, &f->ca, &e), &e);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    x509_ca_free(f->ca);
    secret_free(f->key);
    free(f->certificate);
    free(f);
    return 0;
}

static void test_digests(void **state)
{
    uint8_t digest[SHA256_SIZE], key[131];
    char hex[SHA256_TEXT_SIZE];
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(sha256("abc", 3, digest, &e), &e);
    format_hex(digest, sizeof(digest), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    /* RFC 4231, case 2 */
    assert_good(sha256_hmac("Jefe", 4, "what do ya want for nothing?", 28, digest, &e), &e);
    format_hex(digest, sizeof(digest), hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    /* RFC 4231, case 6: a key longer than a block */
    memset(key, 0xaa, sizeof(key));
    assert_good(sha256_hmac(key, sizeof(key),
                            "Test Using Larger Than Block-Size Key - Hash Key First", 54, digest,
                            &e),
                &e);
    format_hex(digest, sizeof(digest), hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_true(secret_equal("abc", "abc", 3));
    assert_false(secret_equal("abc", "abd", 3));
}

static void test_ca_and_key_belong_together(void **state)
{
    _cleanup_free_ char *certificate = NULL;
    _cleanup_secret_ char *key = NULL;
    struct fixture *f = *state;
    struct error e = ERROR_INIT;
    struct x509_ca *ca = NULL;

    assert_good(x509_make_ca("other", f->now_ms, &certificate, &key, &e), &e);
    assert_true(x509_is_pair(certificate, key));
    assert_false(x509_is_pair(f->certificate, key));
    assert_int_equal(x509_ca_load(f->certificate, key, &ca, &e), -EINVAL);
    assert_int_equal(x509_ca_load("nonsense", key, &ca, &e), -EIO);
    assert_null(ca);
}

static void test_sign_new(void **state)
{
    const struct cert_profile profile = {
        .common_name = "node1",
        .organization = "o",
        .dns = {"node1",     "localhost"  },
        .ips = {"192.0.2.7", "2001:db8::1"},
        .server_auth = true,
        .life_s = 100 * 86400
    };
    struct cert_profile more = profile, none = {0};
    _cleanup_free_ char *certificate = NULL;
    _cleanup_secret_ char *key = NULL;
    struct fixture *f = *state;
    struct error e = ERROR_INIT;

    assert_good(x509_sign_new(f->ca, &profile, f->now_ms, &certificate, &key, &e), &e);
    assert_true(x509_still_good(certificate, f->ca, &profile, f->now_ms, 99 * DAY_MS));
    assert_true(x509_still_good(certificate, f->ca, &none, f->now_ms, 0));
    assert_false(x509_still_good(certificate, f->ca, &profile, f->now_ms, 101 * DAY_MS));
    assert_false(x509_still_good("nonsense", f->ca, &profile, f->now_ms, 0));
    more.ips[2] = "192.0.2.8";
    assert_false(x509_still_good(certificate, f->ca, &more, f->now_ms, 0));
}

static void test_requests(void **state)
{
    const struct cert_profile profile = {
        .common_name = "node1", .client_auth = true, .life_s = 10 * 86400};
    _cleanup_(x509_csr_freep) struct x509_csr *csr = NULL;
    _cleanup_free_ char *certificate = NULL;
    char changed[sizeof(request)], huge[10000];
    struct fixture *f = *state;
    struct error e = ERROR_INIT;

    assert_good(x509_csr_parse(request, strlen(request), &csr, &e), &e);
    assert_good(x509_sign(f->ca, csr, &profile, f->now_ms, &certificate, &e), &e);
    assert_true(x509_still_good(certificate, f->ca, &profile, f->now_ms, DAY_MS));
    x509_csr_free(TAKE_PTR(csr));

    /* Every letter changed in turn: refused in words, or the same request after all. */
    for (size_t i = 40; i < sizeof(request) - 40; i++) {
        struct x509_csr *other = NULL;

        memcpy(changed, request, sizeof(request));
        if (changed[i] == '\n')
            continue;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        if (x509_csr_parse(changed, strlen(changed), &other, &e) == 0)
            x509_csr_free(other);
        else
            assert_int_equal(e.code, -EINVAL);
    }
    memset(huge, 'A', sizeof(huge));
    assert_int_equal(x509_csr_parse(huge, sizeof(huge), &csr, &e), -EINVAL);
    assert_int_equal(x509_csr_parse("", 0, &csr, &e), -EINVAL);
    assert_int_equal(x509_csr_parse(f->certificate, strlen(f->certificate), &csr, &e), -EINVAL);
}

/* What the fuzz target begins with (fuzz_csr.c: 'p' and the text, 'd' and DER): names that begin
 * with "good-" are taken, and all others refused as the asker's own mistake. */
static void test_request_by_request(void **state)
{
    static const char folder[] = "tests/fuzz/corpus/csr";
    DIR *d = opendir(folder);
    struct dirent *entry;
    unsigned seen = 0;

    (void)state;
    assert_non_null(d);
    while ((entry = readdir(d))) {
        _cleanup_(x509_csr_freep) struct x509_csr *csr = NULL;
        _cleanup_buf_ struct buf pem = BUF_INIT(1 << 20);
        _cleanup_free_ char *data = NULL;
        bool good = strncmp(entry->d_name, "good-", 5) == 0;
        struct error e = ERROR_INIT;
        size_t len;
        int r;

        if (entry->d_name[0] == '.')
            continue;
        assert_good(file_read(dirfd(d), entry->d_name, 1 << 20, &data, &len, &e), &e);
        if (data[0] == 'd')
            add_pem(&pem, data + 1, len - 1);
        else
            buf_add(&pem, data + 1, len - 1);
        assert_int_equal(buf_check(&pem), 0);
        r = x509_csr_parse(pem.data, pem.len, &csr, &e);
        if (r != (good ? 0 : -EINVAL))
            fail_msg("%s: %d (%s)", entry->d_name, r, e.message);
        seen++;
    }
    (void)closedir(d); /* was only read */
    assert_in_range(seen, 30, 1000);
}

/* A request may ask for names, usage and a life as a CA: none of it is in the certificate. */
static void test_only_the_key(void **state)
{
    const struct cert_profile profile = {
        .common_name = "node1", .dns = {"node1"}, .client_auth = true, .life_s = 10 * 86400};
    struct cert_profile asked = {.common_name = "node1"};
    _cleanup_(x509_csr_freep) struct x509_csr *csr = NULL;
    _cleanup_free_ char *data = NULL, *certificate = NULL;
    _cleanup_buf_ struct buf pem = BUF_INIT(1 << 16);
    struct fixture *f = *state;
    struct error e = ERROR_INIT;
    size_t len;

    assert_good(file_read(AT_FDCWD, "tests/fuzz/corpus/csr/good-p256-wants-names", 1 << 16, &data,
                          &len, &e),
                &e);
    add_pem(&pem, data + 1, len - 1);
    assert_good(x509_csr_parse(pem.data, pem.len, &csr, &e), &e);
    assert_good(x509_sign(f->ca, csr, &profile, f->now_ms, &certificate, &e), &e);
    assert_true(x509_still_good(certificate, f->ca, &profile, f->now_ms, DAY_MS));
    asked.dns[0] = "kubernetes";
    assert_false(x509_still_good(certificate, f->ca, &asked, f->now_ms, 0));
    asked = (struct cert_profile){.common_name = "node1", .ips = {"10.0.0.1"}};
    assert_false(x509_still_good(certificate, f->ca, &asked, f->now_ms, 0));
    assert_null(strstr(certificate, "REQUEST"));
}

static void test_rsa_pair(void **state)
{
    _cleanup_secret_ char *key = NULL;
    _cleanup_free_ char *public = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(x509_make_rsa_pair(&key, &public, &e), &e);
    assert_int_equal(strncmp(key, "-----BEGIN PRIVATE KEY-----", 27), 0);
    assert_int_equal(strncmp(public, "-----BEGIN PUBLIC KEY-----", 26), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),
        cmocka_unit_test_setup_teardown(test_ca_and_key_belong_together, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sign_new, setup, teardown),
        cmocka_unit_test_setup_teardown(test_requests, setup, teardown),
        cmocka_unit_test(test_request_by_request),
        cmocka_unit_test_setup_teardown(test_only_the_key, setup, teardown),
        cmocka_unit_test(test_rsa_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
