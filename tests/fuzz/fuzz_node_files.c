/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the node that the program, an administrator or the OS wrote: the first byte says which
 * one it is. */
#include "bootstrap/artifact_stamps.h"
#include "bootstrap/claim.h"
#include "bootstrap/crypto.h"
#include "bootstrap/kube_api.h"
#include "bootstrap/settings.h"
#include "bootstrap/text_block.h"
#include "tests/fuzz/files.h"

#define CLUSTER "11111111-2222-4333-8444-555555555555"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void read_settings(void)
{
    struct settings *s = NULL;
    struct error e = ERROR_INIT;

    if (settings_read("file", "", &s, &e) < 0) {
        must(e.message[0] != '\0');
        return;
    }
    must(strncmp(s->server, "https://", 8) == 0 && strncmp(s->plain, "http://", 7) == 0);
    must(!strpbrk(s->server + 8, "/?#@ ") && !strpbrk(s->plain + 7, "/?#@ "));
    settings_free(s);
}

/* Another cluster's claim is never taken for ours. */
static void read_claim(const char *text)
{
    static const char *const evidence[] = {"/etc/hosts", NULL};
    struct settings settings = {.state = (char *)(uintptr_t) ""};
    struct context c = {.root = "", .settings = &settings};
    struct error e = ERROR_INIT;

    c.config = json_pack("{s:{s:s}}", "cluster", "id", CLUSTER);
    must(c.config != NULL);
    if (claim_area(&c, "etcd", evidence, &e) == 0)
        must(strstr(text, "11111111") || strchr(text, '\\'));
    json_decref(c.config);
}

static void read_stamps(void)
{
    struct error e = ERROR_INIT;
    struct stamps s;

    must(stamps_open(&s, "file", &e) == 0 && json_is_object(s.files));
    stamps_done(&s);
}

/* Once, as twice; and what is around it stays. */
static void edit_block(const char *text)
{
    static const char lines[] = "192.0.2.1 node1\n";
    _cleanup_buf_ struct buf once = BUF_INIT(1 << 20), twice = BUF_INIT(1 << 20);

    text_block_replace(text, lines, &once);
    must(buf_check(&once) == 0 && strstr(once.data, lines));
    text_block_replace(once.data, lines, &twice);
    must(buf_check(&twice) == 0 && strcmp(once.data, twice.data) == 0);
}

static bool is_asked(const char *line, void *userdata)
{
    (void)userdata;
    must(!strchr(line, '\n') && strlen(line) < 1024);
    return strstr(line, "swap") != NULL;
}

static void comment_lines(const char *text)
{
    _cleanup_buf_ struct buf once = BUF_INIT(1 << 20), twice = BUF_INIT(1 << 20);

    text_comment_lines(text, is_asked, NULL, "off", &once);
    text_comment_lines(once.data ? once.data : "", is_asked, NULL, "off", &twice);
    must(buf_check(&twice) == 0 && once.len == twice.len && once.len >= strlen(text));
}

static void read_pem(const char *text)
{
    _cleanup_(certificate_freep) struct certificate *certificate = NULL;
    _cleanup_(key_freep) struct key *key = NULL;
    struct error e = ERROR_INIT;
    uint8_t hash[SHA256_SIZE];

    if (certificate_read(text, &certificate, &e) == 0) {
        const struct certificate_facts *facts = certificate_facts(certificate);

        must(strlen(facts->common_name) < sizeof(facts->common_name));
        (void)!certificate_spki_sha256(certificate, hash, &e);
    }
    if (key_read(text, &key, &e) == 0)
        (void)!key_spki_sha256(key, hash, &e);
    if (key && certificate)
        (void)!certificate_check(certificate, key, certificate, &e);
}

static void read_kubeconfig(void)
{
    struct context c = {.root = ""};
    struct error e = ERROR_INIT;
    struct kube_api k;

    if (kube_api_open_kubeconfig(&c, "https://127.0.0.1:6443", "/file", &k, &e) == 0)
        kube_api_done(&k);
    else
        must(e.message[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = size ? strndup((const char *)data + 1, size - 1) : NULL;
    const struct fuzz_file files[] = {
        {"file",         data + 1, size ? size - 1 : 0},
        {"/file",        data + 1, size ? size - 1 : 0},
        {"cluster.json", data + 1, size ? size - 1 : 0},
    };

    if (!text)
        return 0;
    files_are(files, ARRAY_SIZE(files));
    switch (data[0]) {
    case 's':
        read_settings();
        break;
    case 'c':
        read_claim(text);
        break;
    case 'a':
        read_stamps();
        break;
    case 'b':
        edit_block(text);
        break;
    case 'l':
        comment_lines(text);
        break;
    case 'p':
        read_pem(text);
        break;
    case 'k':
        read_kubeconfig();
        break;
    default:
        break;
    }
    return 0;
}
