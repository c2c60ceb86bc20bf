/* SPDX-License-Identifier: Apache-2.0 */
#include "make_plan.h"
#include "tests/unit/test.h"

/* Every variable of the guide's three tables: its default, what it becomes in the objects, and what
 * is refused. Between variables: test_checks.c. */

#define PLAIN "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\n"
#define CEPH                                                                                       \
    PLAIN "ceph_rbd_enabled: true\nceph_rbd_monitors: [1.2.3.4:6789]\n"                            \
          "ceph_rbd_admin_secret: QWRtaW4=\n"
#define GLUSTER                                                                                    \
    PLAIN "glusterfs_provisioner_enabled: true\n"                                                  \
          "glusterfs_provisioner_resturl: http://192.168.0.4:8080\njwt_admin_key: key\n"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PROVISIONER                                                                                \
    PLAIN "seed_artifacts:\n- {name: lvp, sha256: '" HEX "', size: 1, kind: image, image: "        \
          "'quay.io/external_storage/local-volume-provisioner:v2.3.4', image_id: 'sha256:" HEX     \
          "'}\n"
#define DEFAULT_MARK "/metadata/annotations/storageclass.kubernetes.io~1is-default-class"

static const char *const CLUSTER[] = {"cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", NULL};

/* Of all addons; NULL where there is none of that kind and name. */
static const json_t *find(const json_t *config, const char *kind, const char *name)
{
    const json_t *addon, *object;
    size_t i, j;

    json_array_foreach(at(config, "/addons"), i, addon)
    {
        json_array_foreach(json_object_get(addon, "objects"), j, object)
        {
            if (strcmp(text_at(object, "/kind"), kind) == 0 &&
                strcmp(text_at(object, "/metadata/name"), name) == 0)
                return object;
        }
    }
    return NULL;
}

/* By a pointer (RFC 6901) of keys; NULL where nothing is. Keys have "/" as "~1". */
static const char *look(const json_t *object, const char *pointer)
{
    char key[128];

    while (object && *pointer == '/') {
        size_t n = 0;

        for (pointer++; *pointer && *pointer != '/'; pointer++) {
            key[n++] = pointer[0] == '~' && pointer[1] == '1' ? '/' : *pointer;
            pointer += pointer[0] == '~';
        }
        key[n] = '\0';
        object = json_object_get(object, key);
    }
    return json_string_value(object);
}

