/* SPDX-License-Identifier: Apache-2.0 */
#include "ca.h"

#include <fcntl.h>
#include <stdio.h>

#include "common/file.h"

#define PEM_MAX (64 * 1024)
#define RENEW_BEFORE_MS (UINT64_C(30) * 24 * 3600 * 1000)

static const struct {
    const char *name;
    const char *common_name;
} authorities[CA_COUNT] = {
    [CA_SEED] = {"seed",        "nodeseed-ca"   },
    [CA_KUBERNETES] = {"kubernetes",  "kubernetes"    },
    [CA_ETCD] = {"etcd",        "etcd-ca"       },
    [CA_FRONT_PROXY] = {"front-proxy", "front-proxy-ca"},
};

struct ca {
    char *folder; /* STATE */
    char *certificates[CA_COUNT];
    struct x509_ca *signers[CA_COUNT];
    char pin[SHA256_TEXT_SIZE];
};

int ca_find(const char *name)
{
    for (int i = 0; i < CA_COUNT; i++)
        if (strcmp(authorities[i].name, name) == 0)
            return i;
    return -1;
}

const char *ca_certificate(const struct ca *ca, enum ca_id id)
{
    return ca->certificates[id];
}

struct x509_ca *ca_signer(const struct ca *ca, enum ca_id id)
{
    return ca->signers[id];
}

const char *ca_pin(const struct ca *ca)
{
    return ca->pin;
}

static char *file_name(const struct ca *ca, const char *name, const char *suffix)
{
    char *path;

    return asprintf(&path, "%s/%s.%s", ca->folder, name, suffix) < 0 ? NULL : path;
}

/* *ret is NULL, and 0 is answered, when there is no such file. */
static int read_pem(const struct ca *ca, const char *name, const char *suffix, char **ret,
                    struct error *e)
{
    _cleanup_free_ char *path = file_name(ca, name, suffix);
    size_t len;
    int r;

    if (!path)
        return error_oom(e);
    *ret = NULL;
    r = file_read(AT_FDCWD, path, PEM_MAX, ret, &len, e);
    return r == -ENOENT ? 0 : r;
}

static int write_pem(const struct ca *ca, const char *name, const char *suffix, const char *pem,
                     mode_t mode, struct error *e)
{
    _cleanup_free_ char *path = file_name(ca, name, suffix);

    if (!path)
        return error_oom(e);
    return file_write_atomic(AT_FDCWD, path, pem, strlen(pem), mode, e);
}

/* The key is written first: a key without a certificate has signed nothing and is made anew. */
static int write_pair(const struct ca *ca, const char *name, const char *second,
                      const char *second_pem, const char *key_pem, struct error *e)
{
    int r = write_pem(ca, name, "key", key_pem, 0600, e);

    return r < 0 ? r : write_pem(ca, name, second, second_pem, 0644, e);
}

static int open_authority(struct ca *ca, enum ca_id id, uint64_t now_ms, struct error *e)
{
    _cleanup_secret_ char *key = NULL;
    char name[64];
    int r;

    (void)snprintf(name, sizeof(name), "ca/%s", authorities[id].name); /* names are ours, short */
    r = read_pem(ca, name, "key", &key, e);
    if (r == 0)
        r = read_pem(ca, name, "crt", &ca->certificates[id], e);
    if (r < 0)
        return r;
    if (ca->certificates[id] && !key)
        return error_set(e, -ENOKEY, "%s/%s.key is missing: restore it from the backup", ca->folder,
                         name);
    if (!ca->certificates[id]) {
        secret_free(TAKE_PTR(key));
        r = x509_make_ca(authorities[id].common_name, now_ms, &ca->certificates[id], &key, e);
        if (r == 0)
            r = write_pair(ca, name, "crt", ca->certificates[id], key, e);
        if (r < 0)
            return r;
    }
    r = x509_ca_load(ca->certificates[id], key, &ca->signers[id], e);
    if (r < 0)
        (void)error_wrap(e, "%s/%s", ca->folder, name);
    return r;
}

static int open_service_account_pair(struct ca *ca, struct error *e)
{
    _cleanup_secret_ char *key = NULL;
    _cleanup_free_ char *public = NULL;
    int r = read_pem(ca, "ca/sa", "key", &key, e);

    if (r == 0)
        r = read_pem(ca, "ca/sa", "pub", &public, e);
    if (r < 0)
        return r;
    if (public && !key)
        return error_set(e, -ENOKEY, "%s/ca/sa.key is missing: restore it from the backup",
                         ca->folder);
    if (public)
        return 0;
    secret_free(TAKE_PTR(key));
    r = x509_make_rsa_pair(&key, &public, e);
    return r < 0 ? r : write_pair(ca, "ca/sa", "pub", public, key, e);
}

