/* SPDX-License-Identifier: Apache-2.0 */
#include "variables.h"

#include "common/parse.h"

#define H VARIABLE_HOST
#define S VARIABLE_SECRET
#define OLD VARIABLE_OLD

/* clang-format 14 aligns this table beyond what fits a screen, or crashes. */
/* clang-format off */
static const struct variable table[VAR_COUNT] = {
    [VAR_SEED_BOOT] = {"seed_boot",                              TYPE_CHOICE,       H,       "image",               "image|cloud-init|pxe|local", -1,
                       "how the machine starts for the first time; `local` (the taskbox itself) is "
                       "the default where `ansible_connection=local`"                                                                                                                                                                     },
    [VAR_SEED_MAC] = {"seed_mac",                               TYPE_MAC,          H,       NULL,                  NULL,                         -1,
                       "identifies the machine: a network card's address"                                                                                                                                                                 },
    [VAR_SEED_UUID] = {"seed_uuid",                              TYPE_UUID,         H,       NULL,                  NULL,                         -1,
                       "identifies the machine: SMBIOS system UUID"                                                                                                                                                                       },
    [VAR_SEED_SERIAL] = {"seed_serial",                            TYPE_SERIAL,       H,       NULL,                  NULL,                         -1,
                       "identifies the machine: SMBIOS serial number"                                                                                                                                                                     },
    [VAR_SEED_TRUST] = {"seed_trust",                             TYPE_CHOICE,       H,       NULL,                  "token|approve|first-use",    -1,
                       "what it takes to enrol; default `first-use` for workers, `approve` for "
                        "etcd hosts and masters"                                                                                                                                                                                          },
    [VAR_SEED_DATA_DISKS] =
        {"seed_data_disks",                        TYPE_DISKS,        H,       NULL,                  NULL,                         -1,
                       "list of `{match: {serial\\|wwn\\|by_id\\|by_path: X}, policy: "
         "format-if-blank\\|keep\\|wipe-once, fs: ext4\\|xfs, label, volumes: N or [{size, label, "
         "fs}]}`; mounted below the local volumes' folder"                                                                                                                                                                                },
    [VAR_SEED_INSTALL_DISK] =
        {"seed_install_disk",                      TYPE_INSTALL_DISK, H,       NULL,                  NULL,                         -1,
                       "`{serial\\|wwn\\|by_id\\|by_path: X}`: the disk that PXE installs to"                                                                                                                                             },
    [VAR_SEED_INSTALL_IMAGE] =
        {"seed_install_image",                     TYPE_WORD,         H,       NULL,                  NULL,                         -1,
                       "name of the os-image in `seed_artifacts` that PXE installs; default: the only one"                                                                                                                                },
    [VAR_SEED_CONSOLE] = {"seed_console",                           TYPE_CONSOLES,     H,       "tty0 ttyS0,115200n8", NULL,                         -1,
                       "consoles of the installer, with blanks between them"                                                                                                                                                              },
    [VAR_SEED_PREFIX] = {"seed_prefix",                            TYPE_NUMBER,       H,       NULL,                  "1-32",                       -1,
                       "prefix length of `ip`: the address is set statically instead of by DHCP"                                                                                                                                          },
    [VAR_SEED_GATEWAY] = {"seed_gateway",                           TYPE_IP,           H,       NULL,                  NULL,                         -1,                  "default gateway"                                                  },
    [VAR_SEED_DNS] = {"seed_dns",                               TYPE_IPS,          H,       NULL,                  NULL,                         -1,                  "name servers of a static address"                                 },
    [VAR_SEED_MTU] =
        {"seed_mtu",                               TYPE_NUMBER,       H,       NULL,                  "576-9216",                   -1,
                       "largest packet of the address's interface, and of the VLAN and the bond that it is on"                                                                                                                            },
    [VAR_SEED_VLAN] = {"seed_vlan",                              TYPE_NUMBER,       H,       NULL,                  "1-4094",                     -1,
                       "the address is on this VLAN, tagged; by DHCP without `seed_prefix`"                                                                                                                                               },
    [VAR_SEED_BOND] = {"seed_bond",                              TYPE_BOND,         H,       NULL,                  NULL,                         -1,
                       "`{mode, macs: […]\\|interfaces: […], miimon, lacp_rate, primary}`: the "
                       "address is on these "
                       "network cards together; their MAC addresses identify the machine"                                                                                                                                                 },
    [VAR_SEED_NTP] = {"seed_ntp",                               TYPE_ADDRESSES,    H,       NULL,                  NULL,                         -1,
                       "time servers; default: what the OS image is set to"                                                                                                                                                               },
    [VAR_SEED_POD_GATEWAY] =
        {"seed_pod_gateway",                       TYPE_IP,           H,       NULL,                  NULL,                         -1,
                       "plugin bridge: the router that knows every node's pod network; default `seed_gateway`"                                                                                                                            },
    [VAR_SEED_SSH_KEYS] = {"seed_ssh_keys",                          TYPE_SSH_KEYS,     H,       NULL,                  NULL,                         -1,
                       "public keys that may log in by SSH, each as in a `.pub` file; one that "
                           "goes from here goes from the machine"                                                                                                                                                                         },
    [VAR_SEED_SSH_USER] = {"seed_ssh_user",                          TYPE_USER,         H,       "root",                NULL,                         -1,
                       "the user of the OS image whom `seed_ssh_keys` let in"                                                                                                                                                             },
    [VAR_IP] = {"ip",                                     TYPE_IP,           H,       NULL,                  NULL,                         -1,
                       "the host's address; default `ansible_host` where that is an address"                                                                                                                                              },
    [VAR_ACCESS_IP] = {"access_ip",                              TYPE_IP,           H,       NULL,                  NULL,                         -1,
                       "a further address for the API server's certificate"                                                                                                                                                               },
    [VAR_ANSIBLE_HOST] = {"ansible_host",                           TYPE_TEXT,         H,       NULL,                  NULL,                         -1,
                       "read only where `ip` is missing"                                                                                                                                                                                  },
    [VAR_ANSIBLE_SSH_HOST] = {"ansible_ssh_host",                       TYPE_TEXT,         H | OLD, NULL,                  NULL,                         -1,
                       "old name of `ansible_host`"                                                                                                                                                                                       },
    [VAR_ANSIBLE_CONNECTION] = {"ansible_connection",                     TYPE_TEXT,         H,       NULL,                  NULL,                         -1,
                       "`local` marks the taskbox itself"                                                                                                                                                                                 },
    [VAR_ETCD_MEMBER_NAME] = {"etcd_member_name",                       TYPE_NAME,         H,       NULL,                  NULL,                         -1,
                       "name of the etcd member; default `etcd<N>` by position in the "
                              "group; never changed later"                                                                                                                                                                                },
    [VAR_NODE_LABELS] = {"node_labels",                            TYPE_LABELS,       H,       NULL,                  NULL,                         -1,
                       "labels of the node: a dict, or `key=value,…`; also such as `node-role.kubernetes.io/worker`"                                                                                                                                                                   },
    [VAR_NODE_TAINTS] = {"node_taints",                            TYPE_TAINTS,       H,       NULL,                  NULL,                         -1,
                       "taints of the node: list of `key=value:effect`"                                                                                                                                                                   },
    [VAR_KUBELET_CUSTOM_FLAGS] = {"kubelet_custom_flags",                   TYPE_FLAGS,        H,       NULL,                  NULL,                         -1,
                       "further flags for the kubelet: list of `--name=value`"                                                                                                                                                            },
    [VAR_KUBE_OVERRIDE_HOSTNAME] = {"kube_override_hostname",                 TYPE_NAME,         H,       NULL,                  NULL,                         -1,
                       "accepted where it is the host's own name"                                                                                                                                                                         },

    [VAR_SEED_ARTIFACTS] =
        {"seed_artifacts",                         TYPE_ARTIFACTS,    0,       NULL,                  NULL,                         -1,
                       "what nodes fetch by digest: list of `{name, file, sha256, size, kind: binary, path, "
         "mode}` and `{…, kind: image, image, image_id, with: [rbd]}`, each with optional `roles`; for PXE `{…, "
         "kind: "
         "os-image, compression: none\\|gzip\\|xz\\|zstd, raw_size}` and `{…, kind: boot}`"                                                                                                                                             },
    [VAR_SEED_INSTALL_PARALLEL] = {"seed_install_parallel",                  TYPE_NUMBER,       0,       "50",                  "1-100000",                   -1,
                       "how many hosts may write their OS image at the same time"                                                                                                                                                         },
    [VAR_SEED_ARM_WINDOW] = {"seed_arm_window",                        TYPE_DURATION,     0,       "30m",                 NULL,                         -1,
                       "how long a new host may enrol; a bare number is seconds"                                                                                                                                                          },
    [VAR_SEED_ETCD_GRACE] = {"seed_etcd_grace",                        TYPE_DURATION,     0,       "2m",                  NULL,                         -1,
                       "with etcd's quorum reached, how long to wait for its other members"                                                                                                                                               },
    [VAR_SEED_STEP_TIMEOUT] = {"seed_step_timeout",                      TYPE_DURATION,     0,       "10m",                 NULL,                         -1,
                       "a step that is silent for so long is called overdue"                                                                                                                                                              },
    [VAR_SEED_TIMEOUT_FACTOR] = {"seed_timeout_factor",                    TYPE_FACTOR,       0,       "1",                   NULL,                         -1,
                       "multiplies every time limit: for slow or emulated machines"                                                                                                                                                       },
    [VAR_SEED_CERTIFICATE_DAYS] =
        {"seed_certificate_days",                  TYPE_NUMBER,       0,       "3650",                "30-36500",                   -1,
                       "life of the certificates that nodes renew by themselves at about two thirds of it "
         "(kubelets' client certificates and kubeadm's: 365 at most)"                                                                                                                                                                                   },
    [VAR_SEED_CERTIFICATE_LIFE] =
        {"seed_certificate_life",                  TYPE_DURATION,     0,       NULL,                  NULL,                         -1,
                       "the same as a duration, instead of `seed_certificate_days`, and for what the "
         "controller-manager signs for kubelets: for tests, and where days are too long"                                                                                                                                                  },
    [VAR_SEED_ADDON_TIMEOUT] =
        {"seed_addon_timeout",                     TYPE_DURATION,     0,       "15m",                 NULL,                         -1,
                       "how long what a manifest of `addons/` starts may take until it runs"                                                                                                                                              },
    [VAR_SEED_CEPH_RBD_PROVISIONER] =
        {"seed_ceph_rbd_provisioner",              TYPE_WORD,         0,       "kubernetes.io/rbd",   NULL,                         VAR_CEPH_ENABLED,
                       "another provisioner's name, such as `ceph.com/rbd`, or `rbd.csi.ceph.com` for a driver of ceph-csi; the "
                       "controller-manager's stock image has no `rbd` program"                                                                                                                            },
    [VAR_SEED_CEPH_RBD_CLUSTER_ID] = {"seed_ceph_rbd_cluster_id",               TYPE_WORD,         0,       NULL,                  NULL,                         VAR_CEPH_ENABLED,
                       "`clusterID` in the CSI driver's configuration, mostly what `ceph fsid` says; needed by such a driver"},
    [VAR_SEED_LOCAL_VOLUMES] = {"seed_local_volumes",                     TYPE_CHOICE,       0,       "auto",
                       "auto|provisioner|nodeseed",                                                                                               VAR_LOCAL_ENABLED,
                       "who makes PersistentVolumes of local volumes: the static "
                                "provisioner, or nodeseed itself; "
                                "`auto`: the provisioner where its image is in `seed_artifacts`"                                                                                                                                          },
    [VAR_SEED_STORAGE_CLIENTS] = {"seed_storage_clients",                   TYPE_CHOICE,       0,       "install",             "install|check",              -1,
                       "`install`: user-data has cloud-init install `ceph-common` or `glusterfs-client` from "
                       "the OS's archives where a class needs it; `check`: preflight looks for them, as it always does, and nothing more"},
    [VAR_KUBERNETES_VERSION] = {"kubernetes_version",                     TYPE_VERSION,      0,       "1.20.2",              NULL,                         -1,
                       "version of kubeadm, kubelet and the images"                                                                                                                                                                       },
    [VAR_KUBE_VERSION] = {"kube_version",                           TYPE_VERSION,      OLD,     NULL,                  NULL,                         -1,
                       "kubespray's name of `kubernetes_version`"                                                                                                                                                                         },
    [VAR_KUBE_SERVICE_ADDRESSES] = {"kube_service_addresses",                 TYPE_NETWORK,      0,       "10.233.0.0/18",
                       NULL,                                                                                                                      -1,                  "network of services"                                              },
    [VAR_KUBE_PODS_SUBNET] = {"kube_pods_subnet",                       TYPE_NETWORK,      0,       "10.233.64.0/18",      NULL,                         -1,
                       "network of pods"                                                                                                                                                                                                  },
    [VAR_KUBE_NETWORK_NODE_PREFIX] = {"kube_network_node_prefix",               TYPE_NUMBER,       0,       "24",                  "8-30",                       -1,
                       "prefix length of each node's part of it"                                                                                                                                                                          },
    [VAR_KUBE_NETWORK_PLUGIN] = {"kube_network_plugin",                    TYPE_CHOICE,       0,       "calico",              "bridge|calico",
                       -1,
                       "`bridge`: routes through `seed_pod_gateway`, nothing to install"                                                                                                                                                  },
    [VAR_DNS_DOMAIN] = {"dns_domain",                             TYPE_NAME,         0,       "cluster.local",       NULL,                         -1,
                       "the cluster's DNS domain"                                                                                                                                                                                         },
    [VAR_KUBELET_MAX_PODS] = {"kubelet_max_pods",                       TYPE_NUMBER,       0,       "110",                 "1-16000",                    -1,
                       "pods a node"                                                                                                                                                                                                      },
    [VAR_KUBE_PROXY_MODE] = {"kube_proxy_mode",                        TYPE_CHOICE,       0,       "iptables",            "iptables|ipvs",              -1,
                       "how kube-proxy works"                                                                                                                                                                                             },
    [VAR_KUBE_APISERVER_PORT] = {"kube_apiserver_port",                    TYPE_NUMBER,       0,       "6443",                "1-65535",                    -1,
                       "port of the API servers"                                                                                                                                                                                          },
    [VAR_KUBE_IMAGE_REPO] = {"kube_image_repo",                        TYPE_REGISTRY,     0,       "k8s.gcr.io",          NULL,                         -1,
                       "where the names of Kubernetes' images begin"                                                                                                                                                                                    },
    [VAR_LOADBALANCER_APISERVER] =
        {"loadbalancer_apiserver",                 TYPE_LOADBALANCER, 0,       NULL,                  NULL,                         -1,
                       "`{address, port}` before the API servers; needed with more than one master"                                                                                                                                       },
    [VAR_APISERVER_DOMAIN_NAME] =
        {"apiserver_loadbalancer_domain_name",     TYPE_NAME,         0,       "lb.kubesphere.local", NULL,                         -1,
                       "the API's stable name, in every host's /etc/hosts and in every certificate"                                                                                                                                       },
    [VAR_SUPPLEMENTARY_ADDRESSES] = {"supplementary_addresses_in_ssl_keys",    TYPE_ADDRESSES,    0,       NULL,
                       NULL,                                                                                                                      -1,                  "further names for the API server's certificate"                   },
    [VAR_ETCD_DATA_DIR] = {"etcd_data_dir",                          TYPE_FOLDER,       0,       "/var/lib/etcd",       NULL,                         -1,
                       "where etcd keeps its data"                                                                                                                                                                                        },
    [VAR_ETCD_HEARTBEAT_INTERVAL] = {"etcd_heartbeat_interval",                TYPE_NUMBER,       0,       "250",                 "10-5000",
                       -1,                                                                                                                                             "milliseconds"                                                     },
    [VAR_ETCD_ELECTION_TIMEOUT] = {"etcd_election_timeout",                  TYPE_NUMBER,       0,       "5000",                "50-50000",                   -1,
                       "milliseconds, at least five heartbeats"                                                                                                                                                                           },
    [VAR_MINIMAL_MASTER_MEMORY_MB] = {"minimal_master_memory_mb",               TYPE_NUMBER,       0,       "1500",
                       "0-1048576",                                                                                                               -1,                  "less memory stops a master at preflight"                          },
    [VAR_MINIMAL_NODE_MEMORY_MB] = {"minimal_node_memory_mb",                 TYPE_NUMBER,       0,       "1024",                "0-1048576",
                       -1,                                                                                                                                             "the same for other nodes"                                         },
    [VAR_CALICO_VERSION] = {"calico_version",                         TYPE_VERSION,      0,       "v3.17.1",             NULL,                         -1,
                       "plugin calico: tag of its images where seed_artifacts has none, v3.17 to v3.19: its manifest here is of these"                                                                                                                                                   },
    [VAR_CALICO_POOL_NAME] = {"calico_pool_name",                       TYPE_NAME,         0,       "default-pool",        NULL,                         -1,
                       "plugin calico: name of the IP pool"                                                                                                                                                                               },
    [VAR_CALICO_IPIP_MODE] = {"calico_ipip_mode",                       TYPE_CHOICE,       0,       "Always",
                       "Always|CrossSubnet|Never",                                                                                                -1,                  "plugin calico: IP in IP"                                          },
    [VAR_IPIP_MODE] = {"ipip_mode",                              TYPE_CHOICE,       OLD,     NULL,                  "Always|CrossSubnet|Never",   -1,
                       "old name of `calico_ipip_mode`"                                                                                                                                                                                   },
    [VAR_CALICO_MTU] = {"calico_mtu",                             TYPE_NUMBER,       0,       "1440",                "576-9500",                   -1,
                       "plugin calico: MTU of pods"                                                                                                                                                                                       },
    [VAR_GLOBAL_AS_NUM] = {"global_as_num",                          TYPE_NUMBER,       0,       "64512",               "1-4294967295",               -1,
                       "plugin calico: AS number"                                                                                                                                                                                         },
    [VAR_CALICO_ENDPOINT_TO_HOST] = {"calico_endpoint_to_host_action", TYPE_CHOICE, 0, "RETURN", "RETURN|ACCEPT|DROP", -1,
                       "plugin calico: packets from a pod to its own node: `RETURN` leaves them to the node's other rules"},

    [VAR_QUAY_IMAGE_REPO] = {"quay_image_repo", TYPE_REGISTRY, 0, "quay.io", NULL, -1,
                       "where the names of images from quay.io begin: a registry of your own"},
    [VAR_CALICO_NODE_IMAGE_REPO] = {"calico_node_image_repo", TYPE_IMAGE, 0, NULL, NULL, -1,
                       "plugin calico: its image without tag; default `quay_image_repo`/calico/node"},
    [VAR_CALICO_NODE_IMAGE_TAG] = {"calico_node_image_tag", TYPE_TAG, 0, NULL, NULL, -1,
                       "its tag; default `calico_version`"},
    [VAR_CALICO_NODE_DIGEST] = {"calico_node_digest_checksum", TYPE_SHA256, 0, NULL, NULL, -1,
                       "its digest, instead of a tag"},
    [VAR_CALICO_CNI_IMAGE_REPO] = {"calico_cni_image_repo", TYPE_IMAGE, 0, NULL, NULL, -1,
                       "plugin calico, what installs it: its image without tag; default `quay_image_repo`/calico/cni"},
    [VAR_CALICO_CNI_IMAGE_TAG] = {"calico_cni_image_tag", TYPE_TAG, 0, NULL, NULL, -1,
                       "its tag; default `calico_version`"},
    [VAR_CALICO_CNI_DIGEST] = {"calico_cni_digest_checksum", TYPE_SHA256, 0, NULL, NULL, -1,
                       "its digest, instead of a tag"},
    [VAR_CALICO_POLICY_IMAGE_REPO] = {"calico_policy_image_repo", TYPE_IMAGE, 0, NULL, NULL, -1,
                       "plugin calico, its controllers: its image without tag; default `quay_image_repo`/calico/kube-controllers"},
    [VAR_CALICO_POLICY_IMAGE_TAG] = {"calico_policy_image_tag", TYPE_TAG, 0, NULL, NULL, -1,
                       "its tag; default `calico_version`"},
    [VAR_CALICO_POLICY_DIGEST] = {"calico_policy_digest_checksum", TYPE_SHA256, 0, NULL, NULL, -1,
                       "its digest, instead of a tag"},
    [VAR_COREDNS_IMAGE_REPO] = {"coredns_image_repo", TYPE_IMAGE, 0, NULL, NULL, -1,
                       "cluster DNS, which is there with its image in `seed_artifacts` or one of these three: its image without tag; default `kube_image_repo`/coredns, in upstream's registry coredns/coredns from Kubernetes 1.21 on"},
    [VAR_COREDNS_IMAGE_TAG] = {"coredns_image_tag", TYPE_TAG, 0, NULL, NULL, -1,
                       "its tag; default kubeadm's for that `kubernetes_version`: 1.7.0, v1.8.0 with 1.21, …"},
    [VAR_COREDNS_DIGEST] = {"coredns_digest_checksum", TYPE_SHA256, 0, NULL, NULL, -1,
                       "its digest, instead of a tag"},
    [VAR_POD_INFRA_IMAGE_REPO] = {"pod_infra_image_repo", TYPE_IMAGE, 0, NULL, NULL, -1,
                       "pause: its image without tag; default `kube_image_repo`/pause"},
    [VAR_POD_INFRA_IMAGE_TAG] = {"pod_infra_image_tag", TYPE_TAG, 0, NULL, NULL, -1,
                       "its tag; default 3.2"},
    [VAR_POD_INFRA_DIGEST] = {"pod_infra_digest_checksum", TYPE_SHA256, 0, NULL, NULL, -1,
                       "its digest, instead of a tag"},
    [VAR_LOCAL_IMAGE_REPO] = {"local_volume_provisioner_image_repo", TYPE_IMAGE, 0, NULL, NULL, VAR_LOCAL_ENABLED,
                       "the local volumes' static provisioner: its image without tag; default `kube_image_repo`/sig-storage/local-volume-provisioner"},
    [VAR_LOCAL_IMAGE_TAG] = {"local_volume_provisioner_image_tag", TYPE_TAG, 0, NULL, NULL, VAR_LOCAL_ENABLED,
                       "its tag; default v2.3.4"},
    [VAR_LOCAL_DIGEST] = {"local_volume_provisioner_digest_checksum", TYPE_SHA256, 0, NULL, NULL, VAR_LOCAL_ENABLED,
                       "its digest, instead of a tag"},

    [VAR_LOCAL_ENABLED] = {"local_volume_provisioner_enabled",       TYPE_BOOL,         0,       "true",                NULL,                         -1,
                       "storage class of local volumes"                                                                                                                                                                                   },
    [VAR_LOCAL_ENABLED_2] = {"local_volume_enabled",                   TYPE_BOOL,         OLD,     NULL,                  NULL,                         -1,
                       "2.x name of `local_volume_provisioner_enabled`"                                                                                                                                                                   },
    [VAR_LOCAL_DEFAULT] = {"local_volume_is_default_class",          TYPE_BOOL,         0,       "true",                NULL,
                       VAR_LOCAL_ENABLED,                                                                                                                              "make it the default class; unset, it gives way to another default"},
    [VAR_LOCAL_CLASS] = {"local_volume_provisioner_storage_class", TYPE_NAME,         0,       "local",               NULL,
                       VAR_LOCAL_ENABLED,                                                                                                                              "its name"                                                         },
    [VAR_LOCAL_CLASS_2] = {"local_volume_storage_class",             TYPE_NAME,         OLD,     NULL,                  NULL,
                       VAR_LOCAL_ENABLED,                                                                                                                              "2.x name of `local_volume_provisioner_storage_class`"             },
    [VAR_LOCAL_NAMESPACE] = {"local_volume_provisioner_namespace",     TYPE_LABEL,        0,       "kube-system",
                       NULL,                                                                                                                      VAR_LOCAL_ENABLED,   "where its provisioner runs"                                       },
    [VAR_LOCAL_BASE_DIR] = {"local_volume_provisioner_base_dir",      TYPE_FOLDER,       0,       "/mnt/disks",          NULL,
                       -1,                                                                                                                                             "where data disks are mounted"                                     },
    [VAR_CEPH_ENABLED] = {"ceph_rbd_enabled",                       TYPE_BOOL,         0,       "false",               NULL,                         -1,
                       "storage class of Ceph RBD"                                                                                                                                                                                        },
    [VAR_CEPH_DEFAULT] = {"ceph_rbd_is_default_class",              TYPE_BOOL,         0,       "false",               NULL,
                       VAR_CEPH_ENABLED,                                                                                                                               "make it the default class"                                        },
    [VAR_CEPH_CLASS] = {"ceph_rbd_storage_class",                 TYPE_NAME,         0,       "rbd",                 NULL,                         VAR_CEPH_ENABLED,
                       "its name"                                                                                                                                                                                                         },
    [VAR_CEPH_MONITORS] = {"ceph_rbd_monitors",                      TYPE_ENDPOINTS,    0,       NULL,                  NULL,                         VAR_CEPH_ENABLED,
                       "`ip:port` of the monitors: a list, or a text with commas; needed"                                                                                                                                                 },
    [VAR_CEPH_ADMIN_ID] = {"ceph_rbd_admin_id",                      TYPE_WORD,         0,       "admin",               NULL,                         VAR_CEPH_ENABLED,
                       "who makes images"                                                                                                                                                                                                 },
    [VAR_CEPH_ADMIN_SECRET] = {"ceph_rbd_admin_secret",                  TYPE_KEY,          S,       NULL,                  NULL,                         VAR_CEPH_ENABLED,
                       "the key (`ceph auth get-key client.admin`); needed"                                                                                                                                                               },
    [VAR_CEPH_POOL] = {"ceph_rbd_pool",                          TYPE_WORD,         0,       "rbd",                 NULL,                         VAR_CEPH_ENABLED,
                       "pool of the images"                                                                                                                                                                                               },
    [VAR_CEPH_USER_ID] = {"ceph_rbd_user_id",                       TYPE_WORD,         0,       NULL,                  NULL,                         VAR_CEPH_ENABLED,
                       "who maps images; default `ceph_rbd_admin_id`"                                                                                                                                                                     },
    [VAR_CEPH_USER_SECRET] = {"ceph_rbd_user_secret",                   TYPE_KEY,          S,       NULL,                  NULL,                         VAR_CEPH_ENABLED,
                       "the user's key; needed unless the user is the admin"                                                                                                                                                              },
    [VAR_CEPH_FS_TYPE] = {"ceph_rbd_fsType",                        TYPE_CHOICE,       0,       "ext4",                "ext4|xfs",                   VAR_CEPH_ENABLED,
                       "file system of the images"                                                                                                                                                                                        },
    [VAR_CEPH_IMAGE_FORMAT] =
        {"ceph_rbd_imageFormat",                   TYPE_CHOICE,       0,       "2",                   "1|2",                        VAR_CEPH_ENABLED,
                       "the guide's default is 1, which librbd no longer makes: unset means 2"                                                                                                                                            },
    [VAR_CEPH_IMAGE_FEATURES] = {"ceph_rbd_imageFeatures",                 TYPE_CHOICE,       0,       NULL,                  "layering",
                       VAR_CEPH_ENABLED,                                                                                                                               "only with format 2"                                               },
    [VAR_GLUSTER_ENABLED] = {"glusterfs_provisioner_enabled",          TYPE_BOOL,         0,       "false",               NULL,                         -1,
                       "storage class of GlusterFS by Heketi"                                                                                                                                                                             },
    [VAR_GLUSTER_DEFAULT] = {"glusterfs_is_default_class",             TYPE_BOOL,         0,       "false",               NULL,
                       VAR_GLUSTER_ENABLED,                                                                                                                            "make it the default class"                                        },
    [VAR_GLUSTER_DEFAULT_2] = {"glusterfs_provisioner_is_default_class", TYPE_BOOL,         OLD,     NULL,                  NULL,
                       VAR_GLUSTER_ENABLED,                                                                                                                            "2.1 name of `glusterfs_is_default_class`"                         },
    [VAR_GLUSTER_CLASS] = {"glusterfs_provisioner_storage_class",    TYPE_NAME,         0,       "glusterfs",           NULL,
                       VAR_GLUSTER_ENABLED,                                                                                                                            "its name"                                                         },
    [VAR_GLUSTER_AUTH] = {"glusterfs_provisioner_restauthenabled",  TYPE_BOOL,         0,       "true",                NULL,
                       VAR_GLUSTER_ENABLED,                                                                                                                            "Heketi asks for a key"                                            },
    [VAR_GLUSTER_URL] = {"glusterfs_provisioner_resturl",          TYPE_URL,          0,       NULL,                  NULL,
                       VAR_GLUSTER_ENABLED,                                                                                                                            "URL of Heketi; needed"                                            },
    [VAR_GLUSTER_CLUSTER_ID] = {"glusterfs_provisioner_clusterid",        TYPE_CLUSTER_IDS,  0,       NULL,                  NULL,
                       VAR_GLUSTER_ENABLED,                                                                                                                            "Heketi's cluster: one, or a list"                                 },
    [VAR_GLUSTER_USER] = {"glusterfs_provisioner_restuser",         TYPE_WORD,         0,       "admin",               NULL,
                       VAR_GLUSTER_ENABLED,                                                                                                                            "Heketi's user"                                                    },
    [VAR_GLUSTER_SECRET_NAME] = {"glusterfs_provisioner_secretName",       TYPE_NAME,         0,       "heketi-secret",
                       NULL,                                                                                                                      VAR_GLUSTER_ENABLED, "name of the Secret with the key"                                  },
    [VAR_GLUSTER_GID_MIN] = {"glusterfs_provisioner_gidMin",           TYPE_NUMBER,       0,       "40000",
                       "2000-2147483647",                                                                                                         VAR_GLUSTER_ENABLED, "smallest group id"                                                },
    [VAR_GLUSTER_GID_MAX] = {"glusterfs_provisioner_gidMax",           TYPE_NUMBER,       0,       "50000",
                       "2000-2147483647",                                                                                                         VAR_GLUSTER_ENABLED, "largest group id"                                                 },
    [VAR_GLUSTER_VOLUME_TYPE] = {"glusterfs_provisioner_volumetype",       TYPE_VOLUME_TYPE,  0,
                       "replicate:2",                                                                               NULL,                         VAR_GLUSTER_ENABLED,
                       "`replicate:3`, `disperse:4:2` or `none`"                                                                                                                                                                          },
    [VAR_JWT_ADMIN_KEY] = {"jwt_admin_key",                          TYPE_KEY,          S,       NULL,                  NULL,                         VAR_GLUSTER_ENABLED,
                       "heketi.json's jwt.admin.key; needed where Heketi asks for a key"                                                                                                                                                  },
    [VAR_NFS_ENABLED] = {"nfs_client_enabled",                     TYPE_BOOL,         0,       "false",               NULL,                         -1,
                       "accepted; no class is made for it yet"                                                                                                                                                                            },
    [VAR_NFS_ENABLED_2] = {"nfs_client_enable",                      TYPE_BOOL,         OLD,     NULL,                  NULL,                         -1,
                       "another name of `nfs_client_enabled`"                                                                                                                                                                             },
    [VAR_NFS_DEFAULT] = {"nfs_client_is_default_class",            TYPE_BOOL,         0,       "false",               NULL,
                       VAR_NFS_ENABLED,                                                                                                                                "accepted; no class is made for it"                                 },
    [VAR_NFS_SERVER] = {"nfs_server",                             TYPE_WORD,         0,       NULL,                  NULL,                         VAR_NFS_ENABLED,     "the NFS server"                                                   },
    [VAR_NFS_PATH] = {"nfs_path",                               TYPE_PATH,         0,       NULL,                  NULL,                         VAR_NFS_ENABLED,     "its exported folder"                                              },
    [VAR_CONSOLE_PORT] = {"console_port",                           TYPE_NUMBER,       0,       "30880",               "30000-32767",                -1,
                       "of KubeSphere's sample, and only checked (not 30180, 30280, 30380): its installer takes the console's port from its own manifest in `addons/`"                                                                                                                                                                    },
};
/* clang-format on */

