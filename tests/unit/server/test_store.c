/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "seed-server/server/store.h"
#include "tests/unit/test.h"

struct fixture {
    char folder[64], path[96];
    struct store *store;
};

static void reopen(struct fixture *f)
{
    struct error e = ERROR_INIT;

    store_close(f->store);
    f->store = NULL;
    assert_good(store_open(f->path, &f->store, &e), &e);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/test_store.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof(f->path), "%s/store.sqlite", f->folder);
    reopen(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char path[128];

    store_close(f->store);
    (void)unlink(f->path);
    (void)snprintf(path, sizeof(path), "%s-wal", f->path);
    (void)unlink(path);
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

static int put(struct store *s, const char *key, const char *value, uint64_t expected)
{
    struct store_txn *t = store_txn_new();

    store_txn_expect(t, key, expected);
    store_txn_put(t, key, value);
    return store_commit(s, t, NULL);
}

static uint64_t check_value(struct store *s, const char *key, const char *value)
{
    struct store_view *v = store_view(s);
    uint64_t revision;
    const char *found = store_view_get(v, key, &revision);

    if (value)
        assert_string_equal(found, value);
    else
        assert_null(found);
    store_view_unref(v);
    return revision;
}

static void test_compare_and_set(void **state)
{
    struct fixture *f = *state;
    uint64_t first, second;

    assert_int_equal(put(f->store, "a", "1", 0), 0);
    first = check_value(f->store, "a", "1");
    assert_true(first > 0);
    assert_int_equal(put(f->store, "a", "2", 0), -EAGAIN);
    assert_int_equal(put(f->store, "a", "2", first + 7), -EAGAIN);
    check_value(f->store, "a", "1");
    assert_int_equal(put(f->store, "a", "2", first), 0);
    second = check_value(f->store, "a", "2");
    assert_true(second > first);
    assert_int_equal(put(f->store, "a", "3", first), -EAGAIN);
}

/* All or nothing, also when what does not hold comes last. */
static void test_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    struct store_txn *t = store_txn_new();

    store_txn_put(t, "x", "1");
    store_txn_put(t, "y", "2");
    store_txn_expect(t, "z", 5);
    assert_int_equal(store_commit(f->store, t, NULL), -EAGAIN);
    check_value(f->store, "x", NULL);
    check_value(f->store, "y", NULL);
    assert_int_equal(store_commit(f->store, NULL, NULL), -ENOMEM);
}

/* How many of the store's files have the text. */
static int files_with(const struct fixture *f, const char *text)
{
    struct error e = ERROR_INIT;
    char path[128];
    int n = 0;

    for (int wal = 0; wal < 2; wal++) {
        _cleanup_free_ char *data = NULL;
        size_t len;

        (void)snprintf(path, sizeof(path), "%s%s", f->path, wal ? "-wal" : "");
        assert_good(file_read(AT_FDCWD, path, 1 << 20, &data, &len, &e), &e);
        n += memmem(data, len, text, strlen(text)) != NULL;
    }
    return n;
}

/* A token that was used: in no file, while the store is open. */
static void test_deleted(void **state)
{
    const char *const token = "0123456789abcdef0123456789abcdef0123456789abcdef";
    struct fixture *f = *state;
    struct store_txn *t = store_txn_new();

    assert_int_equal(put(f->store, "token/node1", token, 0), 0);
    assert_int_equal(put(f->store, "token/node2", "another", 0), 0);
    reopen(f); /* now it is in the database */
    assert_int_not_equal(files_with(f, token), 0);
    store_txn_delete(t, "token/node1");
    assert_int_equal(store_commit(f->store, t, NULL), 0);
    for (int i = 0; i < 300 && files_with(f, token); i++)
        (void)usleep(100000);
    assert_int_equal(files_with(f, token), 0);
    check_value(f->store, "token/node2", "another");
    assert_int_equal(put(f->store, "token/node1", "third", 0), 0);
    reopen(f);
    check_value(f->store, "token/node1", "third");
}

static void test_reopen(void **state)
{
    struct fixture *f = *state;
    struct store_txn *t = store_txn_new();
    uint64_t revision, newest;
    struct store_view *v;

    assert_int_equal(put(f->store, "kept", "value with \"quotes\" and ü", 0), 0);
    assert_int_equal(put(f->store, "gone", "x", 0), 0);
    store_txn_delete(t, "gone");
    assert_int_equal(store_commit(f->store, t, NULL), 0);
    revision = check_value(f->store, "kept", "value with \"quotes\" and ü");
    reopen(f);
    assert_int_equal(check_value(f->store, "kept", "value with \"quotes\" and ü"), revision);
    check_value(f->store, "gone", NULL);
    v = store_view(f->store);
    newest = store_view_revision(v);
    store_view_unref(v);
    assert_true(newest >= revision);
}

