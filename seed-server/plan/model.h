/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdatomic.h>

#include "arena.h"
#include "artifacts.h"
#include "digest.h"
#include "index.h"
#include "plan.h"

/* What a plan is made of, for this folder alone. Texts live in the plan's arena, values (json_t)
 * are references that the plan owns. */

struct storage {
    struct {
        bool enabled, is_default;
        bool by_nodeseed; /* no provisioner runs: nodeseed makes the PersistentVolumes */
        const char *class, *namespace, *base_dir, *maker;
    } local;
    struct {
        bool enabled, is_default;
        bool is_csi; /* the provisioner is a CSI driver, which mounts volumes by itself */
        const char *class, *provisioner, *cluster_id, *monitors, *admin_id, *admin_secret, *pool,
            *user_id, *user_secret, *fs_type, *image_format, *image_features;
    } ceph;
    struct {
        bool enabled, is_default, auth;
        const char *class, *url, *cluster_id, *user, *secret_name, *volume_type, *key;
        uint64_t gid_min, gid_max;
    } gluster;
};

/* Images that pods name, beside those of Kubernetes' own version; see image_names.h. */
enum plan_image {
    IMAGE_CALICO_NODE,
    IMAGE_CALICO_CNI,
    IMAGE_CALICO_CONTROLLERS,
    IMAGE_COREDNS,
    IMAGE_PAUSE,
    IMAGE_LOCAL_PROVISIONER,
    IMAGE_COUNT
};

/* The cluster's variables, with their defaults. */
struct cluster {
    const char *id;
    const char *version; /* "1.20.2" */
    unsigned minor;      /* 20 */
    struct ip_network services, pods;
    const char *services_text, *pods_text;
    unsigned node_prefix, max_pods;
    bool is_bridge; /* or calico */
    const char *dns_domain, *dns_address;
    const char *proxy_mode, *image_repo;
    const char *endpoint_name, *lb_address; /* lb_address: NULL without a load balancer */
    unsigned api_port, lb_port;
    json_t *certificate_names; /* list of texts, or NULL */
    const char *etcd_data_dir;
    unsigned etcd_heartbeat, etcd_election;
    unsigned master_memory, node_memory; /* MB */
    const char *install_consoles;        /* seed_console's default, for machines nobody knows */
    const char *calico_version, *calico_pool, *calico_ipip, *calico_to_host;
    unsigned calico_mtu, calico_as;
    double factor;
    uint64_t certificate_life_s;
    bool certificates_short; /* seed_certificate_life is set: what others sign lives so long, too */
    unsigned addon_timeout_s; /* the factor is in it */
    const char *images[IMAGE_COUNT];
    bool image_named[IMAGE_COUNT]; /* a variable says where it comes from */
    bool install_clients;          /* cloud-init installs what storage classes need of the OS */
    struct storage storage;
};

/* How a host with seed_boot=pxe is installed; NULLs for others. */
struct install {
    const char *match_kind, *match_id; /* seed_install_disk: "serial", "OS1" */
    const struct artifact *image;      /* seed_install_image */
    const char *consoles;              /* seed_console, or its default */
};

struct host {
    struct plan_host pub;
    const char *node_user;               /* "system:node:NAME"; pub.name is its end */
    const char *labels, *taints, *flags; /* for the kubelet's command line; NULL: none */
    const char *gateway, *pod_gateway, *access_ip;
    json_t *dns, *ntp; /* lists of texts, or NULL */
    json_t *ssh_keys;  /* the same: seed_ssh_keys */
    const char *ssh_user;
    json_t *disks;    /* seed_data_disks as written, or NULL */
    const char *bond; /* "bond" of its config as JSON text, or NULL */
    struct install install;
    size_t inventory_index;
    unsigned prefix;    /* 0: the address comes from DHCP */
    unsigned prototype; /* its number + 1; 0: none. See render_prototype.c */
};

struct allotment {
    const char *key, *value;
    bool added;
};

#define ROLES 3                 /* etcd, master, node: the bits in their order */
#define ROLE_SETS (1u << ROLES) /* an index by a host's role bits */
#define ROLE_KUBELET (ROLE_MASTER | ROLE_NODE)

struct role_list {
    size_t *hosts, n;
};

/* Parts of configs that many hosts share, made once: see render_shared.c. */
struct shared {
    char digest[ROLE_SETS][DIGEST_TEXT_SIZE], addons_digest[DIGEST_TEXT_SIZE];
    json_t *cluster;
    json_t *role_names[ROLE_SETS], *system_hosts[ROLE_SETS], *modules[ROLE_SETS];
    json_t *sysctls[ROLE_SETS], *artifacts[ROLE_SETS], *clients[ROLE_SETS];
    json_t *kubelet_files, *kubelet_certificates, *kubelet_runtime;
    json_t *etcd_files, *etcd_certificates, *etcd_health, *etcd_user;
    json_t *etcd_config; /* all members' configuration, but for what is a member's own */
    json_t *master_certificates;
    const char *kubeadm_cluster; /* ClusterConfiguration as JSON text */
    const char *kubelet_args;    /* the flags that all have */
    const char *cni_folder;      /* of the CNI plugins; there once the artifacts are */
    json_t *own_addons, *addons; /* without conf/addons, and with them */
};

struct prototypes {
    struct prototype *items;
    size_t n;
};

struct plan {
    atomic_uint references;
    struct arena arena;
    char id[DIGEST_TEXT_SIZE];
    struct cluster cluster;
    struct plan_settings settings;
    const char *server_url, *server_tls_url, *ca_pin;

    struct host *hosts;
    size_t n_hosts;
    struct index by_name, by_mac, by_uuid, by_serial;
    struct role_list roles[ROLES];

    struct artifact *artifacts;
    struct plan_artifact *served;
    size_t n_artifacts;

    json_t *manifests; /* conf/addons, see addons.h */

    struct allotment *allotments;
    size_t n_allotments, n_added;
    bool etcd_formed;

    struct shared shared;
    struct prototypes prototypes;
};

static inline const struct role_list *role_hosts(const struct plan *p, enum role role)
{
    return &p->roles[role == ROLE_ETCD ? 0 : role == ROLE_MASTER ? 1 : 2];
}

/* The artifact of kind boot of that name, or NULL. */
const struct artifact *plan_boot_file(const struct plan *p, const char *name);
/* The artifact that is the image of a component, or NULL. */
const struct artifact *plan_image_of(const struct plan *p, const char *component);
/* The artifact of kind binary of that name, or NULL. */
const struct artifact *plan_binary(const struct plan *p, const char *name);
/* Where the artifact of that name is installed, or otherwise. */
const char *plan_program(const struct plan *p, const char *name, const char *otherwise);
