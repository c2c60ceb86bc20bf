/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of network for every kind of image, against tests/unit/bootstrap/network/KIND.IMAGE.
 * WRITE=1 in the environment writes these anew: read the difference before it is committed.
 * tests/network has the programs that they are for read them. */
#include <fcntl.h>

#include "bootstrap/network_files.h"
#include "common/file.h"
#include "tests/unit/test.h"

#define FOLDER "tests/unit/bootstrap/network/"
#define STATIC                                                                                     \
    "\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\",\"dns\":[\"192.0.2.1\",\"192.0.2.2\"]"
#define MACS "\"macs\":[\"52:54:00:00:00:0a\",\"52:54:00:00:00:0b\"]"

static const struct {
    const char *name, *json;
    const char *interface; /* what the NIC is called, where that is known */
} kinds[] = {
    {"static",     "{" STATIC "}",                                                                   "ens3"},
    {"mtu",        "{\"dhcp\":true,\"mtu\":1400}",                                                   "ens3"},
    {"installer",  "{\"address\":\"192.0.2.7/24\",\"dns\":[]}",                                      NULL  },
    {"vlan",       "{" STATIC ",\"vlan\":42,\"mtu\":9000}",                                          "ens3"},
    {"vlan-dhcp",  "{\"dhcp\":true,\"vlan\":4094}",                                                  NULL  },
    {"bond",
     "{" STATIC ",\"bond\":{\"mode\":\"active-backup\",\"miimon\":50," MACS
     ",\"primary\":\"52:54:00:00:00:0b\"}}",                                                         NULL  },
    {"bond-dhcp",
     "{\"dhcp\":true,\"mtu\":9000,\"bond\":{\"mode\":\"802.3ad\",\"lacp_rate\":\"fast\"," MACS "}}",
     NULL                                                                                                  },
    {"bond-names",
     "{" STATIC ",\"bond\":{\"mode\":\"balance-alb\",\"interfaces\":[\"eno1\",\"eno2\"],"
     "\"primary\":\"eno1\"}}",                                                                       NULL  },
    {"bond-vlan",
     "{" STATIC ",\"vlan\":42,\"mtu\":9000,\"bond\":{\"mode\":\"active-backup\"," MACS "}}",         NULL  },
};

static const struct {
    const char *name;
    struct network_image image;
} images[] = {
    {"netplan",
     {.backend = NETWORK_NETPLAN,
      .netplan_routes = true,
      .permanent_mac = true,
      .resolver = true,
      .cloud_init = true}                                                                  },
    {"netplan-old",  {.backend = NETWORK_NETPLAN, .resolver = true}                        },
    {"ifupdown",     {.backend = NETWORK_IFUPDOWN, .cloud_init = true}                     },
    {"networkd",     {.backend = NETWORK_NETWORKD, .permanent_mac = true, .resolver = true}},
    {"networkd-229", {.backend = NETWORK_NETWORKD}                                         },
};

static struct network parsed(const char *json, const char *interface)
{
    _cleanup_json_ json_t *value = NULL;
    struct error e = ERROR_INIT;
    struct network n;

    assert_good(json_parse(json, strlen(json), 65536, &value, &e), &e);
    assert_good(network_parse(value, &n, &e), &e);
    if (!n.bond) {
        n.n_nics = 1;
        (void)snprintf(n.nics[0].mac, sizeof(n.nics[0].mac), "52:54:00:00:00:0a");
        (void)snprintf(n.nics[0].name, sizeof(n.nics[0].name), "%s", interface ? interface : "");
    }
    return n;
}

static void print_files(const struct network_files *files, struct buf *ret)
{
    for (size_t i = 0; i < files->n; i++) {
        buf_addf(ret, "=== %s %04o\n", files->items[i].path, (unsigned)files->items[i].mode);
        buf_add_str(ret, files->items[i].text.data);
    }
}

static void one(size_t kind, size_t image)
{
    struct network n = parsed(kinds[kind].json, kinds[kind].interface);
    _cleanup_network_files_ struct network_files files = {.n = 0};
    _cleanup_buf_ struct buf got = BUF_INIT(1 << 20);
    _cleanup_free_ char *want = NULL;
    struct error e = ERROR_INIT;
    char path[256];
    size_t len;

    (void)snprintf(path, sizeof(path), FOLDER "%s.%s", kinds[kind].name, images[image].name);
    assert_good(network_render(&n, &images[image].image, &files, &e), &e);
    print_files(&files, &got);
    assert_int_equal(buf_check(&got), 0);
    if (getenv("WRITE"))
        assert_good(file_write_atomic(AT_FDCWD, path, got.data, got.len, 0644, &e), &e);
    assert_good(file_read(AT_FDCWD, path, 1 << 20, &want, &len, &e), &e);
    if (strcmp(got.data, want) != 0)
        fail_msg("%s is not what is rendered:\n%s", path, got.data);
}

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        for (size_t k = 0; k < ARRAY_SIZE(images); k++)
            one(i, k);
}