static void test_one_server(void **state)
{
    struct fixture *f = *state;
    struct error e = ERROR_INIT;
    struct store *other = NULL;

    assert_int_equal(put(f->store, "a", "1", 0), 0);
    assert_int_equal(store_open(f->path, &other, &e), -EBUSY);
    assert_null(other);
}

static void test_foreign_file(void **state)
{
    struct fixture *f = *state;
    struct error e = ERROR_INIT;
    struct store *other = NULL;
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/other", f->folder);
    file = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("this is no database\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(store_open(path, &other, &e), -EUCLEAN);
    assert_non_null(strstr(e.message, "other"));
    (void)unlink(path);
}

/* A view does not see what comes after it. */
static void test_view(void **state)
{
    struct fixture *f = *state;
    struct store_view *v;

    assert_int_equal(put(f->store, "a", "before", 0), 0);
    v = store_view(f->store);
    assert_int_equal(put(f->store, "a", "after", check_value(f->store, "a", "before")), 0);
    assert_string_equal(store_view_get(v, "a", NULL), "before");
    check_value(f->store, "a", "after");
    store_view_unref(v);
}

struct seen {
    char text[256];
    uint64_t last;
    bool visible; /* a new view had it when the watch was told */
    struct store *store;
};

static void watched(const char *key, const char *value, uint64_t revision, void *userdata)
{
    struct seen *s = userdata;
    struct store_view *v = store_view(s->store);
    const char *now = store_view_get(v, key, NULL);
    size_t len = strlen(s->text);

    (void)snprintf(s->text + len, sizeof(s->text) - len, "%s=%s ", key, value ? value : "-");
    assert_true(revision > s->last);
    s->last = revision;
    s->visible = value ? now && strcmp(now, value) == 0 : !now;
    store_view_unref(v);
}

static void test_watch(void **state)
{
    struct fixture *f = *state;
    struct seen s = {.store = f->store};
    struct store_txn *t = store_txn_new();

    assert_int_equal(store_watch(f->store, "host/", watched, &s), 0);
    assert_int_equal(put(f->store, "host/a", "1", 0), 0);
    assert_int_equal(put(f->store, "other", "1", 0), 0);
    store_txn_delete(t, "host/a");
    assert_int_equal(store_commit(f->store, t, NULL), 0);
    assert_int_equal(put(f->store, "host/a", "1", 99), -EAGAIN);
    assert_string_equal(s.text, "host/a=1 host/a=- ");
    assert_true(s.visible);
}

#define THREADS 4
#define EACH 200

static void *count_up(void *userdata)
{
    struct store *s = userdata;

    for (int i = 0; i < EACH; i++) {
        for (;;) {
            struct store_view *v = store_view(s);
            uint64_t revision;
            const char *old = store_view_get(v, "counter", &revision);
            char text[32];

            (void)snprintf(text, sizeof(text), "%d", (old ? (int)strtol(old, NULL, 10) : 0) + 1);
            store_view_unref(v);
            if (put(s, "counter", text, revision) == 0)
                break;
        }
    }
    return NULL;
}

/* Compare-and-set from several threads loses no step. */
static void test_contention(void **state)
{
    struct fixture *f = *state;
    struct store_figures figures;
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, f->store), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    check_value(f->store, "counter", "800");
    store_figures(f->store, &figures);
    assert_int_equal(figures.transactions - figures.conflicts, THREADS * EACH);
    assert_int_equal(figures.failures, 0);
}

static void done(int result, void *userdata)
{
    int *count = userdata; /* the writer's alone until it ended */

    assert_int_equal(result, 0);
    ++*count;
}

/* What was submitted before the stop is finished, and grouped; what comes after is refused. */
static void test_stop(void **state)
{
    struct fixture *f = *state;
    struct store_figures figures;
    int count = 0;

    for (int i = 0; i < 5000; i++) {
        struct store_txn *t = store_txn_new();
        char key[32];

        (void)snprintf(key, sizeof(key), "key/%d", i);
        store_txn_put(t, key, "x");
        store_submit(f->store, t, done, &count);
    }
    store_stop(f->store);
    assert_int_equal(count, 5000);
    store_figures(f->store, &figures);
    assert_int_equal(figures.keys, 5000);
    assert_true(figures.commits < 2500);
    assert_int_equal(put(f->store, "late", "x", 0), -ESHUTDOWN);
    reopen(f);
    check_value(f->store, "key/4999", "x");
    check_value(f->store, "late", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_compare_and_set, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_or_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reopen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_view, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deleted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contention, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
