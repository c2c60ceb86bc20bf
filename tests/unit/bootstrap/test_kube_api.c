/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/kube_api.h"
#include "tests/unit/test.h"

static void test_paths(void **state)
{
    static const struct {
        const char *object, *path; /* NULL: refused */
    } rows[] = {
        {"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}",
         "/api/v1/namespaces/a"                                                                                                                          },
        {"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":"
         "\"kube-system\"}}",                                                   "/api/v1/namespaces/kube-system/configmaps/a"                   },
        {"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}",
         "/api/v1/namespaces/default/configmaps/a"                                                                                                       },
        {"{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\",\"metadata\":{\"name\":\"a\","
         "\"namespace\":\"b\"}}",                                               "/apis/apps/v1/namespaces/b/daemonsets/a"                       },
        {"{\"apiVersion\":\"storage.k8s.io/v1\",\"kind\":\"StorageClass\",\"metadata\":{\"name\":"
         "\"local\",\"namespace\":\"ignored\"}}",                               "/apis/storage.k8s.io/v1/storageclasses/local"                  },
        {"{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRole\",\"metadata\":{"
         "\"name\":\"system:coredns\"}}",                                       "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:coredns"},
        {"{\"apiVersion\":\"v2\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}", NULL                                                            },
        {"{\"apiVersion\":\"v1\",\"kind\":\"Surprise\",\"metadata\":{\"name\":\"a\"}}",  NULL                                                            },
        {"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{}}",               NULL                                                            },
        {"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}",                               NULL                                                            },
        {"{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}",                       NULL                                                            },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *object = json_loads(rows[i].object, 0, NULL);
        struct error e = ERROR_INIT;
        char path[256] = "";
        int r;

        assert_non_null(object);
        r = kube_path(NULL, object, path, sizeof(path), &e);
        assert_int_equal(r, rows[i].path ? 0 : -EINVAL);
        if (rows[i].path)
            assert_string_equal(path, rows[i].path);
        json_decref(object);
    }
}

static void test_path_limit(void **state)
{
    json_t *object = json_loads("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{"
                                "\"name\":\"a-name-of-some-length\"}}",
                                0, NULL);
    struct error e = ERROR_INIT;
    char path[30];

    (void)state;
    assert_int_equal(kube_path(NULL, object, path, sizeof(path), &e), -E2BIG);
    json_decref(object);
}

static void test_ready(void **state)
{
    static const struct {
        const char *node;
        bool ready;
        const char *why;
    } rows[] = {
        {"{}",                                                                              false, "the kubelet has not said anything yet"},
        {"{\"status\":{\"conditions\":[{\"type\":\"DiskPressure\",\"status\":\"True\"}]}}", false,
         "the kubelet has not said anything yet"                                                                                          },
        {"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\",\"message\":\"no "
         "CNI\"}]}}",                                                              false, "no CNI"                               },
        {"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}",     false,
         "the kubelet has not said anything yet"                                                                                          },
        {"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"message\":"
         "\"kubelet is posting ready status\"}]}}",                                true,  "kubelet is posting ready status"      },
        {"{\"status\":{\"conditions\":[7,{\"type\":7}]}}",                                  false,
         "the kubelet has not said anything yet"                                                                                          },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *node = json_loads(rows[i].node, 0, NULL);
        const char *why = NULL;

        assert_int_equal(kube_node_is_ready(node, &why), rows[i].ready);
        assert_string_equal(why, rows[i].why);
        json_decref(node);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_path_limit),
        cmocka_unit_test(test_ready),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