static const struct {
    const char *base, *vars; /* vars "": the default */
    const char *kind, *name; /* of the object that is looked at */
    const char *pointer;     /* NULL: there is no such object */
    const char *want;        /* NULL: nothing is there */
} rows[] = {
  /* Local volume */
    {PLAIN,                                                                                    "",                                                                            "StorageClass", "local",                    "/provisioner",                                            "kubernetes.io/no-provisioner"    },
    {PLAIN,                                                                                    "",                                                                            "StorageClass", "local",                    "/volumeBindingMode",                                      "WaitForFirstConsumer"            },
    {PLAIN,                                                                                    "local_volume_provisioner_enabled: false\n",                                   "StorageClass", "local",                    NULL,                                                      NULL                              },
    {PLAIN,                                                                                    "local_volume_enabled: no\n",                                                  "StorageClass", "local",                    NULL,                                                      NULL                              },
    {PLAIN,                                                                                    "local_volume_provisioner_storage_class: local-storage\n",                     "StorageClass",
     "local-storage",                                                                                                                                                                                                     "/provisioner",                                            "kubernetes.io/no-provisioner"    },
    {PLAIN,                                                                                    "local_volume_storage_class: disks\n",                                         "StorageClass", "disks",                    "/provisioner",
     "kubernetes.io/no-provisioner"                                                                                                                                                                                                                                                                                    },
    {PLAIN,                                                                                    "",                                                                            "StorageClass", "local",                    DEFAULT_MARK,                                              "true"                            },
    {PLAIN,                                                                                    "local_volume_is_default_class: false\n",                                      "StorageClass", "local",                    DEFAULT_MARK,
     "false"                                                                                                                                                                                                                                                                                                           },
    {PROVISIONER,                                                                              "",                                                                            "ConfigMap",    "local-volume-provisioner", "/metadata/namespace",
     "kube-system"                                                                                                                                                                                                                                                                                                     },
    {PROVISIONER,                                                                              "local_volume_provisioner_namespace: volumes\n",                               "ConfigMap",
     "local-volume-provisioner",                                                                                                                                                                                          "/metadata/namespace",                                     "volumes"                         },
 /* Ceph RBD */
    {PLAIN,                                                                                    "",                                                                            "StorageClass", "rbd",                      NULL,                                                      NULL                              },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/provisioner",                                            "kubernetes.io/rbd"               },
    {CEPH,                                                                                     "ceph_rbd_storage_class: fast\n",                                              "StorageClass", "fast",                     "/provisioner",
     "kubernetes.io/rbd"                                                                                                                                                                                                                                                                                               },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      DEFAULT_MARK,                                              "false"                           },
    {CEPH,                                                                                     "ceph_rbd_is_default_class: true\n",                                           "StorageClass", "rbd",                      DEFAULT_MARK,                                              "true"                            },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/monitors",                                    "1.2.3.4:6789"                    },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/adminId",                                     "admin"                           },
    {CEPH,                                                                                     "ceph_rbd_admin_id: root\n",                                                   "StorageClass", "rbd",                      "/parameters/adminId",                                     "root"                            },
    {CEPH,                                                                                     "",                                                                            "Secret",       "ceph-rbd-admin-secret",    "/stringData/key",                                         "QWRtaW4="                        },
    {CEPH,                                                                                     "",                                                                            "Secret",       "ceph-rbd-admin-secret",    "/type",                                                   "kubernetes.io/rbd"               },
    {CEPH,                                                                                     "",                                                                            "Secret",       "ceph-rbd-admin-secret",    "/metadata/namespace",                                     "kube-system"                     },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/adminSecretName",                             "ceph-rbd-admin-secret"           },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/adminSecretNamespace",                        "kube-system"                     },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/pool",                                        "rbd"                             },
    {CEPH,                                                                                     "ceph_rbd_pool: k8s\n",                                                        "StorageClass", "rbd",                      "/parameters/pool",                                        "k8s"                             },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/userId",                                      "admin"                           },
    {CEPH,                                                                                     "ceph_rbd_admin_id: root\n",                                                   "StorageClass", "rbd",                      "/parameters/userId",                                      "root"                            },
    {CEPH,                                                                                     "ceph_rbd_user_id: kube\nceph_rbd_user_secret: S3ViZQ==\n",                    "StorageClass", "rbd",
     "/parameters/userId",                                                                                                                                                                                                                                                           "kube"                            },
    {CEPH,                                                                                     "ceph_rbd_user_id: kube\nceph_rbd_user_secret: S3ViZQ==\n",                    "Secret",
     "ceph-rbd-user-secret",                                                                                                                                                                                              "/stringData/key",                                         "S3ViZQ=="                        },
    {CEPH,                                                                                     "",                                                                            "Secret",       "ceph-rbd-user-secret",     "/stringData/key",                                         "QWRtaW4="                        },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/userSecretName",                              "ceph-rbd-user-secret"            },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/fsType",                                      "ext4"                            },
    {CEPH,                                                                                     "ceph_rbd_fsType: xfs\n",                                                      "StorageClass", "rbd",                      "/parameters/fsType",                                      "xfs"                             },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/imageFormat",                                 "2"                               },
    {CEPH,                                                                                     "ceph_rbd_imageFormat: 1\n",                                                   "StorageClass", "rbd",                      "/parameters/imageFormat",                                 "1"                               },
    {CEPH,                                                                                     "",                                                                            "StorageClass", "rbd",                      "/parameters/imageFeatures",                               NULL                              },
    {CEPH,                                                                                     "ceph_rbd_imageFeatures: layering\n",                                          "StorageClass", "rbd",                      "/parameters/imageFeatures",
     "layering"                                                                                                                                                                                                                                                                                                        },
    {CEPH,                                                                                     "seed_ceph_rbd_provisioner: ceph.com/rbd\n",                                   "StorageClass", "rbd",                      "/provisioner",
     "ceph.com/rbd"                                                                                                                                                                                                                                                                                                    },
    {CEPH,                                                                                     "seed_ceph_rbd_provisioner: ceph.com/rbd\n",                                   "StorageClass", "rbd",
     "/parameters/monitors",                                                                                                                                                                                                                                                         "1.2.3.4:6789"                    },
    {CEPH,                                                                                     "seed_ceph_rbd_provisioner: rbd.csi.ceph.com\nseed_ceph_rbd_cluster_id: c1\n",
     "StorageClass",                                                                                                                                                                          "rbd",                      "/parameters/clusterID",                                   "c1"                              },
    {CEPH,                                                                                     "seed_ceph_rbd_provisioner: rbd.csi.ceph.com\nseed_ceph_rbd_cluster_id: c1\n",
     "StorageClass",                                                                                                                                                                          "rbd",                      "/parameters/monitors",                                    NULL                              },
    {CEPH,                                                                                     "seed_ceph_rbd_provisioner: rbd.csi.ceph.com\nseed_ceph_rbd_cluster_id: c1\n",
     "StorageClass",                                                                                                                                                                          "rbd",                      "/parameters/csi.storage.k8s.io~1provisioner-secret-name",
     "ceph-rbd-admin-secret"                                                                                                                                                                                                                                                                                           },
    {CEPH,                                                                                     "seed_ceph_rbd_provisioner: rbd.csi.ceph.com\nseed_ceph_rbd_cluster_id: c1\n", "Secret",
     "ceph-rbd-admin-secret",                                                                                                                                                                                             "/stringData/userKey",                                     "QWRtaW4="                        },
    {CEPH,                                                                                     "seed_ceph_rbd_provisioner: rbd.csi.ceph.com\nseed_ceph_rbd_cluster_id: c1\n", "Secret",
     "ceph-rbd-admin-secret",                                                                                                                                                                                             "/stringData/userID",                                      "admin"                           },
 /* GlusterFS */
    {PLAIN,                                                                                    "",                                                                            "StorageClass", "glusterfs",                NULL,                                                      NULL                              },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/provisioner",                                            "kubernetes.io/glusterfs"         },
    {GLUSTER,                                                                                  "glusterfs_provisioner_storage_class: shared\n",                               "StorageClass", "shared",
     "/provisioner",                                                                                                                                                                                                                                                                 "kubernetes.io/glusterfs"         },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                DEFAULT_MARK,                                              "false"                           },
    {GLUSTER,                                                                                  "glusterfs_is_default_class: true\n",                                          "StorageClass", "glusterfs",                DEFAULT_MARK,
     "true"                                                                                                                                                                                                                                                                                                            },
    {GLUSTER,                                                                                  "glusterfs_provisioner_is_default_class: true\n",                              "StorageClass", "glusterfs",
     DEFAULT_MARK,                                                                                                                                                                                                                                                                   "true"                            },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/parameters/restauthenabled",                             "true"                            },
    {GLUSTER,                                                                                  "glusterfs_provisioner_restauthenabled: false\n",                              "StorageClass", "glusterfs",
     "/parameters/restauthenabled",                                                                                                                                                                                                                                                  "false"                           },
    {GLUSTER,                                                                                  "glusterfs_provisioner_restauthenabled: false\n",                              "StorageClass", "glusterfs",
     "/parameters/secretName",                                                                                                                                                                                                                                                       NULL                              },
    {GLUSTER,                                                                                  "glusterfs_provisioner_restauthenabled: false\n",                              "Secret",       "heketi-secret",            NULL,
     NULL                                                                                                                                                                                                                                                                                                              },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/parameters/resturl",                                     "http://192.168.0.4:8080"         },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/parameters/clusterid",                                   NULL                              },
    {GLUSTER,                                                                                  "glusterfs_provisioner_clusterid: 630372ccdc720a92c681fb928f27b53f\n",         "StorageClass",
     "glusterfs",                                                                                                                                                                                                         "/parameters/clusterid",                                   "630372ccdc720a92c681fb928f27b53f"},
    {GLUSTER,
     "glusterfs_provisioner_clusterid: [630372ccdc720a92c681fb928f27b53f, "
     "f27b53f630372ccdc720a92c681fb928]\n",                                                                                                                                   "StorageClass", "glusterfs",                "/parameters/clusterid",
     "630372ccdc720a92c681fb928f27b53f,f27b53f630372ccdc720a92c681fb928"                                                                                                                                                                                                                                               },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/parameters/restuser",                                    "admin"                           },
    {GLUSTER,                                                                                  "glusterfs_provisioner_restuser: kube\n",                                      "StorageClass", "glusterfs",
     "/parameters/restuser",                                                                                                                                                                                                                                                         "kube"                            },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/parameters/secretName",                                  "heketi-secret"                   },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/parameters/secretNamespace",                             "kube-system"                     },
    {GLUSTER,                                                                                  "glusterfs_provisioner_secretName: heketi\n",                                  "Secret",       "heketi",                   "/type",
     "kubernetes.io/glusterfs"                                                                                                                                                                                                                                                                                         },
    {GLUSTER,                                                                                  "glusterfs_provisioner_secretName: heketi\n",                                  "StorageClass", "glusterfs",
     "/parameters/secretName",                                                                                                                                                                                                                                                       "heketi"                          },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/parameters/gidMin",                                      "40000"                           },
    {GLUSTER,                                                                                  "glusterfs_provisioner_gidMin: 2000\n",                                        "StorageClass", "glusterfs",
     "/parameters/gidMin",                                                                                                                                                                                                                                                           "2000"                            },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/parameters/gidMax",                                      "50000"                           },
    {GLUSTER,                                                                                  "glusterfs_provisioner_gidMax: 2147483647\n",                                  "StorageClass", "glusterfs",
     "/parameters/gidMax",                                                                                                                                                                                                                                                           "2147483647"                      },
    {GLUSTER,                                                                                  "",                                                                            "StorageClass", "glusterfs",                "/parameters/volumetype",                                  "replicate:2"                     },
    {GLUSTER,                                                                                  "glusterfs_provisioner_volumetype: replicate:3\n",                             "StorageClass", "glusterfs",
     "/parameters/volumetype",                                                                                                                                                                                                                                                       "replicate:3"                     },
    {GLUSTER,                                                                                  "",                                                                            "Secret",       "heketi-secret",            "/stringData/key",                                         "key"                             },
    {PLAIN "glusterfs_provisioner_enabled: true\nglusterfs_provisioner_resturl: http://h:1\n",
     "jwt_admin_key: 123456\n",                                                                                                                                               "Secret",       "heketi-secret",            "/stringData/key",                                         "123456"                          },
};

