/* SPDX-License-Identifier: Apache-2.0 */
#include "ssh_keys.h"

#include <fcntl.h>
#include <glob.h>

#include "common/file.h"
#include "common/ssh_key.h"
#include "seed_client.h"

#define PUBLIC_KEYS "/etc/ssh/ssh_host_*_key.pub"
#define KEYS_MAX 16

/* One file's key without its comment. Kinds that nobody should use any more (DSA) stay out. */
static int add_key(struct context *c, const char *path, json_t *list, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    struct error why = ERROR_INIT;
    size_t len, key_len;
    int r = file_read(AT_FDCWD, path, SSH_KEY_TEXT_MAX, &text, &len, &why);

    if (r >= 0) {
        text[strcspn(text, "\r\n")] = '\0';
        r = ssh_key_check(text, &key_len, &why);
    }
    if (r == -ENOMEM)
        return error_oom(e);
    if (r < 0) {
        step_note(c, "%s: %s, not told to the taskbox", path + strlen(c->root), why.message);
        return 0;
    }
    return json_array_append_new(list, json_stringn(text, key_len)) < 0 ? error_oom(e) : 0;
}

static int read_keys(struct context *c, json_t *list, struct error *e)
{
    _cleanup_free_ char *pattern = context_path(c, PUBLIC_KEYS);
    glob_t found = {0};
    int r = 0;

    if (!pattern)
        return error_oom(e);
    if (glob(pattern, 0, NULL, &found) != 0)
        found.gl_pathc = 0;
    for (size_t i = 0; i < found.gl_pathc && r == 0 && json_array_size(list) < KEYS_MAX; i++)
        r = add_key(c, found.gl_pathv[i], list, e);
    globfree(&found);
    return r;
}

int ssh_keys_tell(struct context *c, struct error *e)
{
    _cleanup_json_ json_t *list = json_array(), *body = NULL;
    _cleanup_buf_ struct buf text = BUF_INIT(PROTOCOL_SSH_MAX);
    struct error why = ERROR_INIT;
    int r = list ? read_keys(c, list, e) : error_oom(e);

    if (r < 0)
        return r;
    body = json_pack("{s:O}", "keys", list);
    r = body ? json_print(body, &text, &why) : error_oom(&why);
    if (r == 0)
        r = seed_client_post(c->client, "/v1/ssh-keys", "application/json", text.data, text.len,
                             NULL, &why);
    if (r == -ENOMEM)
        return error_oom(e);
    if (r == -EAGAIN)
        return error_set(e, r, "%s", why.message);
    if (r < 0)
        step_note(c, "SSH host keys: %s, ignoring", why.message);
    return 0;
}
