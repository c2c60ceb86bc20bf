/* SPDX-License-Identifier: Apache-2.0 */
#include "servers.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/file.h"
#include "tests/unit/test.h"

#define START_LIMIT_MS 60000

char *servers_file(const struct servers *s, const char *name)
{
    _cleanup_free_ char *path = path_join(s->folder, name);
    struct error e = ERROR_INIT;
    char *text = NULL;

    assert_good(file_read(AT_FDCWD, path, 65536, &text, NULL, &e), &e);
    return text;
}

void servers_start(struct servers *s)
{
    uint64_t limit = clock_monotonic_ms() + START_LIMIT_MS;
    char path[128];
    int pipes[2];

    (void)snprintf(s->folder, sizeof(s->folder), "/tmp/servers.XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        (void)dup2(pipes[0], 0);
        execlp("python3", "python3", "tests/unit/servers.py", s->folder, NULL);
        _exit(127);
    }
    close(pipes[0]);
    s->input = pipes[1];
    (void)snprintf(path, sizeof(path), "%s/ports", s->folder);
    while (access(path, F_OK) < 0) {
        assert_int_equal(waitpid(s->pid, NULL, WNOHANG), 0);
        assert_true(clock_monotonic_ms() < limit);
        clock_sleep_ms(20);
    }
    s->ports = servers_file(s, "ports");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

void servers_stop(struct servers *s)
{
    free(s->ports);
    close(s->input);
    assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
    assert_int_equal(nftw(s->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Lines of "name port". */
static long port_of(const struct servers *s, const char *name)
{
    size_t len = strlen(name);

    for (const char *line = s->ports; *line; line = strchr(line, '\n') + 1)
        if (strncmp(line, name, len) == 0 && line[len] == ' ')
            return strtol(line + len, NULL, 10);
    fail_msg("there is no server called %s", name);
    return 0;
}

void servers_url(const struct servers *s, const char *name, const char *path,
                 char ret[SERVERS_URL_SIZE])
{
    (void)snprintf(ret, SERVERS_URL_SIZE, "%s://127.0.0.1:%ld/%s",
                   strcmp(name, "plain") == 0 ? "http" : "https", port_of(s, name), path);
}
