/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/json.h"

/* The one table of every variable that is read: ours (seed_…), kubespray's and KubeSphere's. The
 * README's table is `seedctl variables`, which prints it. */

enum variable_id {
    /* of a host */
    VAR_SEED_BOOT,
    VAR_SEED_MAC,
    VAR_SEED_UUID,
    VAR_SEED_SERIAL,
    VAR_SEED_TRUST,
    VAR_SEED_DATA_DISKS,
    VAR_SEED_INSTALL_DISK,
    VAR_SEED_INSTALL_IMAGE,
    VAR_SEED_CONSOLE,
    VAR_SEED_PREFIX,
    VAR_SEED_GATEWAY,
    VAR_SEED_DNS,
    VAR_SEED_MTU,
    VAR_SEED_VLAN,
    VAR_SEED_BOND,
    VAR_SEED_NTP,
    VAR_SEED_POD_GATEWAY,
    VAR_SEED_SSH_KEYS,
    VAR_SEED_SSH_USER,
    VAR_IP,
    VAR_ACCESS_IP,
    VAR_ANSIBLE_HOST,
    VAR_ANSIBLE_SSH_HOST,
    VAR_ANSIBLE_CONNECTION,
    VAR_ETCD_MEMBER_NAME,
    VAR_NODE_LABELS,
    VAR_NODE_TAINTS,
    VAR_KUBELET_CUSTOM_FLAGS,
    VAR_KUBE_OVERRIDE_HOSTNAME,
    VAR_HOST_LAST = VAR_KUBE_OVERRIDE_HOSTNAME,
    /* of the cluster */
    VAR_SEED_ARTIFACTS,
    VAR_SEED_INSTALL_PARALLEL,
    VAR_SEED_ARM_WINDOW,
    VAR_SEED_ETCD_GRACE,
    VAR_SEED_STEP_TIMEOUT,
    VAR_SEED_TIMEOUT_FACTOR,
    VAR_SEED_CERTIFICATE_DAYS,
    VAR_SEED_CERTIFICATE_LIFE,
    VAR_SEED_ADDON_TIMEOUT,
    VAR_SEED_CEPH_RBD_PROVISIONER,
    VAR_SEED_CEPH_RBD_CLUSTER_ID,
    VAR_SEED_LOCAL_VOLUMES,
    VAR_SEED_STORAGE_CLIENTS,
    VAR_KUBERNETES_VERSION,
    VAR_KUBE_VERSION,
    VAR_KUBE_SERVICE_ADDRESSES,
    VAR_KUBE_PODS_SUBNET,
    VAR_KUBE_NETWORK_NODE_PREFIX,
    VAR_KUBE_NETWORK_PLUGIN,
    VAR_DNS_DOMAIN,
    VAR_KUBELET_MAX_PODS,
    VAR_KUBE_PROXY_MODE,
    VAR_KUBE_APISERVER_PORT,
    VAR_KUBE_IMAGE_REPO,
    VAR_LOADBALANCER_APISERVER,
    VAR_APISERVER_DOMAIN_NAME,
    VAR_SUPPLEMENTARY_ADDRESSES,
    VAR_ETCD_DATA_DIR,
    VAR_ETCD_HEARTBEAT_INTERVAL,
    VAR_ETCD_ELECTION_TIMEOUT,
    VAR_MINIMAL_MASTER_MEMORY_MB,
    VAR_MINIMAL_NODE_MEMORY_MB,
    VAR_CALICO_VERSION,
    VAR_CALICO_POOL_NAME,
    VAR_CALICO_IPIP_MODE,
    VAR_IPIP_MODE,
    VAR_CALICO_MTU,
    VAR_GLOBAL_AS_NUM,
    VAR_CALICO_ENDPOINT_TO_HOST,
    VAR_QUAY_IMAGE_REPO,
    VAR_CALICO_NODE_IMAGE_REPO,
    VAR_CALICO_NODE_IMAGE_TAG,
    VAR_CALICO_NODE_DIGEST,
    VAR_CALICO_CNI_IMAGE_REPO,
    VAR_CALICO_CNI_IMAGE_TAG,
    VAR_CALICO_CNI_DIGEST,
    VAR_CALICO_POLICY_IMAGE_REPO,
    VAR_CALICO_POLICY_IMAGE_TAG,
    VAR_CALICO_POLICY_DIGEST,
    VAR_COREDNS_IMAGE_REPO,
    VAR_COREDNS_IMAGE_TAG,
    VAR_COREDNS_DIGEST,
    VAR_POD_INFRA_IMAGE_REPO,
    VAR_POD_INFRA_IMAGE_TAG,
    VAR_POD_INFRA_DIGEST,
    VAR_LOCAL_IMAGE_REPO,
    VAR_LOCAL_IMAGE_TAG,
    VAR_LOCAL_DIGEST,
    VAR_LOCAL_ENABLED,
    VAR_LOCAL_ENABLED_2,
    VAR_LOCAL_DEFAULT,
    VAR_LOCAL_CLASS,
    VAR_LOCAL_CLASS_2,
    VAR_LOCAL_NAMESPACE,
    VAR_LOCAL_BASE_DIR,
    VAR_CEPH_ENABLED,
    VAR_CEPH_DEFAULT,
    VAR_CEPH_CLASS,
    VAR_CEPH_MONITORS,
    VAR_CEPH_ADMIN_ID,
    VAR_CEPH_ADMIN_SECRET,
    VAR_CEPH_POOL,
    VAR_CEPH_USER_ID,
    VAR_CEPH_USER_SECRET,
    VAR_CEPH_FS_TYPE,
    VAR_CEPH_IMAGE_FORMAT,
    VAR_CEPH_IMAGE_FEATURES,
    VAR_GLUSTER_ENABLED,
    VAR_GLUSTER_DEFAULT,
    VAR_GLUSTER_DEFAULT_2,
    VAR_GLUSTER_CLASS,
    VAR_GLUSTER_AUTH,
    VAR_GLUSTER_URL,
    VAR_GLUSTER_CLUSTER_ID,
    VAR_GLUSTER_USER,
    VAR_GLUSTER_SECRET_NAME,
    VAR_GLUSTER_GID_MIN,
    VAR_GLUSTER_GID_MAX,
    VAR_GLUSTER_VOLUME_TYPE,
    VAR_JWT_ADMIN_KEY,
    VAR_NFS_ENABLED,
    VAR_NFS_ENABLED_2,
    VAR_NFS_DEFAULT,
    VAR_NFS_SERVER,
    VAR_NFS_PATH,
    VAR_CONSOLE_PORT,
    VAR_COUNT
};

