/* SPDX-License-Identifier: Apache-2.0 */
#include "master_certs.h"

#include "certs.h"
#include "common/file.h"
#include "common/log.h"
#include "crypto.h"
#include "cut.h"
#include "kubeconfig.h"
#include "unit.h"

#define KUBERNETES "/etc/kubernetes/"
#define PKI KUBERNETES "pki/"
#define PEM_MAX (64 * 1024)
#define RENEW_MS ((uint64_t)5 * 60 * 1000)
#define CTR_MS ((uint64_t)2 * 60 * 1000)
#define STATIC_PODS "static-pods" /* of the journal's intent to restart them, see unit.h */
#define CONTAINERD_SOCKET "/run/containerd/containerd.sock"
#define LIST_MAX ((size_t)1024 * 1024)
#define CTR_ARGS 5 /* before its own words */
#define CTR_WORDS 6

static const struct item {
    const char *name;       /* kubeadm's, of `certs renew` */
    const char *file, *key; /* key NULL: file is a kubeconfig, which has both */
    const char *ca;
    bool optional;
} items[] = {
    {"apiserver",                PKI "apiserver.crt",                  PKI "apiserver.key",          PKI "ca.crt", false},
    {"apiserver-kubelet-client", PKI "apiserver-kubelet-client.crt",
     PKI "apiserver-kubelet-client.key",                                                             PKI "ca.crt", false},
    {"front-proxy-client",       PKI "front-proxy-client.crt",         PKI "front-proxy-client.key",
     PKI "front-proxy-ca.crt",                                                                                     false},
    {"admin.conf",               KUBERNETES "admin.conf",              NULL,                         PKI "ca.crt", false},
    {"controller-manager.conf",  KUBERNETES "controller-manager.conf", NULL,                         PKI "ca.crt", false},
    {"scheduler.conf",           KUBERNETES "scheduler.conf",          NULL,                         PKI "ca.crt", false},
    {"super-admin.conf",         KUBERNETES "super-admin.conf",        NULL,                         PKI "ca.crt",
     true                                                                                                               }, /* from 1.29 on */
};

static int read_pair(struct context *c, const struct item *item, struct kubeconfig *ret,
                     struct error *e)
{
    int r;

    if (!item->key)
        return kubeconfig_read(c, item->file, ret, e);
    r = context_read(c, item->file, PEM_MAX, &ret->certificate, NULL, e);
    return r < 0 ? r : context_read(c, item->key, PEM_MAX, &ret->key, NULL, e);
}

/* The item's certificate. -ENOENT when a file is not there, -ENODATA when it is no file of
 * kubeadm's, -EBADMSG when it is not whole; others when that could not be found out. */
static int load(struct context *c, const struct item *item, struct certificate **ret,
                struct error *e)
{
    _cleanup_(certificate_freep) struct certificate *certificate = NULL;
    _cleanup_kubeconfig_ struct kubeconfig pair = {.ca = NULL};
    _cleanup_(key_freep) struct key *key = NULL;
    struct error why = ERROR_INIT;
    int r = read_pair(c, item, &pair, &why);

    if (r == -ENOENT || r == -ENODATA || r == -ENOMEM || r == -EIO)
        return error_set(e, r, "%s", why.message);
    if (r < 0 || (r = certificate_read(pair.certificate, &certificate, &why)) < 0 ||
        (r = key_read(pair.key, &key, &why)) < 0 ||
        (r = certificate_check(certificate, key, NULL, &why)) < 0)
        return error_set(e, -EBADMSG, "%s is not whole: %s", item->file, why.message);
    *ret = TAKE_PTR(certificate);
    return 0;
}

int master_certs_check(struct context *c, struct error *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
        _cleanup_(certificate_freep) struct certificate *certificate = NULL;
        struct error why = ERROR_INIT;
        int r = load(c, &items[i], &certificate, &why);

        if (r == 0 || r == -ENODATA || (r == -ENOENT && items[i].optional))
            continue;
        return error_set(e, r == -EBADMSG ? -ENOENT : r, "%s", why.message);
    }
    return 0;
}

