/* SPDX-License-Identifier: Apache-2.0 */
#include "control_plane.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

#include "cert_life.h"
#include "certs.h"
#include "common/clock.h"
#include "common/file.h"
#include "cut.h"
#include "files.h"
#include "kubelet.h"
#include "master_certs.h"
#include "seed_client.h"
#include "steps.h"

#define SECRETS "/v1/secrets/control-plane"
#define SECRETS_MAX ((size_t)256 * 1024)
#define PEM_MAX (64 * 1024)
#define KUBERNETES_FOLDER "/etc/kubernetes"
#define CA_PATH KUBERNETES_FOLDER "/pki/ca.crt"
#define KUBEADM_MS ((uint64_t)10 * 60 * 1000)
#define POLL_MS 1000
#define NOTE_EVERY_MS 30000

static int read_flags(const json_t *cp, const char **ret, struct error *e)
{
    const json_t *flags = json_object_get(cp, "kubeadm_flags"), *flag;
    size_t i;

    if (flags && (!json_is_array(flags) || json_array_size(flags) > KUBEADM_FLAGS_MAX))
        return error_set(e, -EINVAL, "kubeadm_flags is not a list of at most %d texts",
                         KUBEADM_FLAGS_MAX);
    json_array_foreach(flags, i, flag)
    {
        ret[i] = json_string_value(flag);
        if (!ret[i])
            return error_set(e, -EINVAL, "kubeadm_flags: item %zu is not a text", i);
    }
    return 0;
}

int control_plane_read(struct context *c, struct control_plane *ret, struct error *e)
{
    json_t *cp, *node, *cluster;
    int64_t timeout_s;
    int r;

    *ret = (struct control_plane){0};
    if ((r = json_get_object(c->config, "cluster", &cluster, e)) < 0 ||
        (r = json_get_string(cluster, "kubernetes_version", &ret->version, e)) < 0 ||
        (r = json_get_object(c->config, "node", &node, e)) < 0 ||
        (r = json_get_string(node, "name", &ret->node, e)) < 0 ||
        (r = json_get_object(c->config, "control_plane", &cp, e)) < 0 ||
        (r = json_get_array(cp, "files", &ret->files, e)) < 0 ||
        (r = json_get_array(cp, "certificates", &ret->certificates, e)) < 0 ||
        (r = json_get_string(cp, "kubeadm", &ret->kubeadm, e)) < 0 ||
        (r = json_get_string(cp, "kubeadm_config", &ret->config, e)) < 0 ||
        (r = read_flags(cp, ret->flags, e)) < 0 ||
        (r = json_get_string(cp, "api", &ret->api, e)) < 0 ||
        (r = json_get_string(cp, "ca", &ret->ca, e)) < 0 ||
        (r = json_get_string(cp, "admin_kubeconfig", &ret->admin, e)) < 0 ||
        (r = json_get_int(cp, "timeout_s", &timeout_s, e)) < 0 ||
        (r = json_get_int_or(cp, "certificate_life_s", CERT_KUBEADM_LIFE_S,
                             &ret->certificate_life_s, e)) < 0)
        return error_wrap(e, "node config: control_plane");
    if (timeout_s <= 0 || timeout_s > INT32_MAX || ret->certificate_life_s <= 0 ||
        ret->certificate_life_s > INT32_MAX)
        return error_set(e, -EINVAL,
                         "node config: control_plane: timeout_s and certificate_life_s must be "
                         "positive, and at most %d",
                         INT32_MAX);
    ret->timeout_ms = (uint64_t)timeout_s * 1000;
    return 0;
}

/* ---- the keys of the cluster's CAs ---- */

/* A CA that is here already must be the cluster's: another one means that this machine is part of
 * another cluster, or that the taskbox lost its own. */
