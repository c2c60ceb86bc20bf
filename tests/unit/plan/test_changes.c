/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"
#include "seed-server/plan/changes.h"

static const char *const CLUSTER[] = {"cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", NULL};

/* What the second folder changes on a host that has carried out the first. */
static json_t *changes_of(const char *hosts, const char *vars, const char *other_hosts,
                          const char *other_vars, const char *host)
{
    struct made before = make_plan(hosts, vars, CLUSTER);
    struct made after = make_plan(other_hosts, other_vars, CLUSTER);
    json_t *old = config_of(&before, host), *new = config_of(&after, host), *changes = NULL;
    struct error e = ERROR_INIT;

    assert_int_equal(plan_changes(old, new, &changes, &e), 0);
    json_decref(old);
    json_decref(new);
    made_done(&before);
    made_done(&after);
    return changes;
}

/* GUIDE with some text in it replaced. */
static char *guide_with(const char *from, const char *to)
{
    const char *at = strstr(GUIDE, from);
    char *text = NULL;

    assert_non_null(at);
    assert_true(asprintf(&text, "%.*s%s%s", (int)(at - GUIDE), GUIDE, to, at + strlen(from)) > 0);
    return text;
}

static char *with(const char *more)
{
    char *text = NULL;

    assert_true(asprintf(&text, "%s%s", QUIET, more) > 0);
    return text;
}

/* Is a variable among those of a refusal? */
static bool is_refused(const json_t *changes, const char *variable)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(changes, "refused"), i, item)
    {
        if (json_has_text(json_object_get(item, "variables"), variable))
            return true;
    }
    return false;
}

static void the_same(void **state)
{
    json_t *changes = changes_of(GUIDE, QUIET, GUIDE, QUIET, "node1");
    json_t *nothing = json_pack("{s:[], s:[], s:[]}", "host", "cluster", "refused");

    (void)state;
    assert_true(json_equal(changes, nothing));
    json_decref(changes);
    json_decref(nothing);
}

static void a_host_more_is_no_change(void **state)
{
    char *hosts = guide_with("[etcd]\n", "node9 ip=192.168.0.9\n[etcd]\n");
    json_t *changes = changes_of(GUIDE, QUIET, hosts, QUIET, "node1");

    (void)state;
    assert_int_equal(json_array_size(json_object_get(changes, "host")), 0);
    assert_int_equal(json_array_size(json_object_get(changes, "cluster")), 0);
    json_decref(changes);
    free(hosts);
}

static void refusals(void **state)
{
    static const struct {
        const char *vars, *variable;
    } cases[] = {
        {"kube_service_addresses: 10.99.0.0/18\n",            "kube_service_addresses"            },
        {"dns_domain: other.local\n",                         "dns_domain"                        },
        {"kubernetes_version: 1.20.9\n",                      "kubernetes_version"                },
        {"etcd_data_dir: /srv/etcd\n",                        "etcd_data_dir"                     },
        {"kube_apiserver_port: 7443\n",                       "kube_apiserver_port"               },
        {"apiserver_loadbalancer_domain_name: api.example\n", "apiserver_loadbalancer_domain_name"},
        {"local_volume_provisioner_base_dir: /srv/disks\n",   "local_volume_provisioner_base_dir" },
        {"kube_network_plugin: calico\n",                     "kube_network_plugin"               },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *vars = with(cases[i].vars);
        json_t *changes = changes_of(GUIDE, QUIET, GUIDE, vars, "node1");

        if (!is_refused(changes, cases[i].variable)) {
            print_message("%s", cases[i].vars);
            json_dumpf(changes, stderr, JSON_INDENT(1));
            fail();
        }
        json_decref(changes);
        free(vars);
    }
}

static void disks(void **state)
{
    static const char one[] =
        "seed_data_disks: [{match: {serial: A}, policy: format-if-blank, fs: ext4}]\n";
    static const char two[] =
        "seed_data_disks: [{match: {serial: B}, policy: format-if-blank, fs: ext4}, "
        "{match: {serial: A}, policy: format-if-blank, fs: ext4}]\n";
    static const char kept[] = "seed_data_disks: [{match: {serial: A}, policy: keep, fs: ext4}]\n";
    char *a = with(one), *b = with(two), *c = with(kept);
    json_t *added = changes_of(GUIDE, a, GUIDE, b, "node2");
    json_t *removed = changes_of(GUIDE, b, GUIDE, a, "node2");
    json_t *other = changes_of(GUIDE, a, GUIDE, c, "node2");

    (void)state;
    assert_false(is_refused(added, "seed_data_disks"));
    assert_string_equal(text_at(added, "/host/0/path"), "/disks[{\"serial\":\"B\"}]");
    assert_true(is_refused(removed, "seed_data_disks"));
    assert_true(is_refused(other, "seed_data_disks"));
    assert_string_equal(text_at(other, "/host/0/path"), "/disks[{\"serial\":\"A\"}]/policy");
    json_decref(added);
    json_decref(removed);
    json_decref(other);
    free(a);
    free(b);
    free(c);
}

