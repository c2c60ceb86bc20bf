/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/seedctl/machine.h"
#include "seed-server/seedctl/text.h"
#include "tests/unit/test.h"

#define NOW 1000000000

static const char discovered[] =
    "{\"fingerprint\":\"f\",\"host\":null,\"claims\":null,\"uuid\":\"u-1\",\"serial\":\"SN7\","
    "\"macs\":[\"52:54:00:00:00:99\",\"52:54:00:00:00:9a\"],\"address\":\"192.168.0.105\","
    "\"reason\":\"neither a name nor an identifier of the inventory\",\"awaits_approval\":false,"
    "\"first_ms\":999900000,\"last_ms\":999995000,\"times\":3,\"facts\":{"
    "\"nics\":[{\"name\":\"eno1\",\"mac\":\"52:54:00:00:00:99\",\"driver\":\"ixgbe\",\"link\":true,"
    "\"speed\":10000},{\"name\":\"eno2\",\"mac\":\"52:54:00:00:00:9a\",\"driver\":null,\"link\":"
    "false,\"speed\":null}],"
    "\"disks\":[{\"name\":\"sda\",\"size\":480103981056,\"serial\":\"S3\",\"wwn\":"
    "\"0x5002538\",\"path\":\"pci-0000:00:17.0-ata-1\",\"content\":\"blank\"},"
    "{\"name\":\"sdb\",\"size\":4000787030016,\"serial\":null,\"wwn\":null,\"path\":null,"
    "\"content\":\"ext4 file system labelled 'home'\"}],"
    "\"dmi\":{\"vendor\":\"Dell Inc.\",\"product\":\"PowerEdge R640\",\"serial\":\"SN7\",\"uuid\":"
    "\"u-1\"},\"memory_mb\":65536,\"cpus\":16}}";

static char *described(const char *entry)
{
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    _cleanup_json_ json_t *value = NULL;
    struct error e = ERROR_INIT;
    char *text;

    assert_good(json_parse(entry, strlen(entry), 1 << 20, &value, &e), &e);
    machine_describe(value, NOW, &out);
    text = buf_take(&out, NULL);
    assert_non_null(text);
    return text;
}

static void in_full(void **state)
{
    _cleanup_free_ char *text = described(discovered);

    (void)state;
    assert_string_equal(
        text,
        "  52:54:00:00:00:99  uuid u-1  serial SN7\n"
        "    neither a name nor an identifier of the inventory; from 192.168.0.105; last seen "
        "5.0s ago\n"
        "    CPUs 16, memory 65536 MB, Dell Inc. PowerEdge R640\n"
        "    NIC   MAC                LINK  SPEED       DRIVER\n"
        "    eno1  52:54:00:00:00:99  up    10000 Mb/s  ixgbe\n"
        "    eno2  52:54:00:00:00:9a  none  -           -\n"
        "    DISK  SIZE      SERIAL  WWN        PATH                    WHAT IS ON\n"
        "    sda   480.1 GB  S3      0x5002538  pci-0000:00:17.0-ata-1  blank\n"
        "    sdb   4.0 TB    -       -          -                       ext4 file system "
        "labelled 'home'\n");
}

/* What strangers send: any type in any place, and texts that steer terminals. */
static void odd_machines(void **state)
{
    static const char *const entries[] = {
        "{}",
        "{\"macs\":[7],\"claims\":{},\"facts\":[],\"last_ms\":\"x\"}",
        "{\"facts\":{\"nics\":{},\"disks\":[1,null,{\"size\":-1,\"serial\":[]}],\"dmi\":\"x\"}}",
        ("{\"claims\":\"\\u001b[2Jx\",\"reason\":\"\\u009b1m\",\"facts\":{\"disks\":[{\"serial\":"
         "\"\\u001b]0;x\\u0007\"}],\"nics\":[{\"name\":\"a\\nb\"}]}}"),
        "{\"last_ms\":9999999999999}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        _cleanup_free_ char *text = described(entries[i]);

        assert_null(strchr(text, '\033'));
        assert_null(strstr(text, "\xc2\x9b"));
        assert_null(strstr(text, "a\nb"));
    }
}

static void size(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0,             "0 bytes"  },
        {999,           "999 bytes"},
        {1000,          "1.0 kB"   },
        {1999,          "1.9 kB"   },
        {480103981056,  "480.1 GB" },
        {4000787030016, "4.0 TB"   },
        {UINT64_MAX,    "18.4 EB"  },
    };
    char text[TEXT_SIZE_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        text_size(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_full),
        cmocka_unit_test(odd_machines),
        cmocka_unit_test(size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
