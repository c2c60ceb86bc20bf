/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mem.h"
#include "common/parse.h"
#include "common/ssh_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Every parser of a single value takes the same text; what one accepts has a canonical form that it
 * accepts as well. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *s = strndup((const char *)data, size);
    const char *const names[] = {"seed_mac", s, "seed_uuid"};
    char text[NETWORK_TEXT_SIZE], again[NETWORK_TEXT_SIZE];
    struct ip_address address;
    struct ip_network network;
    struct error e = ERROR_INIT;
    uint8_t bytes[32];
    uint16_t port;
    uint64_t n;
    size_t len;

    if (!s)
        return 0;
    if (parse_uint(s, 4096, &n, &e) == 0)
        must(n <= 4096);
    if (parse_mac(s, text, &e) == 0)
        must(parse_mac(text, again, &e) == 0 && strcmp(text, again) == 0);
    if (parse_uuid(s, text, &e) == 0)
        must(parse_uuid(text, again, &e) == 0 && strcmp(text, again) == 0);
    if (parse_ip(s, &address, &e) == 0) {
        format_ip(&address, text);
        must(parse_ip(text, &address, &e) == 0);
    }
    if (parse_network(s, &network, &e) == 0) {
        format_network(&network, text);
        must(parse_network(text, &network, &e) == 0);
        must(network_contains(&network, &network.address));
        must(network_host(&network, 0, &address) == 0 && ip_equal(&address, &network.address));
    }
    (void)!parse_duration(s, &n, &e); /* only that they come back */
    (void)!parse_size(s, &n, &e);
    (void)!parse_hex(s, bytes, sizeof(bytes), &e);
    (void)!parse_endpoint(s, &address, &port, &e);
    if (ssh_key_check(s, &len, &e) == 0)
        must(len <= strlen(s) && !strpbrk(s, "\r\n") && strncmp(s, "command", 7) != 0);
    (void)identifier_is_placeholder(s);
    (void)is_dns_name(s);
    if (*s && strlen(s) < 64)
        must(nearest_name(s, names, ARRAY_SIZE(names)) != NULL);
    return 0;
}
