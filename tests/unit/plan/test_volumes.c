/* SPDX-License-Identifier: Apache-2.0 */
#include "make_plan.h"
#include "seed-server/plan/volumes.h"
#include "tests/unit/test.h"

static const char *const CLUSTER[] = {"cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", NULL};

/* Vectors of FNV-1a itself (RFC 9923): the three texts are hashed one after the other, and the
 * number has no leading zeros. */
static void names_are_the_provisioners(void **state)
{
    char name[VOLUME_NAME_SIZE];

    (void)state;
    volume_name("foo", "bar", "", name);
    assert_string_equal(name, "local-pv-bf9cf968");
    volume_name("", "a", "", name);
    assert_string_equal(name, "local-pv-e40c292c");
    volume_name("", "", "", name);
    assert_string_equal(name, "local-pv-811c9dc5");
}

static void capacities_are_rounded_down(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {UINT64_C(1000204886016),         "931Gi"     },
        {UINT64_C(10) << 30,              "10Gi"      },
        {(UINT64_C(11) << 30) - 1,        "10Gi"      },
        {(UINT64_C(10) << 30) - 1,        "10239Mi"   },
        {UINT64_C(1) << 30,               "1024Mi"    },
        {(UINT64_C(10) << 20) - 1,        "10485759"  },
        {UINT64_C(17592186044416) * 1024, "16777216Gi"},
    };
    char text[VOLUME_CAPACITY_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        volume_capacity(rows[i].bytes, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void objects_name_their_host(void **state)
{
    struct made m = make_plan(GUIDE, QUIET, CLUSTER);
    struct error e = ERROR_INIT;
    json_t *o = NULL, *one, *two;

    (void)state;
    assert_true(plan_makes_volumes(m.plan));
    assert_good(plan_render_volume(m.plan, plan_find_host(m.plan, "node2"), "/mnt/disks/vol-test",
                                   UINT64_C(10) << 30, &o, &e),
                &e);
    assert_string_equal(text_at(o, "/kind"), "PersistentVolume");
    assert_string_equal(text_at(o, "/spec/local/path"), "/mnt/disks/vol-test");
    assert_string_equal(text_at(o, "/spec/capacity/storage"), "10Gi");
    assert_string_equal(text_at(o, "/spec/storageClassName"), "local");
    assert_string_equal(text_at(o, "/spec/persistentVolumeReclaimPolicy"), "Retain");
    assert_string_equal(
        text_at(o, "/spec/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions/0/key"),
        "kubernetes.io/hostname");
    assert_string_equal(
        text_at(o, "/spec/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions/0/values/0"),
        "node2");
    json_decref(o);
    assert_int_equal(plan_render_volume(m.plan, 0, "/mnt/disks/a", 0, &o, &e), -EINVAL);
    assert_int_equal(plan_render_volume(m.plan, 99, "/mnt/disks/a", 1, &o, &e), -EINVAL);

    one = config_of(&m, "node1");
    two = config_of(&m, "node2");
    assert_string_equal(text_at(one, "/volumes/folder"), "/mnt/disks");
    assert_string_equal(text_at(two, "/volumes/folder"), "/mnt/disks");
    json_decref(one);
    json_decref(two);
    made_done(&m);
}

static void only_entries_of_the_folder_count(void **state)
{
    static const char *const wrong[] = {
        "/mnt/disks",     "/mnt/disks/",     "/mnt/disks/a/b", "/mnt/disks/../a", "/mnt/disks/.a",
        "/mnt/disksa/b",  "/etc/kubernetes", "/mnt/disks/a b", "mnt/disks/a",     "",
        "/mnt/disks/a\nb"};
    struct made m = make_plan(GUIDE, QUIET, CLUSTER);

    (void)state;
    assert_string_equal(plan_volume_entry(m.plan, "/mnt/disks/a-1_2.x"), "a-1_2.x");
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_null(plan_volume_entry(m.plan, wrong[i]));
    made_done(&m);
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define IMAGE                                                                                      \
    "kube_network_plugin: bridge\nseed_artifacts:\n"                                               \
    "- {name: lvp, sha256: '" HEX "', size: 1, kind: image, image: "                               \
    "'quay.io/external_storage/local-volume-provisioner:v2.3.4', image_id: 'sha256:" HEX "'}\n"
#define NO_IMAGE                                                                                   \
    "kube_network_plugin: bridge\nseed_artifacts:\n"                                               \
    "- {name: pause, sha256: '" HEX "', size: 1, kind: image, image: 'k8s.gcr.io/pause:3.2', "     \
    "image_id: 'sha256:" HEX "'}\n"

static const json_t *provisioner_of(const json_t *config)
{
    const json_t *item;
    size_t i;

    json_array_foreach(at(config, "/addons"), i, item)
    {
        if (strcmp(text_at(item, "/name"), "local-volume-provisioner") == 0)
            return item;
    }
    return NULL;
}

/* Never both of them, and never none. */
static void somebody_makes_them(void **state)
{
    static const struct {
        const char *vars;
        bool by_nodeseed;
    } rows[] = {
        {IMAGE,                                        false},
        {NO_IMAGE,                                     true },
        {IMAGE "seed_local_volumes: nodeseed\n",       true },
        {NO_IMAGE "seed_local_volumes: provisioner\n", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct made m = make_plan(GUIDE, rows[i].vars, CLUSTER);
        json_t *one = config_of(&m, "node1");

        assert_int_equal(plan_makes_volumes(m.plan), rows[i].by_nodeseed);
        assert_int_equal(!provisioner_of(one), rows[i].by_nodeseed);
        assert_int_equal(json_object_get(one, "volumes") != NULL, rows[i].by_nodeseed);
        json_decref(one);
        made_done(&m);
    }
    assert_warned(GUIDE, NO_IMAGE "seed_local_volumes: provisioner\n",
                  "no image of local-volume-provisioner");
    assert_silent(GUIDE, NO_IMAGE, "local-volume-provisioner");
    assert_refused(GUIDE, "seed_local_volumes: me\n", "auto|provisioner|nodeseed");
}

static void without_the_class_nobody_does(void **state)
{
    struct made m = make_plan(GUIDE, NO_IMAGE "local_volume_provisioner_enabled: false\n", CLUSTER);
    json_t *one = config_of(&m, "node1");

    (void)state;
    assert_false(plan_makes_volumes(m.plan));
    assert_null(json_object_get(one, "volumes"));
    json_decref(one);
    made_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_the_provisioners),
        cmocka_unit_test(capacities_are_rounded_down),
        cmocka_unit_test(objects_name_their_host),
        cmocka_unit_test(only_entries_of_the_folder_count),
        cmocka_unit_test(somebody_makes_them),
        cmocka_unit_test(without_the_class_nobody_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
