/* SPDX-License-Identifier: Apache-2.0 */
/* A node config, and after the first NUL byte the files that are there when the machine is held
 * against it (files.h: pieces). A server that is broken, or older, or newer, must not break a node.
 */
#include "bootstrap/artifact.h"
#include "bootstrap/certs.h"
#include "bootstrap/control_plane.h"
#include "bootstrap/disk_plan.h"
#include "bootstrap/etcd.h"
#include "bootstrap/files.h"
#include "bootstrap/host.h"
#include "bootstrap/journal.h"
#include "bootstrap/kube_api.h"
#include "bootstrap/kubelet.h"
#include "bootstrap/network.h"
#include "bootstrap/node.h"
#include "bootstrap/step_log.h"
#include "tests/fuzz/files.h"

#define CONFIG_MAX (256 * 1024)
#define ROOT "tests/fuzz/machine"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void read_control_plane(struct context *c)
{
    struct control_plane cp;
    struct error e = ERROR_INIT;

    if (control_plane_read(c, &cp, &e) < 0) {
        must(e.message[0] != '\0');
        return;
    }
    must(cp.timeout_ms > 0);
    for (size_t i = 0; i < kubeadm_phase_count; i++) {
        _cleanup_free_ char *skips = NULL;

        (void)!kubeadm_skips(&kubeadm_phases[i], cp.version, &skips, &e); /* odd versions */
    }
}

static void read_parts(struct context *c)
{
    struct error e = ERROR_INIT, other = ERROR_INIT;
    struct etcd etcd;
    struct node node;

    if (etcd_read(c, &etcd, &e) == 0)
        must(json_is_array(etcd.files) && json_is_array(etcd.certificates) && etcd.unit &&
             etcd.member && etcd.data_dir && etcd.user && etcd.home && etcd.url && etcd.ca &&
             etcd.cert && etcd.key);
    else
        must(e.message[0] != '\0');
    if (node_read(c, &node, &other) == 0)
        must(node.name && node.api && node.ca && node.cert && node.key && node.pod_cidr &&
             node.timeout_ms > 0 && node.timeout_ms % 1000 == 0);
    else
        must(other.message[0] != '\0');
}

/* Files and certificates of each part, and where each object lives. */
static void check_parts(struct context *c)
{
    static const char *const parts[] = {"control_plane", "etcd", "kubelet"};
    json_t *addon, *object;
    struct error e = ERROR_INIT;
    bool same, brings;
    size_t i, k;

    for (i = 0; i < ARRAY_SIZE(parts); i++) {
        json_t *part = json_object_get(c->config, parts[i]);

        (void)!files_check(c, json_object_get(part, "files"), &same, &e);
        (void)!certs_check(c, json_object_get(part, "certificates"), &same, &e);
    }
    (void)!kubelet_brings_runtime(c, &brings, &e);
    json_array_foreach(json_object_get(c->config, "addons"), i, addon)
    {
        json_array_foreach(json_object_get(addon, "objects"), k, object)
        {
            char path[300];

            if (kube_path(NULL, object, path, sizeof(path), &e) == 0)
                must(path[0] == '/' && strlen(path) < sizeof(path));
        }
    }
}

static void check_host(struct context *c)
{
    static host_part *const all[] = {host_name, host_hosts,   host_modules, host_sysctls,
                                     host_swap, host_network, host_routes,  host_time,
                                     host_ssh,  host_identity};

    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        struct error e = ERROR_INIT;
        bool same = true;

        (void)!all[i](c, false, &same, &e); /* looks, and changes nothing */
    }
}

static void read_lists(const json_t *config)
{
    struct artifact *artifacts = NULL;
    struct disk_want *wants = NULL;
    struct error e = ERROR_INIT;
    struct network network;
    size_t n;

    if (artifacts_parse(json_object_get(config, "artifacts"), &artifacts, &n, &e) == 0)
        free(artifacts);
    if (disk_wants_parse(json_object_get(config, "disks"), &wants, &n, &e) == 0)
        free(wants);
    (void)!network_parse(json_object_get(json_object_get(config, "system"), "network"), &network,
                         &e);
}

/* What steps have: a log, which is in memory until a step ends, and a journal, as of a first boot.
 */
static void begin(struct context *c)
{
    static struct step_log *log;
    static struct journal *journal;
    struct error e = ERROR_INIT;

    if (!log) {
        files_are(NULL, 0);
        must(step_log_new(ROOT, &log, &e) == 0 &&
             journal_open("journal.json", &journal, NULL, &e) == 0);
    }
    step_log_begin(log, STEP_HOST);
    c->log = log;
    c->journal = journal;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
    size_t len = nul ? (size_t)(nul - data) : size;
    struct context c = {.root = ROOT, .ip = ""};
    _cleanup_json_ json_t *config = NULL;
    struct error e = ERROR_INIT;
    const char *name;

    begin(&c);
    files_are_pieces(nul ? nul + 1 : data, nul ? size - len - 1 : 0);
    if (json_parse((const char *)data, len, CONFIG_MAX, &config, &e) < 0)
        return 0;
    name = json_string_value(json_object_get(json_object_get(config, "host"), "name"));
    (void)snprintf(c.host, sizeof(c.host), "%s", name ? name : "");
    if (context_set_config(&c, config, &e) < 0) {
        must(e.message[0] != '\0');
        return 0;
    }
    must(c.roles != 0 && c.ip);
    read_lists(config);
    read_control_plane(&c);
    read_parts(&c);
    check_parts(&c);
    check_host(&c);
    context_done(&c);
    return 0;
}
