/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>

#include "store_backend.h"

#define APPLICATION_ID 0x6e736564 /* "nsed": tells our file from any other SQLite file */
#define SCHEMA_VERSION 1

struct store_backend {
    sqlite3 *db;
    sqlite3_stmt *put, *delete, *begin, *commit, *rollback;
};

static int sqlite_errno(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return -EUCLEAN;
    default:
        return -EIO;
    }
}

static int store_error(struct store_backend *b, struct error *e, const char *doing)
{
    int code = sqlite3_errcode(b->db);

    return error_set(e, sqlite_errno(code), "%s: %s", doing, sqlite3_errmsg(b->db));
}

static int step_once(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);

    (void)sqlite3_reset(statement); /* repeats the step's own error */
    return code == SQLITE_DONE ? 0 : sqlite_errno(code);
}

int backend_put(struct store_backend *b, const char *key, const void *value, size_t len,
                uint64_t revision)
{
    if (sqlite3_bind_text(b->put, 1, key, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_blob64(b->put, 2, value, len, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_int64(b->put, 3, (sqlite3_int64)revision) != SQLITE_OK)
        return -ENOMEM;
    return step_once(b->put);
}

int backend_delete(struct store_backend *b, const char *key)
{
    if (sqlite3_bind_text(b->delete, 1, key, -1, SQLITE_STATIC) != SQLITE_OK)
        return -ENOMEM;
    return step_once(b->delete);
}

static int prepare(struct store_backend *b, const char *sql, sqlite3_stmt **ret, struct error *e)
{
    if (sqlite3_prepare_v3(b->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) != SQLITE_OK)
        return store_error(b, e, "preparing the store");
    return 0;
}

static int pragma_int(struct store_backend *b, const char *sql, int64_t *ret, struct error *e)
{
    sqlite3_stmt *statement;
    int r = prepare(b, sql, &statement, e);

    if (r < 0)
        return r;
    r = sqlite3_step(statement) == SQLITE_ROW ? 0 : store_error(b, e, sql);
    *ret = r < 0 ? 0 : sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement); /* repeats the step's own error */
    return r;
}

static int run_all(struct store_backend *b, const char *sql, struct error *e)
{
    if (sqlite3_exec(b->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_error(b, e, "preparing the store");
    return 0;
}

/* A file of another program is never touched: ours is empty or carries our id and schema. */
static int prepare_schema(struct store_backend *b, struct error *e)
{
    int64_t id, version, tables;
    int r;

    if (pragma_int(b, "PRAGMA application_id", &id, e) < 0 ||
        pragma_int(b, "PRAGMA user_version", &version, e) < 0 ||
        pragma_int(b, "SELECT count(*) FROM sqlite_schema", &tables, e) < 0)
        return e ? e->code : -EIO;
    if (tables > 0 && id != APPLICATION_ID)
        return error_set(e, -EUCLEAN, "this is not a store of seed-server");
    if (tables > 0 && version != SCHEMA_VERSION)
        return error_set(e, -EUCLEAN, "the store has version %lld, this server knows version %d",
                         (long long)version, SCHEMA_VERSION);
    r = run_all(b,
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                "PRAGMA cache_size=-2048; PRAGMA secure_delete=ON;",
                e);
    if (r == 0 && tables == 0)
        r = run_all(b,
                    "BEGIN; PRAGMA application_id=0x6e736564; PRAGMA user_version=1;"
                    "CREATE TABLE kv(key TEXT PRIMARY KEY, value BLOB NOT NULL,"
                    " revision INTEGER NOT NULL) WITHOUT ROWID; COMMIT;",
                    e);
    return r;
}

int backend_begin(struct store_backend *b)
{
    return step_once(b->begin);
}

int backend_commit(struct store_backend *b)
{
    return step_once(b->commit);
}

int backend_scrub(struct store_backend *b)
{
    int code = sqlite3_wal_checkpoint_v2(b->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    return code == SQLITE_OK ? 0 : sqlite_errno(code);
}

void backend_rollback(struct store_backend *b)
{
    if (!sqlite3_get_autocommit(b->db))
        (void)step_once(b->rollback); /* fails only where SQLite has rolled back by itself */
}

int backend_load(struct store_backend *b, backend_loaded *loaded, void *userdata, struct error *e)
{
    sqlite3_stmt *statement;
    int code, r = prepare(b, "SELECT key, value, revision FROM kv", &statement, e);

    if (r < 0)
        return r;
    while (r == 0 && (code = sqlite3_step(statement)) != SQLITE_DONE) {
        const char *key =
            code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;

        if (code != SQLITE_ROW)
            r = store_error(b, e, "reading the store");
        else if (!key)
            r = error_oom(e);
        else if (loaded(key, sqlite3_column_blob(statement, 1),
                        (size_t)sqlite3_column_bytes(statement, 1),
                        (uint64_t)sqlite3_column_int64(statement, 2), userdata) < 0)
            r = error_oom(e);
    }
    (void)sqlite3_finalize(statement); /* its error is the step's, seen above */
    return r;
}

static int prepare_all(struct store_backend *b, struct error *e)
{
    const struct {
        const char *sql;
        sqlite3_stmt **statement;
    } table[] = {
        {"INSERT OR REPLACE INTO kv(key, value, revision) VALUES(?1, ?2, ?3)", &b->put     },
        {"DELETE FROM kv WHERE key = ?1",                                      &b->delete  },
        {"BEGIN IMMEDIATE",                                                    &b->begin   },
        {"COMMIT",                                                             &b->commit  },
        {"ROLLBACK",                                                           &b->rollback},
    };
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(table) && r == 0; i++)
        r = prepare(b, table[i].sql, table[i].statement, e);
    return r;
}

int backend_open(const char *path, struct store_backend **ret, struct error *e)
{
    /* One thread at a time uses the handle: the opening one, then the writer. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, r;
    struct store_backend *b = calloc(1, sizeof(*b));

    if (!b)
        return error_oom(e);
    if (sqlite3_open_v2(path, &b->db, flags, NULL) != SQLITE_OK)
        r = b->db ? store_error(b, e, "opening the store") : error_oom(e);
    else
        r = prepare_schema(b, e);
    if (r == 0)
        r = prepare_all(b, e);
    if (r < 0) {
        backend_close(b);
        return r;
    }
    *ret = b;
    return 0;
}

void backend_close(struct store_backend *b)
{
    if (!b)
        return;
    /* Finalizing NULL is fine; what went wrong was reported by the steps. */
    (void)sqlite3_finalize(b->put);
    (void)sqlite3_finalize(b->delete);
    (void)sqlite3_finalize(b->begin);
    (void)sqlite3_finalize(b->commit);
    (void)sqlite3_finalize(b->rollback);
    (void)sqlite3_close(b->db);
    free(b);
}