static int set_aside(struct context *c, const char *path, struct error *e)
{
    _cleanup_free_ char *full = path ? context_path(c, path) : NULL;
    int r;

    if (!path)
        return 0;
    r = full ? file_set_aside(full, e) : error_oom(e);
    return r == -ENOENT ? 0 : r;
}

int master_certs_clear(struct context *c, struct error *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
        _cleanup_(certificate_freep) struct certificate *certificate = NULL;
        struct error why = ERROR_INIT;
        int r = load(c, &items[i], &certificate, &why);

        if (r == 0 || r == -ENODATA)
            continue;
        if (r == -EBADMSG)
            step_note(c, "%s: set aside as .broken, and made anew", why.message);
        else if (r != -ENOENT)
            return error_set(e, r, "%s", why.message);
        /* also half of a pair */
        if ((r = set_aside(c, items[i].file, e)) < 0 || (r = set_aside(c, items[i].key, e)) < 0)
            return r;
    }
    return 0;
}

/* ---- renewing ---- */

static int is_of_ca(struct context *c, const struct item *item,
                    const struct certificate *certificate, bool *ret, struct error *e)
{
    _cleanup_(certificate_freep) struct certificate *ca = NULL;
    _cleanup_free_ char *pem = NULL;
    int r = context_read(c, item->ca, PEM_MAX, &pem, NULL, e);

    if (r < 0)
        return r;
    r = certificate_read(pem, &ca, e);
    if (r < 0)
        return error_wrap(e, "%s", item->ca);
    *ret = certificate_check(certificate, NULL, ca, NULL) == 0;
    return 0;
}

/* ret[i]: is that one kubeadm's? One of another CA is the administrator's own, and left alone. */
static int look(struct context *c, const struct control_plane *cp, bool ret[ARRAY_SIZE(items)],
                uint64_t *ret_due_ms, struct error *e)
{
    uint64_t first = UINT64_MAX;

    for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
        _cleanup_(certificate_freep) struct certificate *certificate = NULL;
        int r = load(c, &items[i], &certificate, e);
        uint64_t ms;

        ret[i] = false;
        if (r == -ENODATA || (r == -ENOENT && items[i].optional))
            continue;
        if (r < 0 || (r = is_of_ca(c, &items[i], certificate, &ret[i], e)) < 0)
            return r;
        ms = certificate_kubeadm_due_ms(certificate, cp->certificate_life_s);
        if (ret[i] && ms < first)
            first = ms;
    }
    *ret_due_ms = first;
    return 0;
}

/* `kubeadm certs` was `kubeadm alpha certs` before 1.20. */
static int run_kubeadm(struct context *c, const struct control_plane *cp, const char *name,
                       struct error *e)
{
    const char *argv[] = {cp->kubeadm, "alpha",    "certs",    "renew",
                          name,        "--config", cp->config, NULL};
    unsigned minor;

    if (sscanf(cp->version, "%*u.%u", &minor) != 1)
        return error_set(e, -EINVAL, "kubernetes_version %s: expected such as 1.20.2", cp->version);
    if (minor < 20)
        return step_run_program(c, argv, RENEW_MS, NULL, e);
    argv[1] = cp->kubeadm;
    return step_run_program(c, argv + 1, RENEW_MS, NULL, e);
}

static int renew(struct context *c, const struct control_plane *cp,
                 const bool ours[ARRAY_SIZE(items)], struct error *e)
{
    log_info("kubeadm renews the certificates of the control plane");
    for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
        int r = ours[i] ? run_kubeadm(c, cp, items[i].name, e) : 0;

        if (r < 0)
            return error_wrap(e, "kubeadm certs renew %s", items[i].name);
        cut_here("certificates", items[i].name);
    }
    return control_plane_sync(c, e);
}

/* ---- static pods ---- */

static bool has_line(const char *lines, const char *word, size_t len)
{
    for (const char *at = lines; (at = strstr(at, word)); at++) {
        bool begins = at == lines || at[-1] == '\n';

        if (begins && (at[len] == '\n' || !at[len]))
            return true;
    }
    return false;
}

