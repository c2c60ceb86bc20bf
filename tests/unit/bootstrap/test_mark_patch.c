/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/mark_patch.h"
#include "tests/unit/test.h"

#define BEFORE(labels, taints) "\"before\":{\"labels\":[" labels "],\"taints\":[" taints "]}"
#define NONE BEFORE("", "")
#define NODE(metadata, spec)                                                                       \
    "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"7\"" metadata "},\"spec\":{" spec "}}"
#define SET_LABELS(keys) ",\"annotations\":{\"nodeseed/labels\":\"" keys "\"}"
#define SET_TAINTS(keys) ",\"annotations\":{\"nodeseed/taints\":\"" keys "\"}"
#define UNREACHABLE                                                                                \
    "{\"key\":\"node.kubernetes.io/unreachable\",\"effect\":\"NoExecute\",\"timeAdded\":\"t\"}"
#define DB(value) "{\"key\":\"db\",\"value\":\"" value "\",\"effect\":\"NoSchedule\"}"
#define OTHER "{\"key\":\"other\",\"effect\":\"NoSchedule\"}"

static json_t *value(const char *text)
{
    json_t *o = json_loads(text, 0, NULL);

    if (!o)
        fail_msg("no JSON: %s", text);
    return o;
}

/* clang-format off */
static const struct {
    const char *what, *node, *wanted, *patch; /* patch NULL: there is nothing to do */
} cases[] = {
    {"nothing is wanted, nothing was set",
     NODE(",\"labels\":{\"kubectl\":\"1\"}", "\"taints\":[" OTHER "]"),
     "{\"labels\":{},\"taints\":{}," NONE "}", NULL},
    {"a label that its kubelet gave it is remembered",
     NODE(",\"labels\":{\"disk\":\"ssd\",\"kubectl\":\"1\"}", ""),
     "{\"labels\":{\"disk\":\"ssd\"},\"taints\":{}," NONE "}",
     "{\"metadata\":{\"annotations\":{\"nodeseed/labels\":\"disk\"}}}"},
    {"and then it is as wanted",
     NODE(",\"labels\":{\"disk\":\"ssd\"}" SET_LABELS("disk"), ""),
     "{\"labels\":{\"disk\":\"ssd\"},\"taints\":{}," NONE "}", NULL},
    {"another value, and two more, in order",
     NODE(",\"labels\":{\"disk\":\"ssd\"}" SET_LABELS("disk"), ""),
     "{\"labels\":{\"disk\":\"hdd\",\"node-role.kubernetes.io/worker\":\"\",\"a\":\"b\"},"
     "\"taints\":{}," NONE "}",
     "{\"metadata\":{\"labels\":{\"disk\":\"hdd\",\"node-role.kubernetes.io/worker\":\"\",\"a\":\"b\"},"
     "\"annotations\":{\"nodeseed/labels\":\"a,disk,node-role.kubernetes.io/worker\"}}}"},
    {"what was set goes, what kubectl set stays",
     NODE(",\"labels\":{\"disk\":\"ssd\",\"zone\":\"a\",\"kubectl\":\"1\"}" SET_LABELS("disk,zone"), ""),
     "{\"labels\":{\"zone\":\"a\"},\"taints\":{}," BEFORE("\"disk\",\"zone\"", "") "}",
     "{\"metadata\":{\"labels\":{\"disk\":null},\"annotations\":{\"nodeseed/labels\":\"zone\"}}}"},
    {"the last one takes the annotation with it",
     NODE(",\"labels\":{\"disk\":\"ssd\"}" SET_LABELS("disk"), ""),
     "{\"labels\":{},\"taints\":{}," BEFORE("\"disk\"", "") "}",
     "{\"metadata\":{\"labels\":{\"disk\":null},\"annotations\":{\"nodeseed/labels\":null}}}"},
    {"one that was set once, was taken away, and is kubectl's now, stays",
     NODE(",\"labels\":{\"disk\":\"ssd\"}", ""),
     "{\"labels\":{},\"taints\":{}," BEFORE("\"disk\"", "") "}", NULL},
    {"one that somebody has taken away already is only forgotten",
     NODE(SET_LABELS("disk"), ""),
     "{\"labels\":{},\"taints\":{}," BEFORE("\"disk\"", "") "}",
     "{\"metadata\":{\"annotations\":{\"nodeseed/labels\":null}}}"},
    {"a node that writes more into its annotation loses nothing by it",
     NODE(",\"labels\":{\"tenant\":\"a\",\"disk\":\"ssd\"},\"annotations\":{\"nodeseed/labels\":\"tenant,disk\","
          "\"nodeseed/taints\":\"other:NoSchedule\"}", "\"taints\":[" OTHER "]"),
     "{\"labels\":{\"disk\":\"ssd\"},\"taints\":{}," NONE "}",
     "{\"metadata\":{\"annotations\":{\"nodeseed/labels\":\"disk\",\"nodeseed/taints\":null}}}"},
    {"nor do Kubernetes' own go, whatever is said",
     NODE(",\"labels\":{\"kubernetes.io/hostname\":\"n\"},\"annotations\":{\"nodeseed/labels\":"
          "\"kubernetes.io/hostname\",\"nodeseed/taints\":\"node.kubernetes.io/unreachable:NoExecute\"}",
          "\"taints\":[" UNREACHABLE "]"),
     "{\"labels\":{},\"taints\":{}," BEFORE("\"kubernetes.io/hostname\"",
     "\"node.kubernetes.io/unreachable:NoExecute\"") "}",
     "{\"metadata\":{\"annotations\":{\"nodeseed/labels\":null,\"nodeseed/taints\":null}}}"},
    {"part of a key is not a key",
     NODE(",\"labels\":{\"disk\":\"ssd\"}" SET_LABELS("disks,adisk"), ""),
     "{\"labels\":{},\"taints\":{}," BEFORE("\"disk\"", "") "}",
     "{\"metadata\":{\"annotations\":{\"nodeseed/labels\":null}}}"},
    {"a taint that is new comes after those that are there",
     NODE("", "\"taints\":[" UNREACHABLE "," OTHER "]"),
     "{\"labels\":{},\"taints\":{\"db:NoSchedule\":\"yes\"}," NONE "}",
     "{\"metadata\":{\"resourceVersion\":\"7\",\"annotations\":{\"nodeseed/taints\":\"db:NoSchedule\"}},"
     "\"spec\":{\"taints\":[" UNREACHABLE "," OTHER "," DB("yes") "]}}"},
    {"the first one",
     NODE("", ""),
     "{\"labels\":{},\"taints\":{\"other:NoSchedule\":\"\"}," NONE "}",
     "{\"metadata\":{\"resourceVersion\":\"7\",\"annotations\":{\"nodeseed/taints\":\"other:NoSchedule\"}},"
     "\"spec\":{\"taints\":[" OTHER "]}}"},
    {"one that is there is only remembered",
     NODE("", "\"taints\":[" DB("yes") "]"),
     "{\"labels\":{},\"taints\":{\"db:NoSchedule\":\"yes\"}," NONE "}",
     "{\"metadata\":{\"annotations\":{\"nodeseed/taints\":\"db:NoSchedule\"}}}"},
    {"another value, in its place",
     NODE(SET_TAINTS("db:NoSchedule"), "\"taints\":[" DB("yes") "," UNREACHABLE "]"),
     "{\"labels\":{},\"taints\":{\"db:NoSchedule\":\"no\"}," BEFORE("", "\"db:NoSchedule\"") "}",
     "{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"taints\":[" DB("no") "," UNREACHABLE "]}}"},
    {"another effect is another taint",
     NODE(SET_TAINTS("db:NoSchedule"), "\"taints\":[" DB("yes") "]"),
     "{\"labels\":{},\"taints\":{\"db:NoExecute\":\"yes\"}," BEFORE("", "\"db:NoSchedule\"") "}",
     "{\"metadata\":{\"resourceVersion\":\"7\",\"annotations\":{\"nodeseed/taints\":\"db:NoExecute\"}},"
     "\"spec\":{\"taints\":[{\"key\":\"db\",\"value\":\"yes\",\"effect\":\"NoExecute\"}]}}"},
    {"what was set goes, what others set stays",
     NODE(SET_TAINTS("db:NoSchedule"), "\"taints\":[" DB("yes") "," UNREACHABLE "," OTHER "]"),
     "{\"labels\":{},\"taints\":{}," BEFORE("", "\"db:NoSchedule\",\"other:NoSchedule\"") "}",
     "{\"metadata\":{\"resourceVersion\":\"7\",\"annotations\":{\"nodeseed/taints\":null}},"
     "\"spec\":{\"taints\":[" UNREACHABLE "," OTHER "]}}"},
    {"the last one leaves no list",
     NODE(SET_TAINTS("db:NoSchedule"), "\"taints\":[" DB("yes") "]"),
     "{\"labels\":{},\"taints\":{}," BEFORE("", "\"db:NoSchedule\"") "}",
     "{\"metadata\":{\"resourceVersion\":\"7\",\"annotations\":{\"nodeseed/taints\":null}},"
     "\"spec\":{\"taints\":null}}"},
    {"an empty value is none",
     NODE(SET_TAINTS("db:NoSchedule"), "\"taints\":[" DB("yes") "]"),
     "{\"labels\":{},\"taints\":{\"db:NoSchedule\":\"\"}," BEFORE("", "\"db:NoSchedule\"") "}",
     "{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"taints\":[{\"key\":\"db\",\"effect\":\"NoSchedule\"}]}}"},
    {"an older server's, without before, takes nothing away",
     NODE(",\"labels\":{\"disk\":\"ssd\"}" SET_LABELS("disk"), ""),
     "{\"labels\":{},\"taints\":{}}", "{\"metadata\":{\"annotations\":{\"nodeseed/labels\":null}}}"},
};

