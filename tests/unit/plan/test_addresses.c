/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and names that each alone is well written and that cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"

/* Each row: what node2's line has behind its name, and what is said of it; NULL: nothing. */
static const struct {
    const char *line, *said;
} hosts[] = {
    {"ip=127.0.0.1",
     "ip: expected the address of one machine, such as 192.168.0.10, not '127.0.0.1'"                                  },
    {"ip=0.0.0.0",                                                "ip: expected the address of one machine"            },
    {"ip=224.0.0.1",                                              "ip: expected the address of one machine"            },
    {"ip=255.255.255.255",                                        "ip: expected the address of one machine"            },
    {"ansible_host=127.0.0.1",
     "node2: its address 127.0.0.1 is a loopback address, which other machines"                                        },
    {"ip=192.168.0.0 seed_prefix=24",
     "node2: ip 192.168.0.0 is the network address of its own network, with seed_prefix 24"                            },
    {"ip=192.168.0.255 seed_prefix=24",
     "node2: ip 192.168.0.255 is the broadcast address of its own network"                                             },
    {"ip=192.168.0.255 seed_prefix=23",                           NULL                                                 },
    {"ip=192.168.0.255",                                          NULL                                                 },
    {"ip=192.168.0.0 seed_prefix=31",                             NULL                                                 },
    {"ip=192.168.0.7 seed_prefix=30 seed_gateway=192.168.0.6",
     "node2: ip 192.168.0.7 is the broadcast address"                                                                  },
    {"ip=192.168.0.1",
     "node2: seed_gateway 192.168.0.1 is the host's own ip: write the router's address"                                },
    {"ip=192.168.0.20 seed_pod_gateway=192.168.0.20",
     "node2: seed_pod_gateway 192.168.0.20 is the host's own ip"                                                       },
    {"ip=192.168.0.20 access_ip=192.168.0.1",                     "node2: access_ip 192.168.0.1 is its seed_gateway"   },
    {"ip=192.168.0.20 access_ip=127.0.0.1",                       "access_ip: expected the address of one machine"     },
    {"ip=192.168.0.20 access_ip=203.0.113.7",                     NULL                                                 },
    {"ip=192.168.0.20 seed_gateway=10.233.64.1",
     "node2: seed_gateway 10.233.64.1 lies in kube_pods_subnet"                                                        },
    {"ip=192.168.0.20 seed_gateway=10.233.0.1",
     "node2: seed_gateway 10.233.0.1 lies in kube_service_addresses"                                                   },
    {"ip=192.168.0.20 seed_pod_gateway=10.233.64.1",
     "node2: seed_pod_gateway 10.233.64.1 lies in kube_pods_subnet"                                                    },
    {"ip=192.168.0.20 seed_gateway=192.168.0.0 seed_prefix=24",
     "node2: seed_gateway 192.168.0.0 is the network address of the network of ip 192.168.0.20/24"                     },
    {"ip=192.168.0.20 seed_gateway=192.168.0.255 seed_prefix=24",
     "node2: seed_gateway 192.168.0.255 is the broadcast address"                                                      },
    {"ip=10.233.0.4",                                             "node2: ip 10.233.0.4 lies in kube_service_addresses"},
};

static void addresses_of_hosts(void **state)
{
    char text[256], line[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
        snprintf(text, sizeof(text), "node2 %s\n", hosts[i].line);
        snprintf(line, sizeof(line), "hosts.ini:3: %s", hosts[i].said ? hosts[i].said : "");
        if (hosts[i].said)
            assert_refused(guide_but("node2 ansible_host=192.168.0.20 ip=192.168.0.20\n", text),
                           QUIET, line);
        else
            assert_silent(guide_but("node2 ansible_host=192.168.0.20 ip=192.168.0.20\n", text),
                          QUIET, "node2");
    }
}

/* The taskbox, which is the router as well: nothing of ours goes through it there, but pods do. */
static void the_taskbox_as_router(void **state)
{
    const char *line = "ip=192.168.0.1 ansible_connection=local";

    (void)state;
    assert_refused(guide_but("ip=192.168.0.10", line), QUIET,
                   "hosts.ini:2: node1: seed_gateway 192.168.0.1 is the host's own ip");
    assert_silent(guide_but("ip=192.168.0.10", line), "kube_network_plugin: calico\n", "gateway");
    assert_refused(guide_but("ip=192.168.0.10", "ip=192.168.0.1 ansible_connection=local "
                                                "seed_prefix=24"),
                   "kube_network_plugin: calico\n", "seed_gateway 192.168.0.1 is the host's own");
}