enum variable_type {
    TYPE_TEXT,         /* any scalar */
    TYPE_WORD,         /* one word: [A-Za-z0-9_.:/@+=-] */
    TYPE_NAME,         /* DNS name */
    TYPE_LABEL,        /* the same, without dots */
    TYPE_CHOICE,       /* one of those in limits, "a|b" */
    TYPE_BOOL,         /* as Ansible's bool filter: yes, on, 1 … */
    TYPE_NUMBER,       /* limits "MIN-MAX" */
    TYPE_FACTOR,       /* 1 or more, may have a fraction */
    TYPE_DURATION,     /* parse_duration */
    TYPE_IP,           /* IPv4 */
    TYPE_NETWORK,      /* IPv4 network */
    TYPE_MAC,          /* parse_mac */
    TYPE_UUID,         /* parse_uuid, not a placeholder */
    TYPE_SERIAL,       /* text, not a placeholder */
    TYPE_IPS,          /* list, or text with commas */
    TYPE_ADDRESSES,    /* the same, names too */
    TYPE_ENDPOINTS,    /* the same, address:port */
    TYPE_CLUSTER_IDS,  /* the same, hexadecimal */
    TYPE_VERSION,      /* 1.20.2, v1.20.2 */
    TYPE_REGISTRY,     /* REGISTRY or REGISTRY/PATH, of container images */
    TYPE_IMAGE,        /* REGISTRY/PATH, without tag and digest */
    TYPE_TAG,          /* of a container image */
    TYPE_SHA256,       /* 64 hexadecimal digits */
    TYPE_PATH,         /* absolute */
    TYPE_FOLDER,       /* the same, on nodes: none of the system's */
    TYPE_URL,          /* http:// or https:// */
    TYPE_VOLUME_TYPE,  /* none, replicate:N, disperse:N:N */
    TYPE_KEY,          /* text or number, secret */
    TYPE_LABELS,       /* node_labels */
    TYPE_TAINTS,       /* node_taints */
    TYPE_FLAGS,        /* kubelet_custom_flags */
    TYPE_DISKS,        /* seed_data_disks */
    TYPE_INSTALL_DISK, /* seed_install_disk */
    TYPE_CONSOLES,     /* seed_console */
    TYPE_BOND,         /* seed_bond */
    TYPE_SSH_KEYS,     /* seed_ssh_keys */
    TYPE_USER,         /* a user's name */
    TYPE_ARTIFACTS,    /* seed_artifacts */
    TYPE_LOADBALANCER, /* {address, port} */
    TYPE_COUNT
};

enum variable_flags {                      /* bits */
                      VARIABLE_HOST = 1,   /* may differ from host to host */
                      VARIABLE_SECRET = 2, /* its value is never shown */
                      VARIABLE_OLD = 4,    /* another name of the variable before it in the table */
};

struct variable {
    const char *name;
    enum variable_type type;
    unsigned flags;
    const char *otherwise;   /* the default as text; NULL: none */
    const char *limits;      /* TYPE_CHOICE, TYPE_NUMBER */
    int feature;             /* the variable that switches on what this is for; -1: always on */
    const char *description; /* one line */
};

const struct variable *variable(enum variable_id id);
/* -1 when there is none of that name. */
int variable_find(const char *name);
/* The table's seed_ name nearest to name, or NULL. */
const char *variable_nearest(const char *name);
/* The table's name that a name which is not there was probably meant to be, or NULL: a slip or two,
 * and no variable of Ansible's or kubespray's own. */
const char *variable_meant(const char *name);
const char *variable_type_name(enum variable_type type);

/* How a value was written: Python's literals stand in hosts.ini, YAML in every other file. */
enum value_source { VALUE_INI, VALUE_YAML };

/* Does value suit the variable? The error says what is expected and shows the value, if it is not
 * secret. -EINVAL. */
int variable_check(const struct variable *v, const json_t *value, enum value_source source,
                   struct error *e) _must_check_;

/* The Markdown table of `seedctl variables`. */
void variables_print(struct buf *out);

/* Reading values that passed variable_check. A scalar as text: scratch is used for what is no
 * string. NULL for lists and objects. */
#define VALUE_TEXT_SIZE 64
const char *value_text(const json_t *value, char scratch[VALUE_TEXT_SIZE]);
bool value_bool(const json_t *value, bool otherwise);
/* What became of a text that stood there without quotes, where it cannot be told from the value any
 * more: "a number, which changes it", "true or false"; or NULL. */
const char *value_misread(const json_t *value, enum value_source source);
uint64_t value_number(const json_t *value, uint64_t otherwise);
/* A list, or a text with commas, as a list of texts; NULL without memory. New reference. */
json_t *value_list(const json_t *value) _must_check_;
/* SHOULD_BE_REPLACED, TYPE_ADMIN_SECRET_HERE and the like, anywhere in value: the word, or NULL. */
const char *value_placeholder(const json_t *value);
