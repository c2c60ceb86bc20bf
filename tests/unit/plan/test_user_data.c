/* SPDX-License-Identifier: Apache-2.0 */
#include "make_plan.h"
#include "tests/unit/test.h"

/* The real cloud-init carries it out in tests/cloud-init/test_user_data. */

#define TOKEN "3f0c91e87d"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char WITH_PROGRAM[] =
    "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\nseed_artifacts:\n"
    "- {name: seed-bootstrap, sha256: '" HEX "', size: 3200000, kind: boot}\n";

static json_t *user_data(const char *vars, const char *token, bool *ret_has_program)
{
    struct made m = make_plan(GUIDE, vars, NULL);
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;
    json_t *root;

    if (!m.plan)
        fail_msg("refused: %s", m.problems);
    assert_good(plan_render_user_data(m.plan, "node2", token, &out, ret_has_program, &e), &e);
    assert_memory_equal(out.data, "#cloud-config\n", 14);
    for (size_t i = 0; i < out.len; i++) /* what YAML 1.1 cannot hold, even in quotes */
        assert_true(out.data[i] == '\n' ||
                    ((unsigned char)out.data[i] >= 0x20 && (unsigned char)out.data[i] < 0x7f));
    assert_good(json_parse(out.data + 14, out.len - 14, out.len, &root, &e), &e);
    made_done(&m);
    return root;
}

static const char *content(const json_t *root, const char *path)
{
    return text_at(file_in(at(root, "/write_files"), path), "/content");
}

static void with_a_token(void **state)
{
    bool has_program = false;
    json_t *root = user_data(WITH_PROGRAM, TOKEN, &has_program), *settings;
    const char *seed = content(root, "/etc/nodeseed/seed.yml"), *fetch;
    struct error e = ERROR_INIT;

    (void)state;
    assert_true(has_program);
    assert_good(json_parse(seed, strlen(seed), 1 << 20, &settings, &e), &e);
    assert_string_equal(text_at(settings, "/token"), TOKEN);
    assert_string_equal(text_at(settings, "/host"), "node2");
    assert_string_equal(
        text_at(file_in(at(root, "/write_files"), "/etc/nodeseed/seed.yml"), "/permissions"),
        "0600");
    fetch = content(root, "/usr/local/lib/nodeseed/fetch");
    assert_non_null(
        strstr(fetch, "\nurl='http://192.168.0.1:8080/artifacts/sha256/" HEX "'\nsha256='" HEX));
    assert_null(strstr(fetch, TOKEN));
    assert_non_null(strstr(content(root, "/etc/systemd/system/seed-bootstrap.service"),
                           "ExecStart=/usr/local/bin/seed-bootstrap\n"));
    /* Before the program, which spends the token and takes it out of seed.yml. */
    assert_string_equal(text_at(root, "/runcmd/2/1"),
                        "/var/lib/cloud/scripts/per-boot/nodeseed-scrub-token");
    assert_string_equal(text_at(root, "/runcmd/3/1"), "--no-block");
    json_decref(settings);
    json_decref(root);
}

static void without_secrets(void **state)
{
    json_t *root = user_data(WITH_PROGRAM, NULL, NULL);

    (void)state;
    assert_null(strstr(content(root, "/etc/nodeseed/seed.yml"), "token"));
    assert_int_equal(json_array_size(at(root, "/write_files")), 4);
    assert_int_equal(json_array_size(at(root, "/runcmd")), 3);
    json_decref(root);
}

/* An image that has the program and its unit keeps them. */
static void without_the_program(void **state)
{
    bool has_program = true;
    json_t *root = user_data(QUIET, NULL, &has_program);

    (void)state;
    assert_false(has_program);
    assert_int_equal(json_array_size(at(root, "/write_files")), 1);
    assert_int_equal(json_array_size(at(root, "/runcmd")), 1);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_a_token),
        cmocka_unit_test(without_secrets),
        cmocka_unit_test(without_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