static void every_variable_has_its_place(void **state)
{
    char vars[2048];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct made m;
        json_t *config;
        const json_t *object;
        const char *have;

        (void)snprintf(vars, sizeof(vars), "%s%s", rows[i].base, rows[i].vars);
        m = make_plan(GUIDE, vars, CLUSTER);
        if (!m.plan)
            fail_msg("row %zu: %srefused: %s", i, vars, m.problems);
        config = config_of(&m, "node1");
        object = find(config, rows[i].kind, rows[i].name);
        if (!rows[i].pointer != !object)
            fail_msg("row %zu: %s%s %s is%s there", i, vars, rows[i].kind, rows[i].name,
                     object ? "" : " not");
        have = object ? look(object, rows[i].pointer) : NULL;
        if (!have != !rows[i].want || (have && strcmp(have, rows[i].want) != 0))
            fail_msg("row %zu: %s%s is %s, not %s", i, vars, rows[i].pointer,
                     have ? have : "missing", rows[i].want ? rows[i].want : "missing");
        json_decref(config);
        made_done(&m);
    }
}

/* base, a line after it, and what is said. */
static const struct {
    const char *base, *line, *words;
} refusals[] = {
    {PLAIN,                                                                                    "local_volume_provisioner_enabled: maybe\n",
     "local_volume_provisioner_enabled: expected true or false"                                                                                                                                      },
    {PLAIN,                                                                                    "local_volume_provisioner_storage_class: Local\n",
     "local_volume_provisioner_storage_class: expected a DNS name"                                                                                                                                   },
    {PLAIN,                                                                                    "local_volume_provisioner_namespace: a_b\n",
     "local_volume_provisioner_namespace: expected small letters"                                                                                                                                    },
    {PLAIN,                                                                                    "local_volume_is_default_class: 2\n",
     "local_volume_is_default_class: expected true or false"                                                                                                                                         },
    {PLAIN,                                                                                    "local_volume_provisioner_base_dir: disks\n",
     "local_volume_provisioner_base_dir: expected an absolute path"                                                                                                                                  },
    {CEPH,                                                                                     "ceph_rbd_storage_class: RBD\n",                   "ceph_rbd_storage_class: expected a DNS name"      },
    {CEPH,                                                                                     "ceph_rbd_is_default_class: x\n",                  "ceph_rbd_is_default_class: expected true or false"},
    {CEPH,                                                                                     "ceph_rbd_admin_id: 'a b'\n",                      "ceph_rbd_admin_id: expected one word"             },
    {CEPH,                                                                                     "ceph_rbd_pool: 'a b'\n",                          "ceph_rbd_pool: expected one word"                 },
    {CEPH,                                                                                     "ceph_rbd_user_id: ['kube']\n",                    "ceph_rbd_user_id: expected a word, not a list"    },
    {CEPH,                                                                                     "ceph_rbd_user_secret: 'a b'\n",                   "ceph_rbd_user_secret: expected the key alone"     },
    {CEPH,                                                                                     "ceph_rbd_fsType: btrfs\n",                        "ceph_rbd_fsType: expected one of ext4|xfs"        },
    {CEPH,                                                                                     "ceph_rbd_imageFormat: 3\n",                       "ceph_rbd_imageFormat: expected one of 1|2"        },
    {CEPH,                                                                                     "ceph_rbd_imageFeatures: exclusive-lock\n",        "ceph_rbd_imageFeatures: expected layering"        },
    {CEPH,                                                                                     "seed_ceph_rbd_provisioner: a b\n",                "seed_ceph_rbd_provisioner: expected one word"     },
    {GLUSTER,                                                                                  "glusterfs_provisioner_storage_class: G\n",
     "glusterfs_provisioner_storage_class: expected a DNS name"                                                                                                                                      },
    {GLUSTER,                                                                                  "glusterfs_is_default_class: x\n",
     "glusterfs_is_default_class: expected true or false"                                                                                                                                            },
    {GLUSTER,                                                                                  "glusterfs_provisioner_restauthenabled: x\n",
     "restauthenabled: expected true or false"                                                                                                                                                       },
    {GLUSTER,                                                                                  "glusterfs_provisioner_clusterid: [12]\n",
     "glusterfs_provisioner_clusterid: expected 32 hexadecimal"                                                                                                                                      },
    {GLUSTER,                                                                                  "glusterfs_provisioner_restuser: 'a b'\n",
     "glusterfs_provisioner_restuser: expected one word"                                                                                                                                             },
    {GLUSTER,                                                                                  "glusterfs_provisioner_secretName: A\n",
     "glusterfs_provisioner_secretName: expected a DNS name"                                                                                                                                         },
    {GLUSTER,                                                                                  "glusterfs_provisioner_gidMin: 1999\n",
     "glusterfs_provisioner_gidMin: expected a whole number from 2000"                                                                                                                               },
    {GLUSTER,                                                                                  "glusterfs_provisioner_gidMax: 2147483648\n",
     "glusterfs_provisioner_gidMax: expected a whole number from 2000 to 2147483647"                                                                                                                 },
    {GLUSTER,                                                                                  "glusterfs_provisioner_volumetype: replicate\n",
     "glusterfs_provisioner_volumetype: expected none"                                                                                                                                               },
    {PLAIN "glusterfs_provisioner_enabled: true\njwt_admin_key: key\n",
     "glusterfs_provisioner_resturl: 192.168.0.4:8080\n",                                                                                         "expected a URL such as http://192.168.0.4:8080"   },
    {PLAIN "glusterfs_provisioner_enabled: true\nglusterfs_provisioner_resturl: http://h:1\n",
     "jwt_admin_key: [1]\n",                                                                                                                      "jwt_admin_key: expected a secret, not a list"     },
};