/* "TASK PID STATUS" and then such lines; one column more or less is no matter. */
int master_certs_each_running(const char *containers, const char *tasks,
                              int (*call)(const char *id, void *userdata), void *userdata)
{
    _cleanup_free_ char *copy = strdup(tasks);
    char *rest = copy, *line;

    if (!copy)
        return -ENOMEM;
    while ((line = strsep(&rest, "\n"))) {
        size_t len = strcspn(line, " \t");
        bool runs = strstr(line + len, "RUNNING") != NULL;
        int r;

        line[len] = '\0';
        if (!len || !runs || !has_line(containers, line, len))
            continue;
        r = call(line, userdata);
        if (r < 0)
            return r;
    }
    return 0;
}

struct ctr {
    struct context *c;
    struct error *e;
    char *socket;
    size_t ended;
};

/* ctr with the words, of which there are n. */
static int run_ctr(const struct ctr *ctr, const char *const *words, size_t n, struct buf *output)
{
    const char *argv[CTR_ARGS + CTR_WORDS + 1] = {"ctr", "-a", ctr->socket, "-n", "k8s.io"};

    for (size_t i = 0; i < n && i < CTR_WORDS; i++)
        argv[CTR_ARGS + i] = words[i];
    return step_run_program(ctr->c, argv, CTR_MS, output, ctr->e);
}

static int end_one(const char *id, void *userdata)
{
    const char *const words[] = {"tasks", "kill", "--signal", "SIGTERM", id};
    struct ctr *ctr = userdata;

    ctr->ended++;
    return run_ctr(ctr, words, ARRAY_SIZE(words), NULL);
}

/* The kubelet starts a static pod's container again when it ends, whatever it ended by. */
static int restart_static_pods(struct context *c, struct error *e)
{
    static const char *const list[] = {
        "containers",
        "ls",
        "-q",
        /* one of these */
        "labels.\"io.kubernetes.container.name\"==kube-apiserver",
        "labels.\"io.kubernetes.container.name\"==kube-controller-manager",
        "labels.\"io.kubernetes.container.name\"==kube-scheduler",
    };
    static const char *const list_tasks[] = {"tasks", "ls"};
    _cleanup_buf_ struct buf containers = BUF_INIT(LIST_MAX), tasks = BUF_INIT(LIST_MAX);
    _cleanup_free_ char *socket = context_path(c, CONTAINERD_SOCKET);
    struct ctr ctr = {.c = c, .e = e, .socket = socket};
    int r;

    if (!socket)
        return error_oom(e);
    buf_add_str(&containers, "");
    buf_add_str(&tasks, "");
    if ((r = run_ctr(&ctr, list, ARRAY_SIZE(list), &containers)) < 0 ||
        (r = run_ctr(&ctr, list_tasks, ARRAY_SIZE(list_tasks), &tasks)) < 0)
        return r;
    if (buf_check(&containers) < 0 || buf_check(&tasks) < 0)
        return error_oom(e);
    r = master_certs_each_running(containers.data, tasks.data, end_one, &ctr);
    if (r < 0)
        return r == -ENOMEM ? error_oom(e) : r;
    log_info("restarted %zu containers of static pods for their new certificates", ctr.ended);
    return 0;
}

bool master_certs_pending(const struct context *c)
{
    return unit_is_to_restart(c, STATIC_PODS);
}

int master_certs_renew(struct context *c, const struct control_plane *cp, uint64_t *ret_due_ms,
                       struct error *e)
{
    bool pending = master_certs_pending(c), ours[ARRAY_SIZE(items)];
    int r = look(c, cp, ours, ret_due_ms, e);

    if (r < 0 || (*ret_due_ms > 0 && !pending))
        return r;
    if (!pending && (r = unit_will_restart(c, STATIC_PODS, e)) < 0)
        return r;
    if (*ret_due_ms == 0) {
        if ((r = renew(c, cp, ours, e)) < 0 || (r = look(c, cp, ours, ret_due_ms, e)) < 0)
            return r;
        if (*ret_due_ms == 0)
            return error_set(e, -EIO,
                             "kubeadm reported success, but certificates are as old as before");
    }
    r = restart_static_pods(c, e);
    return r < 0 ? r : unit_restarted(c, STATIC_PODS, e);
}