static void masters_made_later(void **state)
{
    char *vars = with("supplementary_addresses_in_ssl_keys: [api.example]\n");
    json_t *changes = changes_of(GUIDE, QUIET, GUIDE, vars, "node1");

    (void)state;
    assert_int_equal(json_array_size(json_object_get(changes, "refused")), 0);
    assert_non_null(strstr(text_at(changes, "/host/0/path"), "/certSANs"));
    assert_non_null(strstr(text_at(changes, "/host/0/note"), "only masters that join"));
    json_decref(changes);
    free(vars);
}

/* Labels and taints by key, and not a second time as the kubelet's options. */
static void labels_and_taints(void **state)
{
    char *labelled = guide_with("node2 ", "node2 node_labels=disk=ssd,zone=a ");
    char *other = guide_with("node2 ", "node2 node_labels=disk=hdd,zone=a ");
    char *tainted = guide_with("node2 ", "node2 node_taints='[\"db=yes:NoSchedule\"]' ");
    char *flagged = guide_with("node2 ", "node2 kubelet_custom_flags=--v=2 node_labels=disk=ssd ");
    json_t *come = changes_of(GUIDE, QUIET, labelled, QUIET, "node2");
    json_t *differ = changes_of(labelled, QUIET, other, QUIET, "node2");
    json_t *go = changes_of(tainted, QUIET, GUIDE, QUIET, "node2");
    json_t *flags = changes_of(GUIDE, QUIET, flagged, QUIET, "node2");

    (void)state;
    assert_int_equal(json_array_size(json_object_get(come, "host")), 2);
    assert_string_equal(text_at(come, "/host/0/path"), "/node/labels/disk");
    assert_string_equal(text_at(come, "/host/0/new"), "ssd");
    assert_null(json_object_get(at(come, "/host/0"), "old"));
    assert_null(json_object_get(at(come, "/host/0"), "note"));
    assert_string_equal(text_at(come, "/host/1/path"), "/node/labels/zone");
    assert_int_equal(json_array_size(json_object_get(differ, "host")), 1);
    assert_string_equal(text_at(differ, "/host/0/old"), "ssd");
    assert_string_equal(text_at(differ, "/host/0/new"), "hdd");
    assert_int_equal(json_array_size(json_object_get(go, "host")), 1);
    assert_string_equal(text_at(go, "/host/0/path"), "/node/taints/db:NoSchedule");
    assert_string_equal(text_at(go, "/host/0/old"), "yes");
    assert_int_equal(json_array_size(json_object_get(flags, "host")), 2);
    assert_non_null(strstr(text_at(flags, "/host/0/new"), "--v=2"));
    assert_int_equal(json_array_size(json_object_get(come, "refused")), 0);
    json_decref(come);
    json_decref(differ);
    json_decref(go);
    json_decref(flags);
    free(labelled);
    free(other);
    free(tainted);
    free(flagged);
}

static void objects(void **state)
{
    static const char object[] =
        "[{\"name\":\"x\",\"objects\":[{\"kind\":\"%s\",\"metadata\":{\"name\":"
        "\"o\",\"annotations\":{\"d\":\"%s\"}},\"data\":\"%s\"}]}]";
    static const struct {
        const char *kind, *old, *new; /* an annotation; NULL: no object */
        const char *old_data, *new_data, *what;
    } cases[] = {
        {"StorageClass",          "a",  "b",  "1", "1", "change"},
        {"StorageClass",          "a",  "a",  "1", "2", "remake"},
        {"StorageClass",          "a",  NULL, "1", "1", "remove"},
        {"StorageClass",          NULL, "a",  "1", "1", "add"   },
        {"ConfigMap",             "a",  "a",  "1", "2", "change"},
        {"Namespace",             "a",  NULL, "1", "1", "keep"  },
        {"PersistentVolumeClaim", "a",  NULL, "1", "1", "keep"  },
        {"Secret",                "a",  "a",  "1", "2", "change"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char old[512] = "[]", new[512] = "[]";
        json_t *from, *to, *changes = NULL;
        const char *shown;

        if (cases[i].old)
            (void)snprintf(old, sizeof(old), object, cases[i].kind, cases[i].old,
                           cases[i].old_data);
        if (cases[i].new)
            (void)snprintf(new, sizeof(new), object, cases[i].kind, cases[i].new,
                           cases[i].new_data);
        from = json_pack("{s:o}", "addons", json_loads(old, 0, NULL));
        to = json_pack("{s:o}", "addons", json_loads(new, 0, NULL));
        assert_int_equal(plan_changes(from, to, &changes, NULL), 0);
        assert_string_equal(text_at(changes, "/cluster/0/what"), cases[i].what);
        if (strcmp(cases[i].kind, "Secret") == 0) {
            shown = text_at(changes, "/cluster/0/changes/0/new");
            assert_string_equal(shown, "(hidden)");
        }
        json_decref(changes);
        json_decref(from);
        json_decref(to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same),           cmocka_unit_test(a_host_more_is_no_change),
        cmocka_unit_test(refusals),           cmocka_unit_test(disks),
        cmocka_unit_test(masters_made_later), cmocka_unit_test(objects),
        cmocka_unit_test(labels_and_taints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