static int check_ca(struct context *c, json_t *files, struct error *e)
{
    _cleanup_free_ char *path = context_path(c, CA_PATH), *text = NULL;
    const json_t *file;
    size_t i, len;
    int r;

    if (!path)
        return error_oom(e);
    r = file_read(AT_FDCWD, path, PEM_MAX, &text, &len, e);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    json_array_foreach(files, i, file)
    {
        const char *name = json_string_value(json_object_get(file, "path"));
        const char *ours = json_string_value(json_object_get(file, "text"));

        if (name && ours && !strcmp(name, CA_PATH) && strcmp(ours, text) != 0)
            return error_set(e, -EPERM,
                             "%s is not this cluster's CA: reinstall this machine, or give the "
                             "taskbox its old state back",
                             path);
    }
    return 0;
}

static int fetch_secrets(struct context *c, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL;
    json_t *files;
    int r;

    step_progress(c, -1, "getting the cluster's CAs");
    if ((r = seed_client_get(c->client, SECRETS, SECRETS_MAX, &answer, e)) < 0 ||
        (r = json_get_array(answer, "files", &files, e)) < 0)
        return error_wrap(e, SECRETS);
    r = check_ca(c, files, e);
    return r < 0 ? r : files_write(c, files, NULL, e);
}

/* Is what kubeadm made of the CAs here, and are they? Then their keys need not be asked for again:
 * a master that starts anew comes up without the taskbox. */
static bool has_secrets(struct context *c, const struct control_plane *cp)
{
    static const char *const paths[] = {
        CA_PATH,
        "/etc/kubernetes/pki/ca.key",
        "/etc/kubernetes/pki/front-proxy-ca.crt",
        "/etc/kubernetes/pki/front-proxy-ca.key",
        "/etc/kubernetes/pki/sa.key",
        "/etc/kubernetes/pki/sa.pub",
        "/etc/kubernetes/pki/etcd/ca.crt",
    };

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        _cleanup_free_ char *path = context_path(c, paths[i]);

        if (!path || access(path, F_OK) < 0)
            return false;
    }
    return kubeadm_phases[0].verify(c, cp, NULL, NULL) == 0;
}

/* ---- kubeadm ---- */

static int run_kubeadm(struct context *c, const struct control_plane *cp,
                       const struct kubeadm_phase *phase, struct error *e)
{
    _cleanup_free_ char *skips = NULL;
    int r = kubeadm_skips(phase, cp->version, &skips, e);

    if (r < 0)
        return r;
    /* the token that it makes goes nowhere, also not into the step's log */
    const char *argv[6 + KUBEADM_FLAGS_MAX + 1] = {
        cp->kubeadm, "init", "--config", cp->config, "--skip-token-print", skips};

    memcpy(argv + 6, cp->flags, sizeof(cp->flags));

    r = step_run_program(c, argv, KUBEADM_MS, NULL, e);
    return r < 0 ? error_wrap(e, "phase %s", phase->name) : 0;
}

static int run_phase(struct context *c, const struct control_plane *cp,
                     const struct kubeadm_phase *phase, struct kube_api *api, struct error *e)
{
    struct error failed = ERROR_INIT, missing = ERROR_INIT;
    int r = phase->verify(c, cp, api, &missing);

    if (r == 0)
        return 0;
    if (r != -ENOENT)
        return error_set(e, r, "phase %s: %s", phase->name, missing.message);
    step_progress(c, -1, "%s", phase->does);
    if (phase->prepare && (r = phase->prepare(c, e)) < 0)
        return r;
    r = run_kubeadm(c, cp, phase, &failed);
    cut_here("control-plane", phase->name);
    /* results count, whatever the exit code says */
    if (phase->verify(c, cp, api, &missing) == 0)
        return phase->finish ? phase->finish(c, e) : 0;
    if (r < 0)
        return error_set(e, r, "%s", failed.message);
    return error_set(e, -EIO, "phase %s: kubeadm reported success, but %s", phase->name,
                     missing.message);
}

int control_plane_sync(struct context *c, struct error *e)
{
    _cleanup_free_ char *folder = context_path(c, KUBERNETES_FOLDER);

    return folder ? file_sync_filesystem_of(AT_FDCWD, folder, e) : error_oom(e);
}

/* Only what an earlier attempt at this left in halves is made anew beside a running control plane:
 * kubeadm writes the manifests with it. */
