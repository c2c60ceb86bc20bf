/* SPDX-License-Identifier: Apache-2.0 */
#include "certs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "cert_life.h"
#include "common/clock.h"
#include "common/file.h"
#include "crypto.h"
#include "cut.h"
#include "key_file.h"
#include "owner.h"
#include "seed_client.h"

#define PEM_MAX (64 * 1024)

struct entry {
    const char *purpose;
    char *key, *cert, *ca;  /* paths with the root prefix; ca may be NULL */
    char *bundle, *current; /* NULL, or both files of the kubelet's kind of store */
    struct owner owner;
};

static void entry_done(struct entry *entry)
{
    free(entry->key);
    free(entry->cert);
    free(entry->ca);
    free(entry->bundle);
    free(entry->current);
}

static int read_path(struct context *c, json_t *json, const char *name, bool required, char **ret,
                     struct error *e)
{
    const char *path;
    int r = required ? json_get_string(json, name, &path, e)
                     : json_get_string_or(json, name, NULL, &path, e);

    if (r < 0 || !path)
        return r;
    *ret = context_path(c, path);
    return *ret ? 0 : error_oom(e);
}

static int entry_read(struct context *c, json_t *json, struct entry *ret, struct error *e)
{
    const char *owner;
    int r = json_get_string(json, "purpose", &ret->purpose, e);

    if (r >= 0)
        r = read_path(c, json, "key", true, &ret->key, e);
    if (r >= 0)
        r = read_path(c, json, "cert", true, &ret->cert, e);
    if (r >= 0)
        r = read_path(c, json, "ca", false, &ret->ca, e);
    if (r >= 0)
        r = read_path(c, json, "bundle", false, &ret->bundle, e);
    if (r >= 0)
        r = read_path(c, json, "current", ret->bundle != NULL, &ret->current, e);
    if (r >= 0)
        r = json_get_string_or(json, "owner", NULL, &owner, e);
    return r < 0 ? r : owner_find(c->root, owner, &ret->owner, e);
}

static int read_pem(const char *path, char **ret)
{
    size_t len;

    return file_read(AT_FDCWD, path, PEM_MAX, ret, &len, NULL);
}

static int bundle_text(const char *certificate, const char *key, struct buf *ret)
{
    buf_add_str(ret, certificate);
    if (ret->len && ret->data[ret->len - 1] != '\n')
        buf_add_char(ret, '\n');
    buf_add_str(ret, key);
    return buf_check(ret);
}

/* Is there a symbolic link? The kubelet gives up renewing its certificate where it finds a file in
 * that place (client-go, certificate_store.go). */
static bool is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Makes link one to file, which is in the same folder; the one that was there is replaced at once.
 */
static int link_to(const char *file, const char *link, struct error *e)
{
    const char *name = strrchr(file, '/');
    _cleanup_free_ char *made = NULL;

    if (asprintf(&made, "%s.new", link) < 0) {
        made = NULL;
        return error_oom(e);
    }
    if (unlink(made) < 0 && errno != ENOENT)
        return error_set_errno(e, -errno, "%s", made);
    if (symlink(name ? name + 1 : file, made) < 0)
        return error_set_errno(e, -errno, "%s", made);
    if (rename(made, link) < 0)
        return error_set_errno(e, -errno, "%s", link);
    return file_sync_folder_of(AT_FDCWD, link, e);
}

/* The same for each certificate of one key. */
static uint32_t spread_of(const struct certificate *certificate)
{
    uint8_t hash[SHA256_SIZE];
    uint32_t spread = 0;

    if (certificate_spki_sha256(certificate, hash, NULL) == 0)
        memcpy(&spread, hash, sizeof(spread));
    return spread;
}

static int load_key(const char *path, struct key **ret)
{
    _cleanup_(secret_freep) char *pem = NULL;
    int r = read_pem(path, &pem);

    return r < 0 ? r : key_read(pem, ret, NULL);
}