static const struct {
    const char *node, *wanted;
    int error;
} refused[] = {
    {NODE("", ""), "{\"labels\":{\"kubernetes.io/os\":\"x\"},\"taints\":{}," NONE "}", -EPERM},
    {NODE("", ""), "{\"labels\":{\"node-role.kubernetes.io/master\":\"\"},\"taints\":{}," NONE "}", -EPERM},
    {NODE("", ""), "{\"labels\":{},\"taints\":{\"node.kubernetes.io/x:NoSchedule\":\"\"}," NONE "}", -EPERM},
    {NODE("", ""), "{\"labels\":{},\"taints\":{\"node-role.kubernetes.io/control-plane:NoSchedule\":\"\"}," NONE "}", -EPERM},
    {NODE("", ""), "{\"labels\":{},\"taints\":{\"db\":\"\"}," NONE "}", -EINVAL},
    {NODE("", ""), "{\"labels\":{\"a\":1},\"taints\":{}," NONE "}", -EINVAL},
    {NODE("", ""), "{\"labels\":[],\"taints\":{}," NONE "}", -EINVAL},
    {"{}", "{\"labels\":{},\"taints\":{}," NONE "}", -EINVAL},
};
/* clang-format on */

static void patches(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *node = value(cases[i].node), *wanted = value(cases[i].wanted), *patch = NULL;
        json_t *right = cases[i].patch ? value(cases[i].patch) : NULL;
        struct error e = ERROR_INIT;
        char *text;

        assert_good(mark_patch(node, wanted, &patch, &e), &e);
        text = patch ? json_dumps(patch, JSON_COMPACT) : strdup("nothing");
        if (right ? !patch || !json_equal(patch, right) : patch != NULL)
            fail_msg("%s: %s", cases[i].what, text);
        free(text);
        json_decref(patch);
        json_decref(right);
        json_decref(wanted);
        json_decref(node);
    }
}

static void not_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        json_t *node = value(refused[i].node), *wanted = value(refused[i].wanted), *patch = NULL;
        struct error e = ERROR_INIT;
        int r = mark_patch(node, wanted, &patch, &e);

        if (r != refused[i].error || patch)
            fail_msg("case %zu: %d", i, r);
        json_decref(wanted);
        json_decref(node);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patches),
        cmocka_unit_test(not_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