int control_plane_renew(struct context *c, const struct control_plane *cp, uint64_t *ret_due_ms,
                        struct error *e)
{
    int r = master_certs_pending(c) ? run_phase(c, cp, &kubeadm_phases[0], NULL, e) : 0;

    return r < 0 ? r : master_certs_renew(c, cp, ret_due_ms, e);
}

/* ---- waiting ---- */

static void note_kubelet(struct context *c)
{
    const char *const argv[] = {"journalctl", "--no-pager", "-n",      "60", "-o",
                                "cat",        "-u",         "kubelet", NULL};
    struct error ignored = ERROR_INIT;

    /* for whoever reads the log; the reason that counts is in the error already */
    if (!c->root[0] && step_run_program(c, argv, 30000, NULL, &ignored) < 0)
        step_note(c, "%s", ignored.message);
}

/* The last line that a static pod's container wrote, without the runtime's own fields before it
 * ("TIME stderr F "): the one place that says why an API server does not come up. "" when there is
 * none. */
static void last_pod_line(struct context *c, const char *pod, char *ret, size_t size)
{
    _cleanup_free_ char *pattern = NULL, *folder = context_path(c, "/var/log/pods");
    char tail[2048];
    const char *newest = NULL, *line;
    glob_t found = {.gl_pathc = 0};
    time_t newest_time = 0;
    ssize_t n = -1;
    int fd;

    ret[0] = '\0';
    if (!folder || asprintf(&pattern, "%s/kube-system_%s-*/%s/*.log", folder, pod, pod) < 0) {
        pattern = NULL;
        return;
    }
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct stat st;

        if (stat(found.gl_pathv[i], &st) == 0 && st.st_size > 0 && st.st_mtime >= newest_time) {
            newest = found.gl_pathv[i];
            newest_time = st.st_mtime;
        }
    }
    fd = newest ? open(newest, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        off_t end = lseek(fd, 0, SEEK_END);

        n = pread(fd, tail, sizeof(tail) - 1,
                  end > (off_t)sizeof(tail) ? end - (off_t)sizeof(tail) + 1 : 0);
        (void)close(fd); /* was only read */
    }
    globfree(&found);
    while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == ' '))
        n--;
    if (n <= 0)
        return;
    tail[n] = '\0';
    line = strrchr(tail, '\n');
    line = line ? line + 1 : tail;
    for (int fields = 0; fields < 3 && strchr(line, ' '); fields++)
        line = strchr(line, ' ') + 1;
    (void)snprintf(ret, size, "%.*s", (int)size - 1, line); /* cut short is fine */
}

/* Polls until ask answers 0. What is only on its way up passes; the deadline is the plan's. */
static int wait_until(struct context *c, const struct control_plane *cp, const char *what,
                      int (*ask)(const struct control_plane *cp, struct kube_api *api,
                                 struct error *e),
                      struct kube_api *api, struct error *e)
{
    uint64_t began_ms = clock_monotonic_ms(), note_ms = NOTE_EVERY_MS;

    for (;;) {
        uint64_t waited_ms = clock_monotonic_ms() - began_ms;
        struct error why = ERROR_INIT;
        int r = ask(cp, api, &why);

        if (r == 0)
            return 0;
        if (!local_error_passes(r) && r != -ENOENT && r != -EACCES)
            return error_set(e, r, "%s", why.message);
        if (waited_ms > cp->timeout_ms) {
            note_kubelet(c);
            return error_set(e, -ETIMEDOUT, "%s is not there after %llu s: %s", what,
                             (unsigned long long)waited_ms / 1000, why.message);
        }
        step_progress(c, (int)(waited_ms * 90 / cp->timeout_ms), "waiting for %s, %llu s", what,
                      (unsigned long long)waited_ms / 1000);
        if (waited_ms >= note_ms) {
            char line[256];

            note_ms += NOTE_EVERY_MS;
            last_pod_line(c, "kube-apiserver", line, sizeof(line));
            step_note(c, "%s: %s; kube-apiserver: %s", what, why.message,
                      line[0] ? line : "(nothing)");
        }
        step_wait(c, POLL_MS);
    }
}