static int load_certificate(const char *path, struct certificate **ret)
{
    _cleanup_(secret_freep) char *pem = NULL; /* a bundle has a key in it */
    int r = read_pem(path, &pem);

    return r < 0 ? r : certificate_read(pem, ret, NULL);
}

/* What "current" leads to may be the kubelet's own by now, newer than what was obtained here: its
 * facts and the number that its date to be renewed is spread by. False unless all of the entry is
 * there and consistent. */
static bool look_at(const struct entry *entry, struct certificate_facts *ret, uint32_t *ret_spread)
{
    const char *key_file = entry->current ? entry->current : entry->key;
    const char *cert_file = entry->current ? entry->current : entry->cert;
    _cleanup_(certificate_freep) struct certificate *certificate = NULL, *ca = NULL;
    _cleanup_(key_freep) struct key *key = NULL;

    if (entry->current && !is_link(entry->current))
        return false;
    if (load_key(key_file, &key) < 0 || load_certificate(cert_file, &certificate) < 0 ||
        (entry->ca && load_certificate(entry->ca, &ca) < 0) ||
        certificate_check(certificate, key, ca, NULL) < 0)
        return false;
    *ret = *certificate_facts(certificate);
    *ret_spread = spread_of(certificate);
    return true;
}

/* A clock before a certificate's beginning is no reason to want another: the server dates back. */
static bool is_good(const struct entry *entry)
{
    struct certificate_facts facts;
    uint32_t spread;

    return look_at(entry, &facts, &spread) &&
           facts.not_after > (int64_t)(clock_realtime_ms() / 1000);
}

static uint64_t ms_until(int64_t at_s)
{
    int64_t now_ms = (int64_t)clock_realtime_ms();

    return at_s > now_ms / 1000 ? (uint64_t)(at_s * 1000 - now_ms) : 0;
}

uint64_t certificate_due_ms(const struct certificate *certificate)
{
    return ms_until(cert_renew_at(certificate_facts(certificate), spread_of(certificate)));
}

uint64_t certificate_kubeadm_due_ms(const struct certificate *certificate, int64_t life_s)
{
    return ms_until(
        cert_kubeadm_renew_at(certificate_facts(certificate), life_s, spread_of(certificate)));
}

static uint64_t due_ms(const struct entry *entry)
{
    struct certificate_facts facts;
    uint32_t spread;

    if (!look_at(entry, &facts, &spread))
        return 0;
    return ms_until(entry->current ? cert_rescue_at(&facts) : cert_renew_at(&facts, spread));
}

static int write_owned(const char *path, const char *text, mode_t mode, const struct owner *owner,
                       struct error *e)
{
    bool moved;
    int r = file_make_parents(path, 0755, e);

    if (r >= 0)
        r = file_write_if_changed(AT_FDCWD, path, text, strlen(text), mode, NULL, e);
    return r < 0 ? r : owner_set(path, owner, &moved, e);
}

/* The entry's key, which its owner alone may read. */
static int obtain_key(struct context *c, const struct entry *entry, struct key **ret,
                      struct error *e)
{
    _cleanup_(key_freep) struct key *key = NULL;
    int r = file_make_parents(entry->key, 0755, e);

    if (r >= 0)
        r = key_file_obtain(c, entry->key, &key, e);
    if (r >= 0)
        r = write_owned(entry->key, key_pem(key), 0600, &entry->owner, e); /* mode and owner */
    if (r >= 0)
        *ret = TAKE_PTR(key);
    return r;
}

static int check_answer(const struct key *key, const char *certificate_pem, const char *ca_pem,
                        struct error *e)
{
    _cleanup_(certificate_freep) struct certificate *certificate = NULL, *ca = NULL;
    int r = certificate_read(certificate_pem, &certificate, e);

    if (r >= 0)
        r = certificate_read(ca_pem, &ca, e);
    return r < 0 ? r : certificate_check(certificate, key, ca, e);
}

