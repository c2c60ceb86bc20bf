/* SPDX-License-Identifier: Apache-2.0 */
#include "addon_health.h"

static int64_t number(const json_t *object, const char *part, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(json_object_get(object, part), key);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static int64_t wanted(const json_t *o)
{
    return number(o, "spec", "replicas", 1);
}

/* DaemonSets count the nodes that there are. */
static int64_t wanted_on_nodes(const json_t *o)
{
    return number(o, "status", "desiredNumberScheduled", -1);
}

static int64_t wanted_runs(const json_t *o)
{
    return number(o, "spec", "completions", 1);
}

/* One row a kind: the members of status that must reach what is wanted. */
static const struct workload {
    const char *kind;
    int64_t (*wanted)(const json_t *o);
    const char *updated, *available;
    const char *failed; /* a condition that says that it is over */
} workloads[] = {
    {"Deployment",  wanted,          "updatedReplicas",        "availableReplicas", NULL    },
    {"StatefulSet", wanted,          "updatedReplicas",        "readyReplicas",     NULL    },
    {"DaemonSet",   wanted_on_nodes, "updatedNumberScheduled", "numberAvailable",   NULL    },
    {"Job",         wanted_runs,     NULL,                     "succeeded",         "Failed"},
};

static const struct workload *find(const json_t *object)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    size_t i;

    for (i = 0; kind && i < ARRAY_SIZE(workloads); i++)
        if (strcmp(kind, workloads[i].kind) == 0)
            return &workloads[i];
    return NULL;
}

bool addon_is_workload(const json_t *object)
{
    return find(object) != NULL;
}

/* The condition's message when it is there and true. */
static const char *condition(const json_t *object, const char *type)
{
    const json_t *list = json_object_get(json_object_get(object, "status"), "conditions"), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *has = json_string_value(json_object_get(item, "type"));
        const char *status = json_string_value(json_object_get(item, "status"));
        const char *message = json_string_value(json_object_get(item, "message"));

        if (has && status && strcmp(has, type) == 0 && strcmp(status, "True") == 0)
            return message ? message : type;
    }
    return NULL;
}

int addon_health(const json_t *now, struct error *e)
{
    const struct workload *w = find(now);
    const char *failed;
    int64_t want, have;

    if (!w)
        return 0;
    failed = w->failed ? condition(now, w->failed) : NULL;
    if (failed)
        return error_set(e, -ECANCELED, "it has failed: %.300s", failed);
    want = w->wanted(now);
    /* Until its controller has looked at it, its status is of an older one. */
    if (want < 0 || (w->updated && number(now, "status", "observedGeneration", 0) <
                                       number(now, "metadata", "generation", 0)))
        return error_set(e, -EAGAIN, "not looked at yet");
    have = number(now, "status", w->available, 0);
    if (w->updated && number(now, "status", w->updated, 0) < want)
        return error_set(e, -EAGAIN, "%lld of %lld pods are of the new kind",
                         (long long)number(now, "status", w->updated, 0), (long long)want);
    if (have < want)
        return error_set(e, -EAGAIN, "%lld of %lld pods", (long long)have, (long long)want);
    return 0;
}