const struct variable *variable(enum variable_id id)
{
    return &table[id];
}

int variable_find(const char *name)
{
    int i;

    for (i = 0; i < VAR_COUNT; i++)
        if (strcmp(table[i].name, name) == 0)
            return i;
    return -1;
}

const char *variable_nearest(const char *name)
{
    const char *names[VAR_COUNT];
    size_t i, n = 0;

    for (i = 0; i < VAR_COUNT; i++)
        if (strncmp(table[i].name, "seed_", 5) == 0)
            names[n++] = table[i].name;
    return nearest_name(name, names, n);
}

const char *variable_meant(const char *name)
{
    /* Names that are right and near to one of the table's. Ansible 2.14: connection/ssh.py;
     * kubespray: roles/kubespray-defaults, external_provisioner/local_volume_provisioner. */
    static const char *const others[] = {"ansible_port", "ansible_ssh_port", "access_ip6",
                                         "local_volume_provisioner_storage_classes"};
    const char *names[VAR_COUNT];
    size_t len = strlen(name), i;

    for (i = 0; i < ARRAY_SIZE(others); i++)
        if (strcmp(name, others[i]) == 0)
            return NULL;
    for (i = 0; i < VAR_COUNT; i++)
        names[i] = table[i].name;
    /* Short names are near to too many others. */
    return len < 8 ? NULL : nearest_name_within(name, names, VAR_COUNT, len < 12 ? 1 : 2);
}

void variables_print(struct buf *out)
{
    size_t i;

    buf_add_str(out, "| variable | of | kind | default | meaning |\n|---|---|---|---|---|\n");
    for (i = 0; i < VAR_COUNT; i++) {
        const struct variable *v = &table[i];
        const char *c;

        buf_addf(out, "| `%s` | %s | ", v->name, v->flags & VARIABLE_HOST ? "host" : "cluster");
        if (v->type == TYPE_CHOICE) {
            buf_add_char(out, '`');
            for (c = v->limits; *c; c++)
                buf_add_str(out, *c == '|' ? "`, `" : (char[]){*c, '\0'});
            buf_add_char(out, '`');
        } else {
            buf_add_str(out, variable_type_name(v->type));
            if (v->limits)
                buf_addf(out, " %s", v->limits);
        }
        if (v->otherwise)
            buf_addf(out, " | `%s` | %s |\n", v->otherwise, v->description);
        else
            buf_addf(out, " | | %s |\n", v->description);
    }
}
