/* SPDX-License-Identifier: Apache-2.0 */
#include "ssh.h"

#include "common/ssh_key.h"

#define USER_MAX 32

static int check_key(const json_t *value, struct error *e)
{
    const char *text = json_string_value(value);

    if (!text)
        return error_set(e, -EINVAL, "expected a public key as a text");
    if (strlen(text) != json_string_length(value))
        return error_set(e, -EINVAL, "has a NUL character");
    if (strstr(text, "{{") || strstr(text, "{%"))
        return error_set(e, -EINVAL,
                         "templates are not evaluated here: write the key itself, as in the .pub "
                         "file");
    return ssh_key_check(text, NULL, e);
}

int ssh_keys_check(const json_t *value, struct error *e)
{
    const json_t *item;
    size_t i;
    int r;

    if (json_is_string(value))
        return check_key(value, e);
    if (!json_is_array(value))
        return error_set(e, -EINVAL, "expected a list of public keys, each as in a .pub file");
    if (json_array_size(value) > SSH_KEYS_MAX)
        return error_set(e, -EINVAL, "expected at most %d keys", SSH_KEYS_MAX);
    json_array_foreach((json_t *)value, i, item)
    {
        r = check_key(item, e);
        if (r < 0)
            return error_wrap(e, "key %zu", i + 1);
    }
    return 0;
}

json_t *ssh_keys_list(const json_t *value)
{
    return json_is_array(value) ? json_copy((json_t *)value) : json_pack("[O]", value);
}

bool ssh_user_is_good(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= USER_MAX && strchr("abcdefghijklmnopqrstuvwxyz_", name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}
