/* SPDX-License-Identifier: Apache-2.0 */
#include "step_log.h"

#include <ctype.h>
#include <fcntl.h>

#include "common/clock.h"
#include "common/file.h"

#define LOG_MAX (64 * 1024)
#define DROPPED "[earlier lines were dropped]\n"
#define POST_TIMEOUT_MS 10000
#define RUNNING_EVERY_MS 10000
#define RUNNING_TIMEOUT_MS 5000
#define RUNNING_RETRY_MS 60000
#define SAY_EVERY_MS 30000

struct step_log {
    char *folder;
    enum step step;
    bool installer;
    struct buf text;
    bool missing[STEP_COUNT]; /* the server lacks it */
    bool grew;                /* the server has less of the running step's */
    char said[256];           /* of step_log_say */
    uint64_t began_ms, said_ms, post_ms;
};

int step_log_new(const char *folder, struct step_log **ret, struct error *e)
{
    _cleanup_(step_log_freep) struct step_log *log = calloc(1, sizeof(*log));
    int r;

    if (!log)
        return error_oom(e);
    buf_init(&log->text, LOG_MAX);
    log->folder = strdup(folder);
    if (!log->folder)
        return error_oom(e);
    r = file_make_folders(folder, 0700, e);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(log);
    return 0;
}

void step_log_free(struct step_log *log)
{
    if (!log)
        return;
    buf_done(&log->text);
    free(log->folder);
    free(log);
}

void step_log_for_installer(struct step_log *log)
{
    log->installer = true;
}

void step_log_begin(struct step_log *log, enum step step)
{
    buf_clear(&log->text);
    log->step = step;
    log->grew = false;
    log->said[0] = '\0';
    log->began_ms = clock_monotonic_ms();
    log->post_ms = log->began_ms + RUNNING_EVERY_MS;
}

/* Drops the older half, up to the end of a line. */
static void make_room(struct buf *text)
{
    char *half = text->data + text->len / 2;
    char *end = memchr(half, '\n', text->len - text->len / 2);
    const char *from = end ? end + 1 : half;
    size_t kept = text->len - (size_t)(from - text->data);

    memmove(text->data + strlen(DROPPED), from, kept);
    memcpy(text->data, DROPPED, strlen(DROPPED));
    text->len = strlen(DROPPED) + kept;
    text->data[text->len] = '\0';
}

void step_log_add(struct step_log *log, const char *data, size_t len)
{
    if (len > LOG_MAX / 4) {
        data += len - LOG_MAX / 4;
        len = LOG_MAX / 4;
    }
    if (log->text.len + len > LOG_MAX)
        make_room(&log->text);
    buf_add(&log->text, data, len);
    log->grew = true;
    if (buf_check(&log->text) < 0) /* without memory: begin anew rather than be mute */
        buf_clear(&log->text);
}

/* Past a number, unless it is the end of a name: node12 is not node13. */
static const char *skip_number(const char *at, const char *text)
{
    return at > text && isalnum((unsigned char)at[-1]) ? at : at + strspn(at, "0123456789");
}

static bool same_words(const char *a, const char *b)
{
    const char *x = a, *y = b;

    for (;; x++, y++) {
        x = skip_number(x, a);
        y = skip_number(y, b);
        if (*x != *y || !*x)
            return *x == *y;
    }
}

void step_log_say(struct step_log *log, const char *words)
{
    uint64_t now_ms = clock_monotonic_ms();
    char line[600], cut[sizeof(log->said)];
    int n;

    (void)snprintf(cut, sizeof(cut), "%s", words); /* enough to tell it by */
    if (strcmp(cut, log->said) == 0 ||
        (same_words(cut, log->said) && now_ms - log->said_ms < SAY_EVERY_MS))
        return;
    memcpy(log->said, cut, sizeof(cut));
    log->said_ms = now_ms;
    n = snprintf(line, sizeof(line), "[%4llu s] %.512s\n",
                 (unsigned long long)(now_ms - log->began_ms) / 1000, words);
    step_log_add(log, line, (size_t)n);
}

static char *log_path(const struct step_log *log, enum step step)
{
    char *path;

    return asprintf(&path, "%s/%s.log", log->folder, step_name(step)) < 0 ? NULL : path;
}

/* Unlike state it need not outlive a power cut, and is not worth two syncs a step. */
static int write_file(const char *path, const struct buf *text, struct error *e)
{
    _cleanup_close_ int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_set_errno(e, -errno, "%s", path);
    return fd_write_all(fd, text->data, text->len, e);
}

int step_log_end(struct step_log *log, struct error *e)
{
    _cleanup_free_ char *path = log_path(log, log->step);

    if (!path)
        return error_oom(e);
    if (log->text.len == 0)
        return 0;
    log->missing[log->step] = true;
    log->grew = false;
    return write_file(path, &log->text, e);
}

/* The server keeps one log of an installer. */
static bool is_wanted(const struct step_log *log, enum step step)
{
    return !log->installer || step == STEP_INSTALL;
}

static int post(const struct step_log *log, enum step step, const char *query,
                const struct seed_call *how, struct seed_client *client, struct error *e)
{
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    _cleanup_free_ char *path = NULL;
    struct seed_call call = *how;
    int r;

    if (asprintf(&path, "%s%s%s", log->installer ? "/v1/install/log" : "/v1/logs/",
                 log->installer ? "" : step_name(step), query) < 0) {
        path = NULL;
        return error_oom(e);
    }
    call.plane = SEED_NODE;
    call.method = "POST";
    call.path = path;
    call.content_type = "text/plain";
    call.attempts = 1;
    r = seed_client_call(client, &call, &answer, e);
    if (r < 0)
        return r;
    return answer.status == 204 || answer.status == 200 ? 0 : seed_answer_error(&answer, path, e);
}

static int post_one(struct step_log *log, enum step step, struct seed_client *client,
                    struct error *e)
{
    _cleanup_free_ char *file = log_path(log, step), *text = NULL;
    struct seed_call call = {.timeout_ms = POST_TIMEOUT_MS};
    int r;

    if (!file)
        return error_oom(e);
    r = file_read(AT_FDCWD, file, PROTOCOL_LOG_MAX, &text, &call.body_len, e);
    call.body = text;
    return r < 0 ? r : post(log, step, "", &call, client, e);
}

int step_log_post_running(struct step_log *log, struct seed_client *client, struct error *e)
{
    const struct seed_call call = {
        .body = log->text.data, .body_len = log->text.len, .timeout_ms = RUNNING_TIMEOUT_MS};
    uint64_t now_ms = clock_monotonic_ms();
    int r;

    if (!is_wanted(log, log->step) || !log->grew || now_ms < log->post_ms)
        return 0;
    log->grew = false;
    r = post(log, log->step, "?running=1", &call, client, e);
    log->grew = r < 0;
    log->post_ms = clock_monotonic_ms() + (r < 0 ? RUNNING_RETRY_MS : RUNNING_EVERY_MS);
    return r;
}

int step_log_post(struct step_log *log, struct seed_client *client, struct error *e)
{
    for (int step = 0; step < STEP_COUNT; step++) {
        int r;

        if (!log->missing[step] || !is_wanted(log, (enum step)step))
            continue;
        r = post_one(log, (enum step)step, client, e);
        if (r == -EAGAIN)
            return r;
        /* A log that the server does not want, or that cannot be read back, is not asked again. */
        log->missing[step] = false;
        if (r < 0)
            return error_wrap(e, "posting the log of step %s", step_name((enum step)step));
    }
    return 0;
}
