/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/addon_health.h"
#include "bootstrap/console.h"
#include "tests/unit/test.h"

static void by_kind(void **state)
{
    static const struct {
        const char *object;
        int result;
        const char *words;
    } rows[] = {
        {"{\"kind\":\"ConfigMap\"}",                                                                      0,          NULL                  },
        {"{\"kind\":\"Deployment\",\"metadata\":{\"generation\":1}}",                                     -EAGAIN,    "not looked at yet"   },
        {"{\"kind\":\"Deployment\",\"metadata\":{\"generation\":2},\"spec\":{\"replicas\":1},"
         "\"status\":{\"observedGeneration\":1,\"updatedReplicas\":1,\"availableReplicas\":1}}", -EAGAIN,    "not looked at yet"   },
        {"{\"kind\":\"Deployment\",\"metadata\":{\"generation\":1},\"spec\":{\"replicas\":3},"
         "\"status\":{\"observedGeneration\":1,\"updatedReplicas\":3,\"availableReplicas\":2}}", -EAGAIN,    "2 of 3 pods"         },
        {"{\"kind\":\"Deployment\",\"metadata\":{\"generation\":1},\"spec\":{\"replicas\":3},"
         "\"status\":{\"observedGeneration\":1,\"updatedReplicas\":1,\"availableReplicas\":3}}", -EAGAIN,    "1 of 3 pods are of"  },
        {"{\"kind\":\"Deployment\",\"metadata\":{\"generation\":1},\"spec\":{\"replicas\":3},"
         "\"status\":{\"observedGeneration\":1,\"updatedReplicas\":3,\"availableReplicas\":3}}", 0,          NULL                  },
        {"{\"kind\":\"Deployment\",\"spec\":{\"replicas\":0},\"status\":{}}",                             0,          NULL                  },
        {"{\"kind\":\"StatefulSet\",\"spec\":{\"replicas\":2},\"status\":{\"updatedReplicas\":2,"
         "\"readyReplicas\":1}}",                                                                -EAGAIN,    "1 of 2 pods"         },
        {"{\"kind\":\"DaemonSet\",\"status\":{}}",                                                        -EAGAIN,    "not looked at yet"   },
        {"{\"kind\":\"DaemonSet\",\"status\":{\"desiredNumberScheduled\":2,"
         "\"updatedNumberScheduled\":2,\"numberAvailable\":1}}",                                 -EAGAIN,    "1 of 2 pods"         },
        {"{\"kind\":\"DaemonSet\",\"status\":{\"desiredNumberScheduled\":2,"
         "\"updatedNumberScheduled\":2,\"numberAvailable\":2}}",                                 0,          NULL                  },
        {"{\"kind\":\"Job\",\"status\":{\"active\":1}}",                                                  -EAGAIN,    "0 of 1 pods"         },
        {"{\"kind\":\"Job\",\"spec\":{\"completions\":2},\"status\":{\"succeeded\":2}}",                  0,          NULL                  },
        {"{\"kind\":\"Job\",\"status\":{\"conditions\":[{\"type\":\"Failed\",\"status\":\"True\","
         "\"message\":\"BackoffLimitExceeded\"}]}}",                                             -ECANCELED, "BackoffLimitExceeded"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *o = json_loads(rows[i].object, 0, NULL);
        struct error e = ERROR_INIT;

        assert_non_null(o);
        assert_int_equal(addon_health(o, &e), rows[i].result);
        if (rows[i].words && !strstr(e.message, rows[i].words))
            fail_msg("row %zu: %s", i, e.message);
        assert_int_equal(addon_is_workload(o), i > 0);
        json_decref(o);
    }
}

static void the_console_has_a_port(void **state)
{
    static const struct {
        const char *service;
        int port;
    } rows[] = {
        {"{\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80,\"nodePort\":32117}]}}",  32117},
        {"{\"spec\":{\"type\":\"ClusterIP\",\"ports\":[{\"port\":80,\"nodePort\":32117}]}}", 0    },
        {"{\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80}]}}",                     0    },
        {"{}",                                                                               0    },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *o = json_loads(rows[i].service, 0, NULL);

        assert_int_equal(console_port(o), rows[i].port);
        json_decref(o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_kind),
        cmocka_unit_test(the_console_has_a_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
