/* SPDX-License-Identifier: Apache-2.0 */
#include "ssh_key.h"

#include <stdbool.h>
#include <stdint.h>

#include "base64.h"

#define FIELDS_MAX 4
#define RSA_BITS_MIN 2048

/* The fields that follow the type's name in the base64: each has its length in front. */
static const struct {
    const char *name;
    const char *curve; /* the first field's text; NULL: it is no curve's name */
    size_t key_field;  /* the field whose length is fixed, and that length; 0: none is */
    size_t key_len;
    size_t fields;
} types[] = {
    {"ssh-ed25519",                        NULL,       1, 32,  1},
    {"ecdsa-sha2-nistp256",                "nistp256", 2, 65,  2},
    {"ecdsa-sha2-nistp384",                "nistp384", 2, 97,  2},
    {"ecdsa-sha2-nistp521",                "nistp521", 2, 133, 2},
    {"ssh-rsa",                            NULL,       0, 0,   2},
    {"sk-ssh-ed25519@openssh.com",         NULL,       1, 32,  2},
    {"sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", 2, 65,  3},
};

struct field {
    const uint8_t *at;
    size_t len;
};

static bool is_text(const struct field *f, const char *text)
{
    return f->len == strlen(text) && memcmp(f->at, text, f->len) == 0;
}

/* Exactly n + 1 fields, the first of them the type's name. */
static bool split(const uint8_t *data, size_t len, size_t n, struct field ret[FIELDS_MAX])
{
    size_t i, at = 0;

    for (i = 0; i <= n; i++) {
        size_t field;

        if (len - at < 4)
            return false;
        field = (size_t)data[at] << 24 | (size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 |
                data[at + 3];
        at += 4;
        if (field > len - at)
            return false;
        ret[i] = (struct field){data + at, field};
        at += field;
    }
    return at == len;
}

/* The bits of an mpint (RFC 4251 section 5): big-endian, a zero byte before a high bit. */
static size_t bits_of(const struct field *f)
{
    size_t skipped = 0, bits;

    while (skipped < f->len && f->at[skipped] == 0)
        skipped++;
    bits = (f->len - skipped) * 8;
    for (uint8_t mask = 0x80; bits && mask && !(f->at[skipped] & mask); mask >>= 1)
        bits--;
    return bits;
}

static int check_fields(size_t type, const uint8_t *data, size_t len, struct error *e)
{
    struct field fields[FIELDS_MAX];
    size_t key = types[type].key_field;

    if (!split(data, len, types[type].fields, fields) || !is_text(&fields[0], types[type].name) ||
        (types[type].curve && !is_text(&fields[1], types[type].curve)) ||
        (key && fields[key].len != types[type].key_len))
        return error_set(e, -EINVAL,
                         "what follows %s is no key of that type: was it cut or changed when it "
                         "was copied?",
                         types[type].name);
    if (!key && bits_of(&fields[2]) < RSA_BITS_MIN)
        return error_set(e, -EINVAL, "an RSA key of %zu bits: at least %d are needed",
                         bits_of(&fields[2]), RSA_BITS_MIN);
    return 0;
}

/* Where the type's name ends, or 0; *ret is its row. */
static size_t find_type(const char *text, size_t *ret)
{
    size_t len = strcspn(text, " ");

    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (strlen(types[i].name) == len && memcmp(types[i].name, text, len) == 0) {
            *ret = i;
            return len;
        }
    return 0;
}

static int check_line(const char *text, struct error *e)
{
    if (strlen(text) > SSH_KEY_TEXT_MAX)
        return error_set(e, -EINVAL, "longer than %d bytes", SSH_KEY_TEXT_MAX);
    for (const char *p = text; *p; p++) {
        if (*p == '\n' || *p == '\r')
            return error_set(e, -EINVAL,
                             "a line break: one key is one line, without one at its end");
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return error_set(e, -EINVAL, "a control character");
    }
    return 0;
}

int ssh_key_check(const char *text, size_t *ret_len, struct error *e)
{
    _cleanup_free_ char *base64 = NULL, *data = NULL;
    size_t type_len, type, base64_len, len;
    int r = check_line(text, e);

    if (r < 0)
        return r;
    if (strstr(text, "PRIVATE KEY"))
        return error_set(e, -EINVAL, "a private key: write the public one, of the .pub file");
    type_len = find_type(text, &type);
    if (!type_len || !text[type_len])
        return error_set(
            e, -EINVAL,
            "expected TYPE BASE64 COMMENT as in a .pub file, without options, and as TYPE one of "
            "ssh-ed25519, ecdsa-sha2-nistp256, -nistp384, -nistp521, ssh-rsa, or their sk- kinds");
    base64_len = strcspn(text + type_len + 1, " ");
    base64 = strndup(text + type_len + 1, base64_len);
    if (!base64)
        return error_oom(e);
    if (base64_decode(base64, &data, &len, NULL) < 0 || len == 0)
        return error_set(e, -EINVAL, "what follows %s is no base64", types[type].name);
    r = check_fields(type, (const uint8_t *)data, len, e);
    if (r == 0 && ret_len)
        *ret_len = type_len + 1 + base64_len;
    return r;
}