/* As many members as there may be, with everything beside them. */
static void test_full(void **state)
{
    static const char json[] =
        "{" STATIC ",\"vlan\":1,\"mtu\":576,\"bond\":{\"mode\":\"broadcast\",\"interfaces\":"
        "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"]}}";
    struct network n = parsed(json, NULL);
    struct error e = ERROR_INIT;

    (void)state;
    for (int backend = 0; backend < NETWORK_NOBODY; backend++) {
        _cleanup_network_files_ struct network_files files = {.n = 0};
        struct network_image image = {.backend = (enum network_backend)backend, .cloud_init = true};

        assert_good(network_render(&n, &image, &files, &e), &e);
        assert_true(files.n < NETWORK_FILES_MAX);
        assert_string_equal(files.items[files.n - 1].path,
                            "/etc/cloud/cloud.cfg.d/99-nodeseed-network.cfg");
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *json, *said;
    } cases[] = {
        {"{}",                                                                                       "system.network: \"address\" is missing"              },
        {"{\"address\":\"192.0.2.7\"}",                                                              "address: expected an address such as 192.168.0.10/24"},
        {"{\"address\":\"192.0.2.7/0\"}",                                                            "address: expected a prefix length"                   },
        {"{\"address\":\"192.0.2.7/33\"}",                                                           "address: "                                           },
        {"{\"address\":\"fe80::1/64\"}",                                                             "expected an IPv4 address"                            },
        {"{\"address\":\"192.0.2.7/24\\n[Match]\"}",                                                 "address: "                                           },
        {"{\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1 x\"}",                               "gateway: "                                           },
        {"{\"address\":\"192.0.2.7/24\",\"dns\":[1]}",                                               "dns: "                                               },
        {"{\"address\":\"192.0.2.7/24\",\"dns\":[\"::1\"]}",                                         "dns: "                                               },
        {"{\"dhcp\":true,\"vlan\":4095}",                                                            "vlan: expected a number from 1 to 4094"              },
        {"{\"dhcp\":true,\"mtu\":1}",                                                                "mtu: expected a number from 576"                     },
        {"{\"dhcp\":true,\"bond\":{\"mode\":\"x\",\"macs\":[]}}",                                    "\"x\" is no mode of bonds"                           },
        {"{\"dhcp\":true,\"bond\":{\"mode\":\"802.3ad\"}}",                                          "expected macs or interfaces"                         },
        {"{\"dhcp\":true,\"bond\":{\"mode\":\"802.3ad\",\"macs\":[]}}",                              "expected macs or"                                    },
        {"{\"dhcp\":true,\"bond\":{\"mode\":\"802.3ad\",\"macs\":[\"x\"]}}",                         "expected a MAC"                                      },
        {"{\"dhcp\":true,\"bond\":{\"mode\":\"802.3ad\",\"interfaces\":[\"a b\"]}}",
         "\"a b\" is no name of an interface"                                                                                                              },
        {"{\"dhcp\":true,\"bond\":{\"mode\":\"802.3ad\",\"interfaces\":[\"a\"],\"miimon\":0}}",
         "miimon: expected a number"                                                                                                                       },
        {"{\"dhcp\":true,\"bond\":{\"mode\":\"802.3ad\",\"interfaces\":[\"a\"],\"primary\":\"a\"}}",
         "primary does not go with 802.3ad"                                                                                                                },
        {"{\"dhcp\":true,\"bond\":{\"mode\":\"active-backup\",\"interfaces\":[\"a\"],"
         "\"primary\":\"b\"}}",                                                             "primary is none of the members"                      },
        {"{\"dhcp\":true,\"bond\":{\"mode\":\"active-backup\",\"interfaces\":[\"a\"],"
         "\"lacp_rate\":\"fast\"}}",                                                        "lacp_rate: expected slow or fast, with 802.3ad"      },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_json_ json_t *value = NULL;
        struct error e = ERROR_INIT;
        struct network n;

        assert_good(json_parse(cases[i].json, strlen(cases[i].json), 65536, &value, &e), &e);
        assert_true(network_parse(value, &n, &e) < 0);
        if (!strstr(e.message, cases[i].said))
            fail_msg("%s: expected \"%s\", got \"%s\"", cases[i].json, cases[i].said, e.message);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