static int store(const struct entry *entry, const struct key *key, json_t *answer, struct error *e)
{
    _cleanup_buf_ struct buf bundle = BUF_INIT(2 * PEM_MAX);
    const char *certificate, *ca;
    int r = json_get_string(answer, "certificate", &certificate, e);

    if (r >= 0)
        r = json_get_string(answer, "ca", &ca, e);
    if (r >= 0)
        r = check_answer(key, certificate, ca, e);
    if (r >= 0 && entry->ca)
        r = write_owned(entry->ca, ca, 0644, &(struct owner){0}, e);
    if (r >= 0)
        r = write_owned(entry->cert, certificate, 0644, &entry->owner, e);
    if (r < 0 || !entry->bundle)
        return r;
    r = bundle_text(certificate, key_pem(key), &bundle);
    if (r < 0)
        return error_oom(e);
    r = write_owned(entry->bundle, bundle.data, 0600, &entry->owner, e);
    /* Wiped like the key that it ends with. */
    secret_free(buf_take(&bundle, NULL));
    return r < 0 ? r : link_to(entry->bundle, entry->current, e);
}

static int obtain_one(struct context *c, json_t *json, bool *ret_changed, struct error *e)
{
    _cleanup_(entry_done) struct entry entry = {0};
    _cleanup_(key_freep) struct key *key = NULL;
    _cleanup_free_ char *csr = NULL, *path = NULL;
    _cleanup_json_ json_t *answer = NULL;
    int r = entry_read(c, json, &entry, e);

    if (r < 0 || due_ms(&entry) > 0)
        return r;
    r = obtain_key(c, &entry, &key, e);
    if (r < 0)
        return r;
    cut_here("certificates", entry.purpose);
    r = csr_make(key, c->host, &csr, NULL, e);
    if (r < 0)
        return r;
    if (asprintf(&path, "/v1/certificates/%s", entry.purpose) < 0) {
        path = NULL;
        return error_oom(e);
    }
    r = seed_client_post(c->client, path, "application/x-pem-file", csr, strlen(csr), &answer, e);
    if (r < 0)
        return r;
    r = answer ? store(&entry, key, answer, e) : error_set(e, -EPROTO, "an empty answer");
    if (r < 0)
        return error_wrap(e, "%s", path);
    step_note(c, "certificate %s: %s", entry.purpose, entry.cert);
    if (ret_changed)
        *ret_changed = true;
    return 0;
}

int certs_obtain(struct context *c, json_t *certs, bool *ret_changed, struct error *e)
{
    json_t *json;
    size_t i;

    json_array_foreach(certs, i, json)
    {
        int r = obtain_one(c, json, ret_changed, e);

        if (r < 0)
            return error_wrap(e, "certificate %zu", i + 1);
    }
    return 0;
}

int certs_check(struct context *c, json_t *certs, bool *ret, struct error *e)
{
    bool good = true;
    json_t *json;
    size_t i;

    json_array_foreach(certs, i, json)
    {
        _cleanup_(entry_done) struct entry entry = {0};
        int r = entry_read(c, json, &entry, e);

        if (r < 0)
            return error_wrap(e, "certificate %zu", i + 1);
        good = good && is_good(&entry);
    }
    *ret = good;
    return 0;
}

int certs_due_ms(struct context *c, json_t *certs, uint64_t *ret, struct error *e)
{
    uint64_t first = UINT64_MAX;
    json_t *json;
    size_t i;

    json_array_foreach(certs, i, json)
    {
        _cleanup_(entry_done) struct entry entry = {0};
        int r = entry_read(c, json, &entry, e);
        uint64_t ms;

        if (r < 0)
            return error_wrap(e, "certificate %zu", i + 1);
        ms = due_ms(&entry);
        if (ms < first)
            first = ms;
    }
    *ret = first;
    return 0;
}