static int ask_ready(const struct control_plane *cp, struct kube_api *api, struct error *e)
{
    (void)cp;
    return kube_ready(api, e);
}

static int ask_node(const struct control_plane *cp, struct kube_api *api, struct error *e)
{
    _cleanup_json_ json_t *node = NULL;
    _cleanup_free_ char *path = NULL;

    if (asprintf(&path, "/api/v1/nodes/%s", cp->node) < 0) {
        path = NULL;
        return error_oom(e);
    }
    return kube_get(api, path, &node, e);
}

/* ---- the step ---- */

int control_plane_is_done(struct context *c, bool *ret, struct error *e)
{
    _cleanup_kube_api_ struct kube_api api = {.server = NULL};
    struct control_plane cp;
    struct error ignored = ERROR_INIT;
    int r;

    *ret = false;
    if ((r = control_plane_read(c, &cp, e)) < 0 || (r = files_check(c, cp.files, ret, e)) < 0 ||
        !*ret || (r = certs_check(c, cp.certificates, ret, e)) < 0 || !*ret ||
        (r = kubelet_check(c, ret, e)) < 0 || !*ret)
        return r;
    *ret = kubeadm_phases[0].verify(c, &cp, NULL, &ignored) == 0;
    if (!*ret)
        return 0;
    if ((r = kube_api_open_kubeconfig(c, cp.api, cp.admin, &api, e)) < 0)
        return r;
    *ret = kube_ready(&api, &ignored) == 0;
    return 0;
}

static int with_api(struct context *c, const struct control_plane *cp, struct error *e)
{
    _cleanup_kube_api_ struct kube_api api = {.server = NULL};
    size_t i;
    int r;

    if ((r = kube_api_open_kubeconfig(c, cp->api, cp->admin, &api, e)) < 0 ||
        (r = wait_until(c, cp, "the API server", ask_ready, &api, e)) < 0)
        return r;
    cut_here("control-plane", "ready");
    if ((r = wait_until(c, cp, "this machine's Node object", ask_node, &api, e)) < 0)
        return r;
    for (i = 1; i < kubeadm_phase_count; i++) {
        r = run_phase(c, cp, &kubeadm_phases[i], &api, e);
        if (r < 0)
            return r;
    }
    r = control_plane_delete_tokens(&api, e);
    return r < 0 ? error_wrap(e, "deleting kubeadm's bootstrap token") : 0;
}

/* Those that are good, and only due to be renewed, are no reason to wait for the taskbox: renew.c
 * asks again. */
static int obtain_certificates(struct context *c, const struct control_plane *cp, struct error *e)
{
    struct error why = ERROR_INIT;
    int r = certs_obtain(c, cp->certificates, NULL, &why);
    bool good = false;

    if (r == 0)
        return 0;
    if (r == -EAGAIN && certs_check(c, cp->certificates, &good, NULL) == 0 && good) {
        step_note(c, "%s, later again", why.message);
        return 0;
    }
    return error_set(e, r, "%s", why.message);
}

int control_plane_run(struct context *c, struct error *e)
{
    struct control_plane cp;
    uint64_t ignored_ms; /* until certificates are due: renew.c asks again */
    int r = control_plane_read(c, &cp, e);

    if (r < 0)
        return r;
    r = kubelet_claim(c, e);
    if (r == 0 && !has_secrets(c, &cp))
        r = fetch_secrets(c, e);
    if (r < 0)
        return r == -EPERM ? step_refuse(c, r) : r;
    if ((r = obtain_certificates(c, &cp, e)) < 0 || (r = files_write(c, cp.files, NULL, e)) < 0)
        return r;
    cut_here("control-plane", "secrets");
    /* the kubelet comes up while kubeadm makes what it is going to run */
    if ((r = kubelet_bring_up(c, e)) < 0)
        return r;
    cut_here("control-plane", "kubelet");
    if ((r = run_phase(c, &cp, &kubeadm_phases[0], NULL, e)) < 0 ||
        (r = master_certs_renew(c, &cp, &ignored_ms, e)) < 0)
        return r;
    return with_api(c, &cp, e);
}