static void what_does_not_suit_is_refused(void **state)
{
    char vars[2048];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        (void)snprintf(vars, sizeof(vars), "%s%s", refusals[i].base, refusals[i].line);
        assert_refused(GUIDE, vars, refusals[i].words);
    }
}

#define MANAGER(with)                                                                              \
    CEPH "seed_artifacts:\n- {name: kcm, sha256: '" HEX "', size: 1, kind: image, image: "         \
         "'k8s.gcr.io/kube-controller-manager:v1.20.2', image_id: 'sha256:" HEX "'" with "}\n"

/* The warning about rbd goes once there is one, or another provisioner. */
static void the_manager_needs_rbd(void **state)
{
    static const char words[] = "stock image has no rbd program";

    (void)state;
    assert_warned(GUIDE, CEPH, words);
    assert_warned(GUIDE, MANAGER(""), words);
    assert_silent(GUIDE, MANAGER(", with: [rbd]"), words);
    assert_silent(GUIDE, CEPH "seed_ceph_rbd_provisioner: ceph.com/rbd\n", words);
    assert_silent(GUIDE, PLAIN, words);
    assert_refused(GUIDE, MANAGER(", with: [sh]"),
                   "with: expected programs that an image may have");
    assert_refused(GUIDE, MANAGER(", with: rbd"), "with: expected a list such as [rbd]");
}

