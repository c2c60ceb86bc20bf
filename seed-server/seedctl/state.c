/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

static const char *const host_view_state_names[] = {
    [HOST_ABSENT] = "absent",           [HOST_APPROVE] = "approve", [HOST_ENROLLED] = "enrolled",
    [HOST_RUNNING] = "running",         [HOST_WAITING] = "waiting", [HOST_FAILED] = "failed",
    [HOST_QUARANTINED] = "quarantined", [HOST_READY] = "ready",     [HOST_REMOVED] = "removed",
};

const char *host_view_state_name(enum host_state s)
{
    return host_view_state_names[s];
}

static int find_host_state(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(host_view_state_names); i++)
        if (strcmp(name, host_view_state_names[i]) == 0)
            return (int)i;
    return -1;
}

static int read_time(const json_t *o, const char *key, uint64_t *ret, struct error *e)
{
    int64_t value;
    int r = json_get_int_or(o, key, 0, &value, e);

    if (r == 0)
        *ret = value > 0 ? (uint64_t)value : 0;
    return r;
}

static int read_roles(const json_t *o, struct host_view *h, struct error *e)
{
    json_t *roles, *role;
    size_t i;
    int r = json_get_array(o, "roles", &roles, e);

    if (r < 0)
        return r;
    json_array_foreach(roles, i, role)
    {
        size_t len = strlen(h->roles);

        (void)snprintf(h->roles + len, sizeof(h->roles) - len, "%s%s", len ? "," : "",
                       json_is_string(role) ? json_string_value(role) : "?");
    }
    return 0;
}

/* Steps that this version does not know are left out: the server may be newer. */
static void read_steps(const json_t *o, struct host_view *h)
{
    const char *name, *state;
    json_t *steps = json_object_get(o, "steps"), *step;

    json_object_foreach(steps, name, step)
    {
        int at = step_find(name);
        double seconds = json_number_value(json_object_get(step, "seconds"));

        if (at < 0)
            continue;
        state = json_string_value(json_object_get(step, "state"));
        h->steps[at].known = true;
        h->steps[at].done = state && strcmp(state, "done") == 0;
        h->steps[at].ms = seconds > 0 && seconds < 1e9 ? (uint64_t)(seconds * 1000 + 0.5) : 0;
    }
}

static int read_host(const json_t *o, struct host_view *h, struct error *e)
{
    const char *state, *step;
    const json_t *configuration = json_object_get(o, "configuration");
    int64_t percent;
    bool overdue;
    int r = json_get_string(o, "name", &h->name, e);

    if (r == 0)
        r = json_get_string(o, "state", &state, e);
    if (r == 0)
        r = json_get_string_or(o, "step", "", &step, e);
    if (r == 0)
        r = json_get_string_or(o, "boot", "", &h->boot, e);
    if (r == 0)
        r = json_get_string_or(o, "message", "", &h->message, e);
    if (r == 0)
        r = json_get_string_or(o, "fingerprint", "", &h->fingerprint, e);
    if (r == 0)
        r = json_get_int_or(o, "progress", -1, &percent, e);
    if (r == 0)
        r = read_time(o, "since_ms", &h->since_ms, e);
    if (r == 0)
        r = read_time(o, "started_ms", &h->started_ms, e);
    if (r == 0)
        r = read_time(o, "ready_ms", &h->ended_ms, e);
    if (r == 0)
        r = json_get_bool_or(o, "overdue", false, &overdue, e);
    if (r == 0 && overdue)
        r = read_time(o, "updated_ms", &h->silent_since_ms, e);
    if (r == 0)
        r = read_roles(o, h, e);
    if (r < 0)
        return r;
    if (find_host_state(state) < 0)
        return error_set(e, -EINVAL, "state \"%s\" is not known to this version", state);
    h->state = (enum host_state)find_host_state(state);
    h->install = json_object_get(o, "install");
    h->step = step_find(step);
    h->installs = strcmp(h->boot, "pxe") == 0;
    h->outdated =
        json_is_string(configuration) && strcmp(json_string_value(configuration), "outdated") == 0;
    h->percent = percent < 0 || percent > 100 ? -1 : (int)percent;
    read_steps(o, h);
    return 0;
}

static int read_hosts(const json_t *hosts, struct cluster_view *v, struct error *e)
{
    json_t *host;
    size_t i;

    v->hosts = calloc(json_array_size(hosts) + 1, sizeof(*v->hosts));
    if (!v->hosts)
        return error_oom(e);
    json_array_foreach(hosts, i, host)
    {
        if (read_host(host, &v->hosts[i], e) < 0)
            return error_wrap(e, "host %zu", i);
        v->ready += v->hosts[i].state == HOST_READY;
        v->outdated += v->hosts[i].outdated;
    }
    v->n_hosts = v->total = json_array_size(hosts);
    return 0;
}

static size_t count_strangers(const json_t *pending)
{
    size_t n = 0, i;
    json_t *item;

    json_array_foreach((json_t *)pending, i, item) n +=
        !json_is_true(json_object_get(item, "awaits_approval"));
    return n;
}

static void read_reload(const json_t *reload, struct cluster_view *v)
{
    const char *why = json_string_value(json_object_get(reload, "error"));

    if (!json_is_false(json_object_get(reload, "ok")))
        return;
    v->refused = why ? why : "no reason";
    v->problems = json_array_size(json_object_get(reload, "problems"));
}

int cluster_view_read(const json_t *status, struct cluster_view *ret, struct error *e)
{
    struct cluster_view v = {0};
    json_t *cluster, *hosts;
    int r = json_get_string_or(status, "plan", "", &v.plan, e);

    if (r == 0)
        r = json_get_object(status, "cluster", &cluster, e);
    if (r == 0)
        r = json_get_string_or(cluster, "id", "", &v.id, e);
    if (r == 0)
        r = json_get_string_or(cluster, "kubernetes_version", "", &v.version, e);
    if (r == 0)
        r = json_get_array(status, "hosts", &hosts, e);
    if (r == 0)
        r = read_hosts(hosts, &v, e);
    if (r < 0) {
        cluster_view_done(&v);
        return error_wrap(e, "the server's status");
    }
    v.pending_list = json_object_get(status, "pending");
    v.pending = count_strangers(v.pending_list);
    read_reload(json_object_get(status, "reload"), &v);
    v.summary = json_object_get(status, "summary");
    if (!json_is_object(v.summary))
        v.summary = NULL;
    *ret = v;
    return 0;
}

void cluster_view_done(struct cluster_view *v)
{
    free(v->hosts);
    *v = (struct cluster_view){0};
}

const struct host_view *cluster_view_find(const struct cluster_view *v, const char *name)
{
    for (size_t i = 0; i < v->n_hosts; i++)
        if (strcmp(v->hosts[i].name, name) == 0)
            return &v->hosts[i];
    return NULL;
}

uint64_t cluster_view_elapsed_ms(const struct cluster_view *v, uint64_t now_ms)
{
    uint64_t first = 0, last = 0;

    for (size_t i = 0; i < v->n_hosts; i++) {
        const struct host_view *h = &v->hosts[i];

        if (h->started_ms && (!first || h->started_ms < first))
            first = h->started_ms;
        if (h->ended_ms > last)
            last = h->ended_ms;
    }
    if (v->ready == v->total && last)
        now_ms = last;
    return first && now_ms > first ? now_ms - first : 0;
}