/* Each row: loadbalancer_apiserver of a cluster whose only master is 192.168.0.10:6443. */
static const struct {
    const char *value, *said;
} balancers[] = {
    {"{address: 192.168.0.5, port: 8443}",            NULL                                                                               },
    {"{address: 192.168.0.10, port: 6443}",           NULL                                                                               },
    {"{address: 192.168.0.10}",                       NULL                                                                               },
    {"{address: 192.168.0.10, port: 8443}",           "address 192.168.0.10 is the only master's, node1's, "
                                            "whose API server has port 6443: write port: 6443"},
    {"{address: 192.168.0.20, port: 6443}",           "address 192.168.0.20 is node2's, which is no master"                              },
    {"{address: 10.233.64.9, port: 6443}",            "address 10.233.64.9 lies in kube_pods_subnet"                                     },
    {"{address: 10.233.0.9, port: 6443}",             "address 10.233.0.9 lies in kube_service_addresses"                                },
    {"{address: 127.0.0.1, port: 6443}",
     "expected {address: IPv4 address, port: number}, the address of one machine"                                                        },
    {"{address: 192.168.0.5, prot: 8443}",            "unknown member 'prot': did you mean port?"                                        },
    {"{address: 192.168.0.5, port: 8443, weight: 1}",
     "unknown member 'weight': address and port are known"                                                                               },
};

static void load_balancers(void **state)
{
    const char *two = guide_but("[kube-master]\nnode1\n", "[kube-master]\nnode1\nnode2\n");
    char text[256], line[256];

    (void)state;
    /* With two masters the one may have a balancer on a port of its own. */
    assert_silent(two, quiet_and("loadbalancer_apiserver: {address: 192.168.0.20, port: 8443}\n"),
                  "loadbalancer");
    for (size_t i = 0; i < ARRAY_SIZE(balancers); i++) {
        snprintf(text, sizeof(text), "loadbalancer_apiserver: %s\n", balancers[i].value);
        snprintf(line, sizeof(line), "vars.yml:3: loadbalancer_apiserver: %s",
                 balancers[i].said ? balancers[i].said : "");
        if (balancers[i].said)
            assert_refused(GUIDE, quiet_and(text), line);
        else
            assert_silent(GUIDE, quiet_and(text), "loadbalancer");
    }
}

static void names_that_all_have(void **state)
{
    static const char *const names[] = {
        "localhost",  "localhost.localdomain",   "ip6-localhost", "ip6-loopback",
        "localhost6", "localhost4.localdomain4", "ip6-allnodes",  "node.localhost"};
    char text[256], line[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(text, sizeof(text), "node3\n%s ip=192.168.0.40\n[etcd]", names[i]);
        snprintf(line, sizeof(line), "hosts.ini:11: '%s' cannot be a node's name: on every machine",
                 names[i]);
        assert_refused(guide_but("node3\n[etcd]", text), QUIET, line);
        snprintf(text, sizeof(text), "apiserver_loadbalancer_domain_name: %s\n", names[i]);
        snprintf(line, sizeof(line), "vars.yml:3: apiserver_loadbalancer_domain_name %s: on every",
                 names[i]);
        assert_refused(GUIDE, quiet_and(text), line);
    }
    assert_silent(guide_but("node3\n[etcd]", "node3\nlocalhost-1 ip=192.168.0.40\n[etcd]"), QUIET,
                  "localhost");
    assert_silent(guide_but("node3\n[etcd]", "node3\na.localdomain ip=192.168.0.40\n[etcd]"), QUIET,
                  "localdomain");
    /* In no group it is nobody's node. */
    assert_warned(guide_but("[all]\n", "[all]\nlocalhost ansible_connection=local\n"), QUIET,
                  "localhost is in none of");
}

static void the_api_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_refused(GUIDE, quiet_and("apiserver_loadbalancer_domain_name: node2\n"),
                   "vars.yml:3: apiserver_loadbalancer_domain_name node2 is a host of hosts.ini "
                   "with another address, 192.168.0.20, than the API's, 192.168.0.10");
    assert_silent(GUIDE, quiet_and("apiserver_loadbalancer_domain_name: node1\n"), "domain_name");
    assert_refused(GUIDE,
                   quiet_and("apiserver_loadbalancer_domain_name: node1\n"
                             "loadbalancer_apiserver: {address: 192.168.0.5}\n"),
                   "domain_name node1 is a host of hosts.ini with another address");
    assert_refused(guide_but("node3\n[etcd]", "node3\nlb.kubesphere.local ip=192.168.0.40\n[etcd]"),
                   QUIET, "domain_name lb.kubesphere.local is a host of hosts.ini with another");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_hosts),
        cmocka_unit_test(the_taskbox_as_router),
        cmocka_unit_test(load_balancers),
        cmocka_unit_test(names_that_all_have),
        cmocka_unit_test(the_api_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
