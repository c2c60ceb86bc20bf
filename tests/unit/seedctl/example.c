/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/seedctl/example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seed-server/seedctl/text.h"

const char example_running[] =
    "{\"plan\":\"0123456789abcdef0123\",\"cluster\":{\"id\":\"c\",\"kubernetes_version\":\"1.20."
    "2\"},"
    "\"hosts\":["
    "{\"name\":\"node1\",\"roles\":[\"etcd\",\"master\",\"node\"],\"state\":\"running\","
    "\"step\":\"control-plane\",\"step_index\":8,\"message\":\"starting kube-apiserver\","
    "\"progress\":40,\"since_ms\":1000100000,\"started_ms\":1000000000,\"ready_ms\":0,"
    "\"steps\":{\"identify\":{\"seconds\":0.04,\"state\":\"done\"},"
    "\"disks\":{\"seconds\":3.25,\"state\":\"done\"},"
    "\"control-plane\":{\"seconds\":0,\"state\":\"running\"},"
    "\"future-step\":{\"seconds\":1,\"state\":\"done\"}}},"
    "{\"name\":\"node2\",\"roles\":[\"node\"],\"state\":\"waiting\",\"step\":\"node\","
    "\"step_index\":9,\"message\":\"control plane 0 of 1: node1 starting the control plane\","
    "\"progress\":null,\"since_ms\":1000090000,\"started_ms\":1000030000},"
    "{\"name\":\"node3\",\"roles\":[\"node\"],\"state\":\"absent\",\"step\":null,\"message\":\"\"}]"
    ","
    "\"pending\":[{\"macs\":[\"52:54:00:00:00:99\"],\"uuid\":\"u\",\"serial\":\"\",\"host\":null}],"
    "\"ready\":0,\"total\":3,\"summary\":null}";

#define READY_HOST(name, roles, disks, ended)                                                      \
    "{\"name\":\"" name "\",\"roles\":[" roles                                                     \
    "],\"state\":\"ready\",\"step\":\"report\",\"message\":\"\",\"started_ms\":1000000000,"        \
    "\"ready_ms\":" ended ",\"steps\":{\"disks\":{\"seconds\":" disks                              \
    ",\"state\":\"done\"},\"report\":{\"seconds\":0.01,\"state\":\"done\"}}}"

const char example_ready[] =
    "{\"plan\":\"0123456789abcdef0123\",\"cluster\":{\"id\":\"c\",\"kubernetes_version\":\"1.20."
    "2\"},"
    "\"hosts\":[" READY_HOST("node1", "\"etcd\",\"master\",\"node\"", "3.25", "1000100000") "," //
    READY_HOST("node2", "\"node\"", "1.5", "1000110000") ","                                    //
    READY_HOST("node3", "\"node\"", "61",
               "1000119000") "],"
                             "\"pending\":[],\"ready\":3,\"total\":3,\"summary\":{\"api\":\"https:/"
                             "/lb.kubesphere.local:6443\","
                             "\"storage_classes\":[{\"name\":\"local\",\"default\":true},{\"name\":"
                             "\"nfs\",\"default\":false}],"
                             "\"dns\":false}}";

struct example example_read(const char *text)
{
    struct example x = {0};
    struct error e = ERROR_INIT;

    if (json_parse(text, strlen(text), strlen(text), &x.value, &e) < 0 ||
        cluster_view_read(x.value, &x.view, &e) < 0)
        fail_msg("%s", e.message);
    return x;
}

void example_done(struct example *x)
{
    cluster_view_done(&x->view);
    json_decref(x->value);
    *x = (struct example){0};
}

void assert_lines_fit(const char *text, size_t width)
{
    _cleanup_free_ char *copy = strdup(text);
    char *save = NULL;

    assert_non_null(copy);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (text_width(line) > width)
            fail_msg("%zu columns, at most %zu: \"%s\"", text_width(line), width, line);
}
