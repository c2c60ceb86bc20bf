/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/seedctl/adopt.h"
#include "tests/unit/test.h"

#define DISK(name, serial, wwn, path, content)                                                     \
    "{\"name\":\"" name "\",\"size\":1000000000,\"serial\":" serial ",\"wwn\":" wwn                \
    ",\"path\":" path ",\"content\":\"" content "\"}"

static json_t *disks_of(const char *text)
{
    struct error e = ERROR_INIT;
    json_t *disks;

    assert_good(json_parse(text, strlen(text), 1 << 20, &disks, &e), &e);
    return disks;
}

static void chosen(const char *text, const char *kind, const char *id)
{
    _cleanup_json_ json_t *disks = disks_of(text);
    struct error e = ERROR_INIT;
    struct disk_name d;

    assert_good(adopt_choose_disk(disks, &d, &e), &e);
    assert_string_equal(d.kind, kind);
    assert_string_equal(d.id, id);
}

static void not_chosen(const char *text, int code, const char *words)
{
    _cleanup_json_ json_t *disks = disks_of(text);
    struct error e = ERROR_INIT;
    struct disk_name d;

    assert_int_equal(adopt_choose_disk(disks, &d, &e), code);
    if (!strstr(e.message, words))
        fail_msg("%s", e.message);
}

static void the_only_blank_disk(void **state)
{
    (void)state;
    chosen("[" DISK("sda", "\"A\"", "\"0x1\"", "\"p\"", "blank") "," //
           DISK("sdb", "\"B\"", "null", "null", "ext4 file system") "]",
           "serial", "A");
    not_chosen("[]", -ENOENT, "no disk of it is blank");
    not_chosen("[" DISK("sda", "\"A\"", "null", "null", "a partition table (gpt)") "]", -ENOENT,
               "no disk of it is blank");
    not_chosen("[" DISK("sda", "\"A\"", "null", "null", "blank") "," DISK("sdb", "\"B\"", "null",
                                                                          "null", "blank") "]",
               -EEXIST, "2 of its disks are blank");
}

/* A serial that a vendor left unset, that two disks share or that an inventory cannot hold is no
 * name. */
static void the_surest_name(void **state)
{
    (void)state;
    chosen("[" DISK("a", "\"0000000000\"", "\"0x5002\"", "\"p\"", "blank") "]", "wwn", "0x5002");
    chosen("[" DISK("a", "\"S\"", "\"0x1\"", "\"p\"", "blank") "," DISK("b", "\"S\"", "\"0x2\"",
                                                                        "\"q\"", "data") "]",
           "wwn", "0x1");
    chosen("[" DISK("a", "\"x'y\"", "null", "\"pci-0000:00:03.0\"", "blank") "]", "by_path",
           "pci-0000:00:03.0");
    not_chosen("[" DISK("a", "null", "null", "null", "blank") "]", -ENOENT, "to name it");
}

static void named(void **state)
{
    _cleanup_json_ json_t *disks =
        disks_of("[" DISK("a", "\"A\"", "\"W\"", "\"p\"", "blank") "," DISK("b", "\"B\"", "\"W\"",
                                                                            "\"q\"", "swap") "]");
    static const struct {
        const char *text, *refusal;
    } bad[] = {
        {"A",           "expected KIND=X"  },
        {"serial=",     "--disk"           },
        {"serial=C",    "none of its disks"},
        {"wwn=W",       "more than one"    },
        {"name=a",      "not by 'name'"    },
        {"serial=A'B",  "strange character"},
        {"by_path=../", "has '..' in it"   },
    };
    struct error e = ERROR_INIT;
    struct disk_name d;
    const char *words;
    char text[64];

    (void)state;
    snprintf(text, sizeof(text), "serial=A");
    assert_good(adopt_name_disk(disks, text, &d, &words, &e), &e);
    assert_string_equal(d.kind, "serial");
    assert_string_equal(d.id, "A");
    assert_null(words);
    snprintf(text, sizeof(text), "by_path=q");
    assert_good(adopt_name_disk(disks, text, &d, &words, &e), &e);
    assert_string_equal(words, "swap");
    snprintf(text, sizeof(text), "by_id=ata-Any");
    assert_good(adopt_name_disk(disks, text, &d, &words, &e), &e);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        snprintf(text, sizeof(text), "%s", bad[i].text);
        assert_true(adopt_name_disk(disks, text, &d, &words, &e) < 0);
        if (!strstr(e.message, bad[i].refusal))
            fail_msg("%s: %s", bad[i].text, e.message);
    }
}

static void the_line(void **state)
{
    struct adoption a = {.mac = "52:54:00:00:00:99", .name = "node4"};
    _cleanup_buf_ struct buf out = BUF_INIT(4096);
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(adopt_line(&a, &out, &e), &e);
    assert_string_equal(out.data, "node4 ip=?? seed_mac=52:54:00:00:00:99");
    a = (struct adoption){
        "52:54:00:00:00:99", "node4", "10.0.0.4", true, {"serial", "OS 9"}
    };
    buf_clear(&out);
    assert_good(adopt_line(&a, &out, &e), &e);
    assert_string_equal(out.data, "node4 ip=10.0.0.4 seed_boot=pxe seed_mac=52:54:00:00:00:99 "
                                  "seed_install_disk=\"{'serial': 'OS 9'}\"");
    a.name = "Node 4";
    assert_int_equal(adopt_line(&a, &out, &e), -EINVAL);
}

static void the_list(void **state)
{
    _cleanup_json_ json_t *disks =
        disks_of("[" DISK("sda", "\"A\"", "null", "null", "blank") "," DISK("sdb", "null", "null",
                                                                            "null", "e\\nvil") "]");
    _cleanup_buf_ struct buf out = BUF_INIT(4096);

    (void)state;
    adopt_list_disks(disks, &out);
    assert_string_equal(out.data, "#   seed_install_disk=\"{'serial': 'A'}\"  sda, 1.0 GB, blank\n"
                                  "#   (nothing names it)  sdb, 1.0 GB, e?vil\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_blank_disk),
        cmocka_unit_test(the_surest_name),
        cmocka_unit_test(named),
        cmocka_unit_test(the_line),
        cmocka_unit_test(the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
