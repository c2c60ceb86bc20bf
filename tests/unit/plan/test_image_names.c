/* SPDX-License-Identifier: Apache-2.0 */
#include "make_plan.h"
#include "tests/unit/test.h"

/* Where pods' images come from: artifacts, a registry of one's own, a digest. */

#define CALICO "kube_pods_subnet: 10.233.64.0/18\n"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ARTIFACT(name, image)                                                                      \
    "- {name: " name ", sha256: '" HEX "', size: 1, kind: image, image: '" image                   \
    "', image_id: 'sha256:" HEX "'}\n"
#define ARTIFACTS                                                                                  \
    "seed_artifacts:\n" ARTIFACT("node", "mirror.local/calico/node:v3.18.0")                       \
        ARTIFACT("dns", "k8s.gcr.io/coredns:1.7.0") ARTIFACT("pause", "k8s.gcr.io/pause:3.2")

static const char *const CLUSTER[] = {"cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", NULL};

static void collect(const json_t *value, struct buf *out)
{
    const json_t *item;
    const char *key;
    size_t i;

    json_array_foreach((json_t *)value, i, item) collect(item, out);
    json_object_foreach((json_t *)value, key, item)
    {
        if (strcmp(key, "image") == 0 && json_is_string(item))
            buf_addf(out, "%s ", json_string_value(item));
        else
            collect(item, out);
    }
}

/* The images of the addons' pods, and what containerd starts pods with. */
static void images(const char *vars, struct buf *out)
{
    struct made m = make_plan(GUIDE, vars, CLUSTER);
    json_t *config;

    if (!m.plan)
        fail_msg("%srefused: %s", vars, m.problems);
    config = config_of(&m, "node1");
    collect(at(config, "/addons"), out);
    buf_add_str(out, text_at(file_in(at(config, "/kubelet/files"), "/etc/containerd/config.toml"),
                             "/text"));
    assert_int_equal(buf_check(out), 0);
    json_decref(config);
    made_done(&m);
}

static void by_registry_tag_and_digest(void **state)
{
    static const struct {
        const char *vars, *want[5];
    } rows[] = {
        {CALICO,
         {"quay.io/calico/node:v3.17.1 ", "quay.io/calico/cni:v3.17.1 ",
          "quay.io/calico/kube-controllers:v3.17.1 ", "\"k8s.gcr.io/pause:3.2\"",
          "k8s.gcr.io/kube-proxy:v1.20.2 "}                                                                                                                                   },
        {CALICO "calico_version: 3.19.1\nquay_image_repo: mirror.local:5000/quay\n"
                "kube_image_repo: mirror.local/k8s\n",                                  {"mirror.local:5000/quay/calico/node:v3.19.1 ",
          "mirror.local:5000/quay/calico/cni:v3.19.1 ",
          "mirror.local:5000/quay/calico/kube-controllers:v3.19.1 ",
          "\"mirror.local/k8s/pause:3.2\"", "mirror.local/k8s/kube-proxy:v1.20.2 "}                            },
        {CALICO "calico_node_digest_checksum: " HEX "\ncalico_cni_image_repo: a.b/cni\n"
                "calico_cni_image_tag: own\ncalico_policy_image_repo: a.b/policy\n"
                "calico_policy_digest_checksum: " HEX "\npod_infra_image_tag: '3.5'\n",
         {"quay.io/calico/node@sha256:" HEX " ", "a.b/cni:own ", "a.b/policy@sha256:" HEX " ",
          "\"k8s.gcr.io/pause:3.5\""}                                                                                                                                         },
        {CALICO "coredns_image_repo: a.b/dns\nseed_local_volumes: provisioner\n"
                "local_volume_provisioner_image_tag: v2.4.0\n",                         {"a.b/dns:1.7.0 ", "k8s.gcr.io/sig-storage/local-volume-provisioner:v2.4.0 "}},
 /* An artifact's name is the one that nodes have. */
        {CALICO ARTIFACTS,                                                                       {"mirror.local/calico/node:v3.18.0 ", "quay.io/calico/cni:v3.17.1 "}         },
        {CALICO ARTIFACTS "quay_image_repo: other.local\n",
         {"mirror.local/calico/node:v3.18.0 ", "other.local/calico/cni:v3.17.1 "}                                                                                             },
        {CALICO ARTIFACTS "calico_node_image_repo: mirror.local/calico/node\n"
                          "calico_node_image_tag: v3.18.0\n",                           {"mirror.local/calico/node:v3.18.0 "}                                        },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_buf_ struct buf have = BUF_INIT(1 << 20);

        images(rows[i].vars, &have);
        for (size_t j = 0; j < ARRAY_SIZE(rows[i].want) && rows[i].want[j]; j++)
            if (!strstr(have.data, rows[i].want[j]))
                fail_msg("row %zu: no %s in: %s", i, rows[i].want[j], have.data);
    }
}

/* kubeadm's names (kubeadm config images list): upstream's registry has CoreDNS in a folder
 * from 1.21 on, another one where it was. */
