/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seed-server/seedctl/summary.h"
#include "tests/unit/seedctl/example.h"

typedef int render(const struct cluster_view *v, const struct board_style *style, struct buf *out,
                   struct error *e);

static char *say(render *f, const char *status, unsigned width)
{
    const struct board_style style = {.width = width, .now_ms = EXAMPLE_NOW_MS};
    _cleanup_example_ struct example x = example_read(status);
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;
    char *text;

    assert_int_equal(f(&x.view, &style, &out, &e), 0);
    text = buf_take(&out, NULL);
    assert_non_null(text);
    return text;
}

#define USE                                                                                        \
    "Use it:\n"                                                                                    \
    "  seedctl kubeconfig --output kubeconfig && export KUBECONFIG=$PWD/kubeconfig\n"              \
    "  kubectl get nodes\n"                                                                        \
    "  API server: https://lb.kubesphere.local:6443\n"                                             \
    "  Storage classes: local (default), nfs\n"                                                    \
    "  Cluster DNS: NOT part of it, because its image (coredns) is not among the artifacts; "      \
    "service names do not resolve\n"

static void test_success(void **state)
{
    _cleanup_free_ char *text = say(summary_success, example_ready, 100);

    (void)state;
    assert_string_equal(text,
                        "Successful: 3 of 3 hosts are ready, 1m59s after the first was seen.\n"
                        "\n"
                        "stage            node1    node2    node3\n"
                        "disks             3.3s     1.5s    1m01s\n"
                        "report            0.0s     0.0s     0.0s\n"
                        "all              1m40s    1m50s    1m59s\n"
                        "\n" USE);
}

/* As in the guide, once the Service ks-console was seen. */
static void test_console(void **state)
{
    static const char member[] = "\"console\":\"http://192.168.0.10:30880\",";
    _cleanup_free_ char *status = NULL, *text = NULL, *without = NULL;
    const char *summary = strstr(example_ready, "\"summary\":{");
    size_t head;

    (void)state;
    assert_non_null(summary);
    head = (size_t)(summary - example_ready) + strlen("\"summary\":{");
    assert_true(
        asprintf(&status, "%.*s%s%s", (int)head, example_ready, member, example_ready + head) > 0);
    text = say(summary_success, status, 100);
    assert_non_null(strstr(text, "  API server: https://lb.kubesphere.local:6443\n"
                                 "  Console: http://192.168.0.10:30880\n"
                                 "  Storage classes: "));
    without = say(summary_success, example_ready, 100);
    assert_null(strstr(without, "Console"));
}

static void test_success_narrow(void **state)
{
    _cleanup_free_ char *text = say(summary_success, example_ready, 39);

    (void)state;
    assert_non_null(strstr(text, "stage          fastest   median  slowest  hosts\n"
                                 "disks             1.5s     3.3s    1m01s      3\n"));
}

static void test_failure(void **state)
{
    _cleanup_free_ char *status = strdup(example_running), *text = NULL;
    char *p;

    (void)state;
    assert_non_null(status);
    p = strstr(status, "running");
    assert_non_null(p);
    memcpy(p, "failed\"", 7); /* "failed"" and the old quote: one blank is needed */
    memmove(p + 7, p + 8, strlen(p + 8) + 1);
    text = say(summary_failure, status, 100);
    assert_string_equal(text,
                        "Not ready: 0 of 3 hosts are.\n"
                        "  node1, control-plane: failed joining the control plane: starting "
                        "kube-apiserver\n"
                        "    seedctl logs node1 shows what it did\n"
                        "  node2, node: waits: control plane 0 of 1: node1 starting the control "
                        "plane\n"
                        "  node3: not seen yet\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_success),
        cmocka_unit_test(test_console),
        cmocka_unit_test(test_success_narrow),
        cmocka_unit_test(test_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