/* Data disks' mounts and the volumes that nodeseed makes are where the class' folder is. */
static void the_folder_is_followed(void **state)
{
    static const char disks[] = "seed_data_disks: [{match: {serial: A}}, "
                                "{match: {serial: B}, volumes: 2}]\n";
    static const struct {
        const char *vars, *folder;
    } folders[] = {
        {PLAIN,                                                     "/mnt/disks"  },
        {PLAIN "local_volume_provisioner_base_dir: /srv/volumes\n", "/srv/volumes"},
    };
    char vars[1024], mount[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        struct made m;
        json_t *config;

        (void)snprintf(vars, sizeof(vars), "%s%s", folders[i].vars, disks);
        m = make_plan(GUIDE, vars, CLUSTER);
        config = config_of(&m, "node2");
        assert_string_equal(text_at(config, "/volumes/folder"), folders[i].folder);
        (void)snprintf(mount, sizeof(mount), "%s/%s", folders[i].folder,
                       text_at(config, "/disks/0/uuid"));
        assert_string_equal(text_at(config, "/disks/0/mount"), mount);
        (void)snprintf(mount, sizeof(mount), "%s/%s", folders[i].folder,
                       text_at(config, "/disks/1/volumes/1/uuid"));
        assert_string_equal(text_at(config, "/disks/1/volumes/1/mount"), mount);
        json_decref(config);
        made_done(&m);
    }
}

