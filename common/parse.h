/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Every number, size, duration, address and identifier that comes from outside goes through here:
 * whole string or nothing, no leading blanks or signs that the format does not name. All return 0
 * or -EINVAL / -ERANGE; the error says what is expected ("expected a size such as 512M"). */

int parse_uint(const char *s, uint64_t max, uint64_t *ret, struct error *e) _must_check_;

/* "900", "15m", "1h30m", "20s", "500ms", "2d": milliseconds. A bare number is seconds. */
int parse_duration(const char *s, uint64_t *ret_ms, struct error *e) _must_check_;

/* "512", "64K", "10M", "8G", "1T" (powers of 1024): bytes. */
int parse_size(const char *s, uint64_t *ret_bytes, struct error *e) _must_check_;

/* 52:54:00:AB:cd:01, 52-54-00-…, or twelve hex digits; ret is lower case with colons. Multicast
 * (group bit) and all-zero addresses identify nobody and are refused. */
#define MAC_TEXT_SIZE 18
int parse_mac(const char *s, char ret[MAC_TEXT_SIZE], struct error *e) _must_check_;

/* RFC 4122 text form in any case; ret is lower case. */
#define UUID_TEXT_SIZE 37
int parse_uuid(const char *s, char ret[UUID_TEXT_SIZE], struct error *e) _must_check_;

/* A random (version 4) UUID from getrandom(2). */
int uuid_make(char ret[UUID_TEXT_SIZE], struct error *e) _must_check_;

/* SMBIOS fields that vendors leave unset or repeat ("Default string", "To be filled by O.E.M.",
 * "0123456789", all zero, all F …) never identify a machine. Works for UUIDs and serials. */
bool identifier_is_placeholder(const char *s);

int parse_hex(const char *s, void *ret, size_t len, struct error *e) _must_check_;
void format_hex(const void *data, size_t len, char *ret /* 2 * len + 1 */);

/* An IPv4 or IPv6 address; family is AF_INET or AF_INET6, bytes in network order. */
struct ip_address {
    int family;
    uint8_t bytes[16];
};
#define IP_TEXT_SIZE 46
int parse_ip(const char *s, struct ip_address *ret, struct error *e) _must_check_;
void format_ip(const struct ip_address *a, char ret[IP_TEXT_SIZE]);
bool ip_equal(const struct ip_address *a, const struct ip_address *b);

/* "10.233.64.0/18": the address must be the network's own (no host bits set). */
struct ip_network {
    struct ip_address address;
    unsigned prefix;
};
int parse_network(const char *s, struct ip_network *ret, struct error *e) _must_check_;
bool network_contains(const struct ip_network *n, const struct ip_address *a);
bool network_overlaps(const struct ip_network *a, const struct ip_network *b);
/* The index-th network of the given longer prefix inside n, and the index-th address in n;
 * -ERANGE past the end. */
int network_subnet(const struct ip_network *n, unsigned prefix, uint64_t index,
                   struct ip_network *ret) _must_check_;
int network_host(const struct ip_network *n, uint64_t index, struct ip_address *ret) _must_check_;
#define NETWORK_TEXT_SIZE (IP_TEXT_SIZE + 4)
void format_network(const struct ip_network *n, char ret[NETWORK_TEXT_SIZE]);

/* "ADDR:PORT", "[V6]:PORT", ":PORT" (all addresses). */
int parse_endpoint(const char *s, struct ip_address *ret_address, uint16_t *ret_port,
                   struct error *e) _must_check_;

/* RFC 1123 DNS name as Kubernetes takes it: [a-z0-9]([-a-z0-9]*[a-z0-9])?(\.…)*, at most 253. */
bool is_dns_name(const char *s);

/* Does s end in that, with something before it? */
bool has_ending(const char *s, const char *ending);

/* The name in names[] nearest to s by edit distance, NULL when none is near enough to suggest. */
const char *nearest_name(const char *s, const char *const *names, size_t n);
/* The same, at most so many edits away. */
const char *nearest_name_within(const char *s, const char *const *names, size_t n, size_t edits);
