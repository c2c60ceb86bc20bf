/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the disks step, and nothing else of a first boot, on a tree of the test's own:
 *
 *   disk_tool ROOT CONFIG is-done|run
 *
 * ROOT/sys is a sysfs that the test made (loop devices have no serial), ROOT/dev and ROOT/proc are
 * the machine's. What stands here in the place of step.c (the runner, with its reports to a server)
 * is the functions below that a step calls, and in the place of the taskbox's grants ROOT/grants:
 * one file a serial number, "<id> granted", "<id> begun" or "<id> spent". Exit codes: 0 done, 3 not
 * done, 4 refused, 1 failed. */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "bootstrap/disk_grant.h"
#include "bootstrap/journal.h"
#include "bootstrap/steps.h"
#include "common/file.h"
#include "common/process.h"

char *context_path(const struct context *c, const char *path)
{
    char *full;

    return asprintf(&full, "%s%s", c->root, path) < 0 ? NULL : full;
}

static void say(const char *what, const char *format, va_list ap) _printf_(2, 0);

static void say(const char *what, const char *format, va_list ap)
{
    (void)fprintf(stderr, "%s: ", what);
    (void)vfprintf(stderr, format, ap);
    (void)fputc('\n', stderr);
}

void step_progress(struct context *c, int percent, const char *format, ...)
{
    va_list ap;

    (void)c;
    (void)percent;
    va_start(ap, format);
    say("progress", format, ap);
    va_end(ap);
}

void step_note(struct context *c, const char *format, ...)
{
    va_list ap;

    (void)c;
    va_start(ap, format);
    say("note", format, ap);
    va_end(ap);
}

int step_run_process(struct context *c, const struct process *p, struct error *e)
{
    (void)c;
    return process_run(p, NULL, e);
}

static int read_grant(const struct context *c, const char *serial, char id[40], char state[12])
{
    _cleanup_free_ char *path = NULL, *text = NULL;
    size_t len;

    if (asprintf(&path, "%s/grants/%s", c->root, serial) < 0 ||
        file_read(AT_FDCWD, path, 256, &text, &len, NULL) < 0)
        return -ENOENT;
    return sscanf(text, "%39s %11s", id, state) == 2 ? 0 : -EIO;
}

int disk_grants_get(struct context *c, json_t **ret, struct error *e)
{
    _cleanup_free_ char *folder = context_path(c, "/grants");
    char id[40], state[12];
    DIR *dir = opendir(folder);
    struct dirent *entry;

    (void)e;
    *ret = json_object();
    while (dir && (entry = readdir(dir)))
        if (read_grant(c, entry->d_name, id, state) == 0 && !strcmp(state, "granted"))
            (void)json_object_set_new(*ret, entry->d_name, json_string(id));
    if (dir)
        (void)closedir(dir);
    return 0;
}

int disk_grant_spend(struct context *c, const char *serial, const char *grant, bool marked,
                     struct error *e)
{
    _cleanup_free_ char *path = NULL;
    char id[40] = "", state[12] = "", text[64];

    (void)read_grant(c, serial, id, state);
    if (strcmp(id, grant) != 0 || (!marked && !strcmp(state, "spent")))
        return error_set(e, -EEXIST, "disk %s: grant %s is spent", serial, grant);
    if (asprintf(&path, "%s/grants/%s", c->root, serial) < 0)
        return error_oom(e);
    (void)snprintf(text, sizeof(text), "%s %s\n", id, marked ? "spent" : "begun");
    return file_write_atomic(AT_FDCWD, path, text, strlen(text), 0600, e);
}

int step_refuse(struct context *c, int code)
{
    c->refused = true;
    return code;
}

static int run(struct context *c, const char *config, const char *what, struct error *e)
{
    _cleanup_free_ char *text = NULL, *state = context_path(c, "/var/lib/nodeseed/journal.json");
    _cleanup_(journal_freep) struct journal *journal = NULL;
    _cleanup_json_ json_t *object = NULL;
    bool done = false;
    size_t len;
    int r;

    if (!state)
        return error_oom(e);
    if ((r = file_make_parents(state, 0700, e)) < 0 ||
        (r = journal_open(state, &journal, NULL, e)) < 0 ||
        (r = file_read(AT_FDCWD, config, PROTOCOL_CONFIG_MAX, &text, &len, e)) < 0 ||
        (r = json_parse(text, len, PROTOCOL_CONFIG_MAX, &object, e)) < 0)
        return r;
    c->journal = journal;
    c->config = object;
    if (!strcmp(what, "is-done")) {
        r = disks_is_done(c, &done, e);
        return r < 0 ? r : (done ? 0 : 3);
    }
    return disks_run(c, e);
}

int main(int argc, char **argv)
{
    struct error e = ERROR_INIT;
    struct context c = {.step = STEP_DISKS};
    int r;

    if (argc != 4) {
        (void)fprintf(stderr, "usage: disk_tool ROOT CONFIG is-done|run\n");
        return 2;
    }
    c.root = argv[1];
    r = run(&c, argv[2], argv[3], &e);
    if (r < 0)
        (void)fprintf(stderr, "%s: %s\n", c.refused ? "refused" : "failed", e.message);
    return r < 0 ? (c.refused ? 4 : 1) : r;
}