int ca_open(const char *state_folder, uint64_t now_ms, struct ca **ret, struct error *e)
{
    _cleanup_(ca_closep) struct ca *ca = calloc(1, sizeof(*ca));
    _cleanup_free_ char *folder = path_join(state_folder, "ca");
    int r;

    if (!ca || !folder)
        return error_oom(e);
    ca->folder = strdup(state_folder);
    if (!ca->folder)
        return error_oom(e);
    r = file_make_folders(folder, 0700, e);
    for (int i = 0; i < CA_COUNT && r == 0; i++)
        r = open_authority(ca, (enum ca_id)i, now_ms, e);
    if (r == 0)
        r = open_service_account_pair(ca, e);
    if (r < 0)
        return r;
    format_hex(x509_ca_spki(ca->signers[CA_SEED]), SHA256_SIZE, ca->pin);
    *ret = TAKE_PTR(ca);
    return 0;
}

void ca_close(struct ca *ca)
{
    if (!ca)
        return;
    for (int i = 0; i < CA_COUNT; i++) {
        free(ca->certificates[i]);
        x509_ca_free(ca->signers[i]);
    }
    free(ca->folder);
    free(ca);
}

int ca_server_identity(struct ca *ca, const struct cert_profile *profile, uint64_t now_ms,
                       char **ret_certificate, char **ret_key, struct error *e)
{
    _cleanup_secret_ char *key = NULL;
    _cleanup_free_ char *certificate = NULL;
    int r = read_pem(ca, "server", "key", &key, e);

    if (r == 0)
        r = read_pem(ca, "server", "crt", &certificate, e);
    if (r < 0)
        return r;
    /* Cut off between the two files, a new key stands beside an old certificate. */
    if (!key || !certificate || !x509_is_pair(certificate, key) ||
        !x509_still_good(certificate, ca->signers[CA_SEED], profile, now_ms, RENEW_BEFORE_MS)) {
        secret_free(TAKE_PTR(key));
        free(TAKE_PTR(certificate));
        r = x509_sign_new(ca->signers[CA_SEED], profile, now_ms, &certificate, &key, e);
        if (r == 0)
            r = write_pair(ca, "server", "crt", certificate, key, e);
        if (r < 0)
            return r;
    }
    *ret_certificate = TAKE_PTR(certificate);
    *ret_key = TAKE_PTR(key);
    return 0;
}

int ca_control_plane_files(const struct ca *ca, json_t **ret, struct error *e)
{
    static const struct {
        const char *name, *suffix, *path, *mode;
    } table[] = {
        {"ca/kubernetes",  "crt", "/etc/kubernetes/pki/ca.crt",             "0644"},
        {"ca/kubernetes",  "key", "/etc/kubernetes/pki/ca.key",             "0600"},
        {"ca/front-proxy", "crt", "/etc/kubernetes/pki/front-proxy-ca.crt", "0644"},
        {"ca/front-proxy", "key", "/etc/kubernetes/pki/front-proxy-ca.key", "0600"},
        {"ca/sa",          "key", "/etc/kubernetes/pki/sa.key",             "0600"},
        {"ca/sa",          "pub", "/etc/kubernetes/pki/sa.pub",             "0644"},
        {"ca/etcd",        "crt", "/etc/kubernetes/pki/etcd/ca.crt",        "0644"},
    };
    _cleanup_json_ json_t *files = json_array();

    if (!files)
        return error_oom(e);
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        _cleanup_secret_ char *pem = NULL;
        int r = read_pem(ca, table[i].name, table[i].suffix, &pem, e);

        if (r < 0)
            return r;
        if (!pem)
            return error_set(e, -ENOKEY, "%s/%s.%s is missing: restore it from the backup",
                             ca->folder, table[i].name, table[i].suffix);
        if (json_array_append_new(files, json_pack("{s:s, s:s, s:s}", "path", table[i].path, "mode",
                                                   table[i].mode, "text", pem)) < 0)
            return error_oom(e);
    }
    *ret = json_pack("{s:O}", "files", files);
    return *ret ? 0 : error_oom(e);
}
