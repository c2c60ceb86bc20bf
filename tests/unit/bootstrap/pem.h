/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A CA, a certificate of it for CN=node1 with its key, and a key and a self-signed certificate that
 * have nothing to do with them. Made for these tests, valid for a hundred years. */

static __attribute__((unused)) const char pem_ca[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBezCCASGgAwIBAgIUauOVhqYuQVvSrmCXxvKOKCzglUswCgYIKoZIzj0EAwIw\n"
    "EjEQMA4GA1UEAwwHc2VlZC1jYTAgFw0yNjExMjIxOTE1MzNaGA8yMTI2MTAyOTE5\n"
    "MTUzM1owEjEQMA4GA1UEAwwHc2VlZC1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH\n"
    "A0IABHoxxN6C4G0uhAKE9dGM2kjDpwuA+zjomJ9cLldAstP8yuUOTX7iMHe5WZOz\n"
    "VB0snlxgLw853p0NTdyaro+QE++jUzBRMB0GA1UdDgQWBBS0FY+gJQ52eH716hzD\n"
    "DxfSKoY/tzAfBgNVHSMEGDAWgBS0FY+gJQ52eH716hzDDxfSKoY/tzAPBgNVHRMB\n"
    "Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDPr6hgRVPyemtlbqeXGpE7T3Ys\n"
    "WEW++mQkn19KDFQsPwIgMwYefzZX1CmZjANyRPzwg3xMQW55jsEfWlB803JaKRo=\n"
    "-----END CERTIFICATE-----\n";

static __attribute__((unused)) const char pem_node[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBHjCBxQIUFi9nBIr0vViikQpii/e0T9fd3IEwCgYIKoZIzj0EAwIwEjEQMA4G\n"
    "A1UEAwwHc2VlZC1jYTAgFw0yNjExMjIxOTE1MzNaGA8yMTI2MTAyOTE5MTUzM1ow\n"
    "EDEOMAwGA1UEAwwFbm9kZTEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT2mFc6\n"
    "X65L7qCc1yhBcPvxTqRKnRKxGhVQde6Yupnu8xOTcQB3F34MqYjA//gjX1YL2Uax\n"
    "599NkgMTC60Sh0LbMAoGCCqGSM49BAMCA0gAMEUCIGiCwOR+rbQDiw5G4wWjESuo\n"
    "xYFT3dEhq/8wtBzBXOnQAiEAzs5GRXUqZo0OpjqdyIcmtdZ0FonfbocPTycQyQDE\n"
    "zYc=\n"
    "-----END CERTIFICATE-----\n";

static __attribute__((unused)) const char pem_node_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkSx3I3fnH5uqxNox\n"
    "6CLGEdlCcGG9xdEnbg/Knx2AvPChRANCAAT2mFc6X65L7qCc1yhBcPvxTqRKnRKx\n"
    "GhVQde6Yupnu8xOTcQB3F34MqYjA//gjX1YL2Uax599NkgMTC60Sh0Lb\n"
    "-----END PRIVATE KEY-----\n";

static __attribute__((unused)) const char pem_other_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNb8ZAcFWxAZkYKGe\n"
    "/OaGxpum31ZgVb561WEL0mYE6VWhRANCAASHbrNA85hX4dcAz+Y8QME6Y3fCrwrI\n"
    "YDfeaY5B6cGkc0kyoBhfnrfwc1/AqKmIJBEdxzNFGIN9nRIaHDeIwxeF\n"
    "-----END PRIVATE KEY-----\n";

static __attribute__((unused)) const char pem_other[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdzCCAR2gAwIBAgIUSdTbQB9amOAlE5dCcum50vGJ1fgwCgYIKoZIzj0EAwIw\n"
    "EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTIyMTkxNTMzWhgPMjEyNjEwMjkxOTE1\n"
    "MzNaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
    "h26zQPOYV+HXAM/mPEDBOmN3wq8KyGA33mmOQenBpHNJMqAYX5638HNfwKipiCQR\n"
    "HcczRRiDfZ0SGhw3iMMXhaNTMFEwHQYDVR0OBBYEFEDgBXt7JRPMCekGa9EAgLk5\n"
    "rwm5MB8GA1UdIwQYMBaAFEDgBXt7JRPMCekGa9EAgLk5rwm5MA8GA1UdEwEB/wQF\n"
    "MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgbvKkDkldX56ApOwSjdT79uphCTlQOn6S\n"
    "yDFBuzptrdYCIQDieIyxasEU+P0MDxmtUYuJ87/5ZVZHsG2nNNJAI2y9Vw==\n"
    "-----END CERTIFICATE-----\n";

/* SHA-256 of the CA's SubjectPublicKeyInfo, by openssl(1). */
#define PEM_CA_PIN "ab411cc2baf578909fd373ca17076936103f0113c081ea0ec4738d9bf70d6f3b"
#define PEM_NODE_SPKI "342111094e48d64a56ad2bf7e5cfddcc02b6cd445b51141633cd3f4cbe4cfe08"