static void dns_as_kubeadm_names_it(void **state)
{
    static const struct {
        const char *version, *more, *want;
    } rows[] = {
        {"1.20.2",  "coredns_image_tag: 1.7.1\n",                                           "k8s.gcr.io/coredns:1.7.1 "          },
        {"1.21.14", "coredns_image_tag: v1.8.3\n",                                          "k8s.gcr.io/coredns/coredns:v1.8.3 " },
        {"1.20.2",  "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:1.7.0 "                     },
        {"1.21.14", "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:v1.8.0 "                    },
        {"1.22.0",  "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:v1.8.4 "                    },
        {"1.24.1",  "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:v1.8.6 "                    },
        {"1.26.0",  "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:v1.9.3 "                    },
        {"1.28.0",  "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:v1.10.1 "                   },
        {"1.31.0",  "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:v1.11.1 "                   },
        {"1.32.0",  "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:v1.11.3 "                   },
        {"1.33.0",  "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:v1.12.0 "                   },
        {"1.34.0",  "coredns_image_repo: a.b/dns\n",                                        "a.b/dns:v1.12.1 "                   },
        {"1.31.0",  "coredns_image_tag: v1.11.3\n",                                         "k8s.gcr.io/coredns/coredns:v1.11.3 "},
        {"1.31.0",  "kube_image_repo: registry.k8s.io\ncoredns_image_tag: v1.11.1\n",
         "registry.k8s.io/coredns/coredns:v1.11.1 "                                                                              },
        {"1.31.0",  "kube_image_repo: registry.k8s.io\ncoredns_digest_checksum: " HEX "\n",
         "registry.k8s.io/coredns/coredns@sha256:" HEX " "                                                                       },
        {"1.31.0",  "kube_image_repo: mirror.local/k8s\ncoredns_image_tag: v1.11.1\n",
         "mirror.local/k8s/coredns:v1.11.1 "                                                                                     },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_buf_ struct buf have = BUF_INIT(1 << 20);
        char vars[512];

        snprintf(vars, sizeof(vars), CALICO "kubernetes_version: %s\n%s", rows[i].version,
                 rows[i].more);
        images(vars, &have);
        if (!strstr(have.data, rows[i].want))
            fail_msg("row %zu: no %s in: %s", i, rows[i].want, have.data);
    }
}

static void calicos_of_the_manifest(void **state)
{
    static const char words[] = "nodeseed's manifest";

    (void)state;
    assert_silent(GUIDE, CALICO "calico_version: v3.17.1\n", words);
    assert_silent(GUIDE, CALICO "calico_version: 3.19.4\n", words);
    assert_warned(GUIDE, CALICO "calico_version: v3.16.0\n",
                  "vars.yml:2: warning: quay.io/calico/node:v3.16.0: nodeseed's manifest of Calico "
                  "is that of v3.17 to v3.19");
    assert_warned(GUIDE, CALICO "calico_version: v3.22.1\n",
                  "write one of these, such as calico_version: v3.19.4");
    assert_refused(
        GUIDE, CALICO "calico_version: v3.26.1\n",
        "vars.yml:2: quay.io/calico/node:v3.26.1: calico-node of 3.23 and newer does not "
        "start with the roles of nodeseed's manifest, which is that of v3.17 to v3.19: "
        "write one of these, such as calico_version: v3.19.4, or kube_network_plugin: "
        "bridge");
    assert_refused(GUIDE, CALICO "calico_cni_image_tag: v3.23.0-amd64\n",
                   "vars.yml:2: quay.io/calico/cni:v3.23.0-amd64: calico-node of 3.23");
    assert_refused(GUIDE, CALICO "seed_artifacts:\n" ARTIFACT("node", "a.b/calico/node:v3.24.0"),
                   "vars.yml:2: a.b/calico/node:v3.24.0: calico-node of 3.23");
    /* Whoever names tags of their own knows what is in them. */
    assert_silent(GUIDE, CALICO "calico_node_image_tag: release\n", words);
    assert_silent(GUIDE, CALICO "calico_node_image_tag: v3.x\n", words);
    assert_silent(GUIDE, "kube_network_plugin: bridge\n" CALICO "calico_version: v3.26.1\n", words);
}

static void variables_and_artifacts_agree(void **state)
{
    (void)state;
    assert_refused(GUIDE, CALICO ARTIFACTS "calico_node_digest_checksum: " HEX "\n",
                   "vars.yml:6: calico_node_digest_checksum: pods would ask for "
                   "quay.io/calico/node@sha256:" HEX ", but artifact node is "
                   "mirror.local/calico/node:v3.18.0");
    assert_refused(GUIDE, CALICO ARTIFACTS "pod_infra_image_tag: '3.5'\n",
                   "vars.yml:6: pod_infra_image_tag: pods would ask for k8s.gcr.io/pause:3.5");
}

/* Who names a registry means it: nothing to wait for in vain, and so no warning. */
static void a_registry_is_enough(void **state)
{
    static const char words[] = "has no image of calico/cni";

    (void)state;
    assert_warned(GUIDE, CALICO ARTIFACTS, words);
    assert_silent(GUIDE, CALICO ARTIFACTS "quay_image_repo: mirror.local\n", words);
    assert_silent(GUIDE, CALICO ARTIFACTS "calico_cni_digest_checksum: " HEX "\n", words);
}

static void dns_comes_with_its_image(void **state)
{
    static const struct {
        const char *vars;
        bool has_dns;
    } rows[] = {
        {CALICO,                                      false},
        {CALICO "kube_image_repo: a.b\n",             false},
        {CALICO "coredns_image_repo: a.b/coredns\n",  true },
        {CALICO "coredns_image_tag: 1.8.0\n",         true },
        {CALICO "coredns_digest_checksum: " HEX "\n", true },
        {CALICO ARTIFACTS,                            true },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct made m = make_plan(GUIDE, rows[i].vars, CLUSTER);

        assert_int_equal(plan_settings(m.plan)->has_dns, rows[i].has_dns);
        made_done(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_registry_tag_and_digest),
        cmocka_unit_test(dns_as_kubeadm_names_it),
        cmocka_unit_test(calicos_of_the_manifest),
        cmocka_unit_test(variables_and_artifacts_agree),
        cmocka_unit_test(a_registry_is_enough),
        cmocka_unit_test(dns_comes_with_its_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
