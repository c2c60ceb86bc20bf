/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "bootstrap/journal.h"
#include "bootstrap/report.h"
#include "bootstrap/seed_client.h"
#include "bootstrap/settings.h"
#include "bootstrap/step_log.h"
#include "common/file.h"
#include "pem.h"
#include "tests/unit/test.h"

static const char seed_yml[] = "server: https://127.0.0.1:1\n"
                               "plain: http://127.0.0.1:1\n"
                               "pin: \"" PEM_CA_PIN "\"\n"
                               "host: node1\n";

static void no_wait(uint64_t ms, const char *why, void *userdata)
{
    (void)ms;
    (void)userdata;
    fail_msg("this test was not to talk to a server: %s", why ? why : "");
}

static char *in_tree(const struct tree *t, const char *path)
{
    char *full = path_join(t->root, path);

    assert_non_null(full);
    return full;
}

void tree_write(const struct tree *t, const char *path, const char *text)
{
    _cleanup_free_ char *full = in_tree(t, path);
    struct error e = ERROR_INIT;

    assert_good(file_make_parents(full, 0755, &e), &e);
    assert_good(file_write_atomic(AT_FDCWD, full, text, strlen(text), 0644, &e), &e);
}

char *tree_read(const struct tree *t, const char *path)
{
    _cleanup_free_ char *full = in_tree(t, path);
    char *text = NULL;
    size_t len;

    return file_read(AT_FDCWD, full, 1 << 20, &text, &len, NULL) < 0 ? NULL : text;
}

bool tree_has(const struct tree *t, const char *path)
{
    _cleanup_free_ char *full = in_tree(t, path);
    struct stat st;

    return lstat(full, &st) == 0;
}

void tree_make(struct tree *t, const char *config)
{
    _cleanup_json_ json_t *json = NULL;
    _cleanup_free_ char *seed = NULL;
    struct context *c = &t->context;
    struct error e = ERROR_INIT;

    *t = (struct tree){.root = "/tmp/nodeseed-tree.XXXXXX"};
    assert_non_null(mkdtemp(t->root));
    tree_write(t, "/etc/nodeseed/seed.yml", seed_yml);
    seed = in_tree(t, "/etc/nodeseed/seed.yml");
    assert_good(settings_read(seed, t->root, &t->settings, &e), &e);
    assert_good(file_make_folders(t->settings->state, 0700, &e), &e);
    c->root = t->root;
    c->settings = t->settings;
    c->boot_id = "11111111-2222-4333-8444-555555555555";
    c->ip = "";
    assert_good(seed_client_new(t->settings, no_wait, NULL, &c->client, &e), &e);
    assert_good(journal_open(t->settings->journal, &c->journal, NULL, &e), &e);
    assert_good(step_log_new(t->settings->logs, &c->log, &e), &e);
    assert_good(reporter_new(c->client, c->boot_id, &c->reporter, &e), &e);
    assert_good(context_set_host(c, "node1", &e), &e);
    if (!config)
        return;
    assert_good(json_parse(config, strlen(config), 1 << 20, &json, &e), &e);
    assert_good(context_set_config(c, json, &e), &e);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

void tree_remove(struct tree *t)
{
    struct context *c = &t->context;

    context_done(c);
    reporter_free(c->reporter);
    step_log_free(c->log);
    journal_free(c->journal);
    seed_client_free(c->client);
    settings_free(t->settings);
    assert_int_equal(nftw(t->root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}
