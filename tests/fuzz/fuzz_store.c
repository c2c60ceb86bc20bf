/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds: "KEY\nVALUE" records, divided by NUL bytes, as an older server, a newer one
 * or a disk left them. A plan is made by the allotments among them or refused, then every host's
 * records are taken in, and its state and gates are asked for. */
#include "common/log.h"
#include "seed-server/plan/model.h"
#include "seed-server/server/cluster.h"
#include "seed-server/server/lease.h"
#include "tests/fuzz/files.h"

#define RECORDS_MAX 64
#define NOW_MS (UINT64_C(1700000000) * 1000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char hosts[] = "[all]\n"
                            "a ip=192.0.2.1\n"
                            "b ip=192.0.2.2 seed_boot=pxe seed_mac=52:54:00:00:00:0b\n"
                            "[etcd]\na\n[kube_control_plane]\na\n[kube_node]\nb\n"
                            "[all:vars]\nseed_gateway=192.0.2.254\nkube_network_plugin=bridge\n"
                            "kube_pods_subnet=10.233.64.0/18\n";

struct records {
    char *keys[RECORDS_MAX], *values[RECORDS_MAX];
    size_t n;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void read_records(struct records *r)
{
    for (r->n = 0; r->n < RECORDS_MAX; r->n++) {
        char *text = files_next_piece(), *end = strchr(text, '\n');

        if (!*text || !end) {
            free(text);
            return;
        }
        *end = '\0';
        r->keys[r->n] = text;
        r->values[r->n] = end + 1;
    }
}

static const char *stored_get(const char *key, void *userdata)
{
    const struct records *r = userdata;

    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->keys[i], key) == 0)
            return r->values[i];
    return NULL;
}

static void stored_each(const char *prefix, allotment_seen *seen, void *seen_data, void *userdata)
{
    const struct records *r = userdata;

    for (size_t i = 0; i < r->n; i++)
        if (strncmp(r->keys[i], prefix, strlen(prefix)) == 0)
            seen(r->keys[i], r->values[i], seen_data);
}

static struct plan *make_plan(struct records *records)
{
    const struct allotments stored = {stored_get, stored_each, records};
    const struct plan_options options = {.stored = &stored};
    const struct fuzz_file file = {"conf/hosts.ini", hosts, sizeof(hosts) - 1};
    struct problems problems = {0};
    struct inventory *inv = NULL;
    struct error e = ERROR_INIT;
    struct plan *p = NULL;
    int r;

    files_are(&file, 1);
    must(inventory_load_conf("conf", &inv, &e) == 0);
    r = plan_make(inv, &options, &problems, &p, &e);
    must(r == 0 ? !problems.fatal : problems.fatal && e.message[0]);
    problems_done(&problems);
    inventory_free(inv);
    return p;
}

static void take_records(struct cluster *c, const struct plan *plan, const struct records *records)
{
    static const enum step gates[] = {STEP_ETCD, STEP_CONTROL_PLANE, STEP_NODE};
    struct gate_round *round;
    struct error e = ERROR_INIT;

    for (size_t i = 0; i < records->n; i++) {
        struct lease lease = {0};
        size_t host = cluster_changed(c, records->keys[i], records->values[i]);

        must(host == SIZE_MAX || host < plan_host_count(plan));
        (void)!lease_take_record(&lease, records->values[i], 1, 1, &e); /* only its end */
    }
    for (size_t i = 0; i < plan_host_count(plan); i++) {
        struct host_record *h = cluster_host(c, i);

        must(h && host_state_name(host_record_state(h, false)));
        host_record_unref(h);
    }
    must(gate_round_new(c, NOW_MS, &round, &e) == 0);
    for (size_t i = 0; i < plan_host_count(plan); i++)
        for (size_t k = 0; k < ARRAY_SIZE(gates); k++) {
            struct gate_answer answer;

            if (gate_round_decide(round, i, gates[k], &answer, &e) == 0)
                must(answer.granted || answer.reason[0]);
        }
    gate_round_free(round);
}

/* Nothing: the records come as changes. */
static const struct store_view *empty_view(void)
{
    static struct store *store;
    static struct store_view *view;
    struct error e = ERROR_INIT;

    if (!store) {
        log_set_level(LOG_CRIT); /* of what cannot be read there is a line in the log, each time */
        must(store_open(":memory:", &store, &e) == 0);
        view = store_view(store);
        must(view != NULL);
    }
    return view;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct records records;
    struct plan *plan;

    files_are_pieces(data, size);
    read_records(&records);
    plan = make_plan(&records);
    if (plan) {
        _cleanup_(cluster_freep) struct cluster *c = NULL;
        struct error e = ERROR_INIT;

        must(cluster_new(plan, empty_view(), &c, &e) == 0);
        take_records(c, plan, &records);
        plan_unref(plan);
    }
    for (size_t i = 0; i < records.n; i++)
        free(records.keys[i]);
    return 0;
}