/* A class that is not made is no default. */
static void nfs_is_no_default(void **state)
{
    static const char nfs[] = PLAIN "nfs_client_enabled: true\nnfs_client_is_default_class: true\n";
    static const char none[] = "no storage class is the default";
    struct made m = make_plan(GUIDE, nfs, CLUSTER);
    json_t *config = config_of(&m, "node1");

    (void)state;
    assert_string_equal(look(find(config, "StorageClass", "local"), DEFAULT_MARK), "true");
    json_decref(config);
    made_done(&m);
    assert_warned(GUIDE, nfs, "no storage class is made for NFS");
    assert_silent(GUIDE, nfs, none);
    assert_warned(GUIDE,
                  PLAIN "nfs_client_enabled: true\nnfs_client_is_default_class: true\n"
                        "local_volume_is_default_class: false\n",
                  none);
}

#define BOTH                                                                                       \
    CEPH "glusterfs_provisioner_enabled: true\nglusterfs_provisioner_resturl: "                    \
         "http://10.0.0.2:8080\n"                                                                  \
         "jwt_admin_key: QWRtaW4=\n"

static void classes_have_names_of_their_own(void **state)
{
    static const char words[] = "two storage classes would be called";

    (void)state;
    assert_refused(GUIDE, CEPH "ceph_rbd_storage_class: local\n",
                   "local_volume_provisioner_storage_class and ceph_rbd_storage_class: two storage "
                   "classes would be called local: give one of them another name");
    assert_refused(GUIDE, CEPH "local_volume_storage_class: rbd\n", words);
    assert_refused(GUIDE, GLUSTER "glusterfs_provisioner_storage_class: local\n", words);
    assert_refused(GUIDE, BOTH "glusterfs_provisioner_storage_class: rbd\n", words);
    assert_silent(GUIDE, CEPH "ceph_rbd_storage_class: local\nlocal_volume_enabled: false\n",
                  words);
    assert_silent(GUIDE, BOTH, words);
    assert_refused(
        GUIDE, BOTH "glusterfs_provisioner_secretName: ceph-rbd-admin-secret\n",
        "glusterfs_provisioner_secretName: Secret ceph-rbd-admin-secret is nodeseed's for "
        "something else: give it another name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variable_has_its_place),
        cmocka_unit_test(what_does_not_suit_is_refused),
        cmocka_unit_test(the_manager_needs_rbd),
        cmocka_unit_test(the_folder_is_followed),
        cmocka_unit_test(nfs_is_no_default),
        cmocka_unit_test(classes_have_names_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
