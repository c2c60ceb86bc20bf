/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/file.h"
#include "seed-server/server/gates.h"
#include "seed-server/server/server.h"
#include "tests/unit/test.h"

/* The gates' own thread, with a server that is nothing but a plan in use. */

#define TRIES 10
#define SOON_MS 900 /* less than the second after which the thread wakes without a reason */

static const char hosts[] =
    "[all]\nnode1 ip=192.168.0.10\n[kube-master]\nnode1\n[kube-node]\nnode1\n"
    "[etcd]\nnode1\n[k8s-cluster:children]\nkube-node\nkube-master\n";
static const char vars[] =
    "kubernetes_version: 1.20.2\nkube_network_plugin: bridge\nseed_prefix: 24\n"
    "seed_gateway: 192.168.0.1\nseed_trust: approve\n";

static struct gates *gates;
static struct serving *in_use;
static uint64_t asked_ms[2]; /* when the plan in use was asked for: first, and once more */

/* server.c's. Another plan comes into use while the first answer is on its way. */
struct serving *server_serving(struct server *s)
{
    struct serving *serving = serving_ref(in_use);
    uint64_t now = clock_monotonic_ms();

    (void)s;
    if (__atomic_load_n(&asked_ms[0], __ATOMIC_ACQUIRE) == 0) {
        while (!__atomic_load_n(&gates, __ATOMIC_ACQUIRE))
            clock_sleep_ms(1);
        gates_wake(gates);
        now = clock_monotonic_ms();
        __atomic_store_n(&asked_ms[0], now, __ATOMIC_RELEASE);
    } else if (__atomic_load_n(&asked_ms[1], __ATOMIC_ACQUIRE) == 0) {
        __atomic_store_n(&asked_ms[1], now, __ATOMIC_RELEASE);
    }
    return serving;
}

static void write_text(const char *folder, const char *name, const char *text)
{
    _cleanup_free_ char *path = path_join(folder, name);
    struct error e = ERROR_INIT;

    assert_good(file_write_atomic(AT_FDCWD, path, text, strlen(text), 0600, &e), &e);
}

static void remove_file(const char *folder, const char *name)
{
    _cleanup_free_ char *path = path_join(folder, name);

    assert_int_equal(unlink(path), 0);
}

static void make_serving(const char *folder, const struct store_view *view)
{
    _cleanup_(inventory_freep) struct inventory *inventory = NULL;
    struct plan_options options = {.new_cluster_id = "11111111-2222-4333-8444-555555555555"};
    struct problems problems = {0}, none = {0};
    _cleanup_(plan_unrefp) struct plan *plan = NULL;
    struct cluster *cluster;
    struct error e = ERROR_INIT;

    write_text(folder, "hosts.ini", hosts);
    write_text(folder, "vars.yml", vars);
    assert_good(inventory_load_conf(folder, &inventory, &e), &e);
    remove_file(folder, "hosts.ini");
    remove_file(folder, "vars.yml");
    assert_good(plan_make(inventory, &options, &problems, &plan, &e), &e);
    problems_done(&problems);
    assert_good(cluster_new(plan, view, &cluster, &e), &e);
    assert_good(serving_new(plan, cluster, NULL, &none, 0, &in_use, &e), &e);
}

/* How long it takes until the thread looks at the plan that came in between. */
static uint64_t look_again_ms(struct server *server)
{
    uint64_t end_ms = clock_monotonic_ms() + 30000;
    struct error e = ERROR_INIT;
    struct gates *made;

    asked_ms[0] = asked_ms[1] = 0;
    gates = NULL;
    assert_good(gates_new(server, &made, &e), &e);
    __atomic_store_n(&gates, made, __ATOMIC_RELEASE);
    while (__atomic_load_n(&asked_ms[1], __ATOMIC_ACQUIRE) == 0 && clock_monotonic_ms() < end_ms)
        clock_sleep_ms(5);
    gates_stop(made);
    gates_free(made);
    assert_true(asked_ms[1] != 0);
    return asked_ms[1] - asked_ms[0];
}

/* Who is woken for a new plan decides by that one, and not by the one before. On a busy machine one
 * try may take long for another reason. */
static void test_plan_comes_in_between(void **state)
{
    char folder[] = "/tmp/test_gates.XXXXXX";
    struct server server = {.started_ms = 0};
    struct error e = ERROR_INIT;
    _cleanup_free_ char *path = NULL;
    struct store_view *view;
    uint64_t took_ms = SOON_MS;

    (void)state;
    assert_non_null(mkdtemp(folder));
    path = path_join(folder, "store.sqlite");
    assert_good(store_open(path, &server.store, &e), &e);
    view = store_view(server.store);
    make_serving(folder, view);
    for (int i = 0; i < TRIES && took_ms >= SOON_MS; i++)
        took_ms = look_again_ms(&server);
    assert_true(took_ms < SOON_MS);
    serving_unref(in_use);
    store_view_unref(view);
    store_close(server.store);
    remove_file(folder, "store.sqlite");
    (void)rmdir(folder); /* SQLite may have left files of its own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plan_comes_in_between)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
