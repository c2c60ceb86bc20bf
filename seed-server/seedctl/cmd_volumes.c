/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "common/clock.h"
#include "common/parse.h"
#include "terminal.h"
#include "text.h"

enum { OPTION_SOCKET = 1, OPTION_JSON, OPTION_YES, OPTION_TIMEOUT };

static const struct option options[] = {
    {"socket",  required_argument, NULL, OPTION_SOCKET },
    {"json",    no_argument,       NULL, OPTION_JSON   },
    {"yes",     no_argument,       NULL, OPTION_YES    },
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {NULL,      0,                 NULL, 0             },
};

#define PATH "/admin/volumes"
#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)
#define LOOK_MS 10000 /* the first master's, which waits for nothing else */
#define POLL_MS 250
#define RELEASE_MS ((uint64_t)30 * 60 * 1000)
#define RELEASE_POLL_MS 1000

struct request {
    const char *socket, *release; /* the volume, or NULL to list all */
    bool json, yes;
    uint64_t timeout_ms;
};

static const char *text_of(const json_t *o, const char *part, const char *key)
{
    const char *text = json_string_value(json_object_get(part ? json_object_get(o, part) : o, key));

    return text ? text : "";
}

static int get(struct client *c, json_t **ret, json_t **ret_volumes, struct error *e)
{
    int r = client_get_json(c, PATH, CLIENT_TIMEOUT_MS, ret, e);

    return r < 0 ? r : json_get_array(*ret, "volumes", ret_volumes, e);
}

/* ---- listing --------------------------------------------------------------------------------- */

/* The widths of columns; the last one has none. */
static const size_t widths[] = {20, 48, 8, 10, 30};

static void add_cell(struct buf *out, const char *text, size_t column)
{
    text_add_left(out, *text ? text : "-", widths[column]);
    buf_add_str(out, "  ");
}

/* The size and the name are the PersistentVolume's, as Kubernetes has them. */
static void add_volume(struct buf *out, const json_t *volume)
{
    const json_t *object = json_object_get(volume, "object");
    const json_t *capacity = json_object_get(json_object_get(object, "spec"), "capacity");
    const char *why = text_of(volume, NULL, "why");

    add_cell(out, text_of(volume, NULL, "host"), 0);
    add_cell(out, text_of(volume, NULL, "path"), 1);
    add_cell(out, text_of(capacity, NULL, "storage"), 2);
    add_cell(out, text_of(volume, NULL, "phase"), 3);
    add_cell(out, text_of(volume, NULL, "claim"), 4);
    (void)text_add(out, text_of(object, "metadata", "name"), 64);
    if (json_is_true(json_object_get(volume, "releasing")))
        buf_addf(out, " (being released: %s)", text_of(volume, NULL, "release"));
    if (*why) {
        buf_add_str(out, " (not released: ");
        (void)text_add(out, why, 300);
        buf_add_char(out, ')');
    }
    text_end_line(out);
}

/* Phases are what the first master sees, who is asked to look now. One that is off is not waited
 * for: then they are those of the last time. */
static int look(struct client *c, json_t **ret, json_t **ret_volumes, struct error *e)
{
    uint64_t began_ms = clock_monotonic_ms();
    _cleanup_buf_ struct buf nothing = BUF_INIT(4096);
    struct error why = ERROR_INIT;
    int r = client_request(c, "POST", PATH, "", CLIENT_TIMEOUT_MS, &nothing, &why);
    bool sent = r == 0; /* an older server shows no phases */

    for (;;) {
        r = get(c, ret, ret_volumes, e);
        if (r < 0 || !sent || clock_monotonic_ms() - began_ms > LOOK_MS ||
            (clock_monotonic_ms() - began_ms > 2 * POLL_MS &&
             !json_is_true(json_object_get(*ret, "asked"))))
            return r;
        json_decref(TAKE_PTR(*ret));
        clock_sleep_ms(POLL_MS);
    }
}

static int list(struct client *c, const struct request *q, struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(OUTPUT_MAX);
    _cleanup_json_ json_t *answer = NULL;
    json_t *volumes, *volume;
    size_t i;
    int r = look(c, &answer, &volumes, e);

    if (r < 0)
        return r;
    if (q->json) {
        r = json_print_pretty(volumes, &out, e);
        return r < 0 ? r : terminal_write(&out, e);
    }
    add_cell(&out, "HOST", 0);
    add_cell(&out, "PATH", 1);
    add_cell(&out, "SIZE", 2);
    add_cell(&out, "PHASE", 3);
    add_cell(&out, "CLAIM", 4);
    buf_add_str(&out, "PERSISTENTVOLUME\n");
    json_array_foreach(volumes, i, volume) add_volume(&out, volume);
    if (json_is_true(json_object_get(answer, "asked")))
        fputs("seedctl volumes: the first master does not answer: phases and claims are of an "
              "earlier time\n",
              stderr);
    return buf_check(&out) < 0 ? error_oom(e) : terminal_write(&out, e);
}

/* ---- releasing ------------------------------------------------------------------------------- */

/* By its PersistentVolume's name, or "HOST/ENTRY" with the last part of its path. Borrowed. */
static const json_t *find(const json_t *volumes, const char *wanted)
{
    const json_t *volume;
    size_t i;

    json_array_foreach(volumes, i, volume)
    {
        const char *host = text_of(volume, NULL, "host"), *path = text_of(volume, NULL, "path");
        const char *entry = strrchr(path, '/');
        size_t len = strlen(host);

        if (strcmp(text_of(json_object_get(volume, "object"), "metadata", "name"), wanted) == 0 ||
            (entry && strncmp(wanted, host, len) == 0 && strcmp(wanted + len, entry) == 0))
            return volume;
    }
    return NULL;
}

static int confirm(const struct request *q, const json_t *volume, struct error *e)
{
    _cleanup_buf_ struct buf words = BUF_INIT(8192);
    int r;

    buf_addf(&words, "Whatever is in %s of %s is deleted, if no claim has it any more (phase %s",
             text_of(volume, NULL, "path"), text_of(volume, NULL, "host"),
             *text_of(volume, NULL, "phase") ? text_of(volume, NULL, "phase") : "unknown");
    if (*text_of(volume, NULL, "claim"))
        buf_addf(&words, ", claim %s", text_of(volume, NULL, "claim"));
    buf_add_str(&words, "), and its PersistentVolume becomes Available again.\n");
    if (buf_check(&words) < 0)
        return error_oom(e);
    r = terminal_write(&words, e);
    return r < 0 || q->yes ? r : terminal_confirm(q->release, e);
}

static int await(struct client *c, const struct request *q, struct error *e)
{
    uint64_t began_ms = clock_monotonic_ms();
    char said[32] = "";

    for (;;) {
        _cleanup_json_ json_t *answer = NULL;
        const json_t *volume;
        json_t *volumes;
        int r = get(c, &answer, &volumes, e);

        if (r < 0)
            return r;
        volume = find(volumes, q->release);
        if (!volume)
            return error_set(e, -ENOENT, "%s has gone meanwhile", q->release);
        if (strcmp(text_of(volume, NULL, "release"), "refused") == 0)
            return error_set(e, -EBUSY, "%s is not released: %s", q->release,
                             text_of(volume, NULL, "why"));
        if (!json_is_true(json_object_get(volume, "releasing"))) {
            printf("%s is empty, and its PersistentVolume made anew\n", q->release);
            return 0;
        }
        if (strcmp(said, text_of(volume, NULL, "release")) != 0) {
            (void)snprintf(said, sizeof(said), "%s", text_of(volume, NULL, "release"));
            printf("%s: %s\n", q->release,
                   strcmp(said, "asked") == 0   ? "the first master looks whether its claim is gone"
                   : strcmp(said, "empty") == 0 ? "its node empties it"
                                                : "the first master makes it anew");
            (void)fflush(stdout); /* an error shows at the end */
        }
        if (clock_monotonic_ms() - began_ms > q->timeout_ms)
            return error_set(
                e, -ETIMEDOUT,
                "%s is not released yet; it goes on when the first master and its node "
                "are there",
                q->release);
        clock_sleep_ms(RELEASE_POLL_MS);
    }
}

static int release(struct client *c, const struct request *q, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL, *body = NULL, *asked = NULL;
    _cleanup_free_ char *text = NULL;
    const json_t *volume;
    json_t *volumes;
    int r = look(c, &answer, &volumes, e);

    if (r < 0)
        return r;
    volume = find(volumes, q->release);
    if (!volume)
        return error_set(e, -ENOENT, "there is no volume %s; seedctl volumes lists all",
                         q->release);
    r = confirm(q, volume, e);
    if (r < 0)
        return r;
    body = json_pack("{s:O}", "path", json_object_get(volume, "path"));
    text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    r = text ? client_post(c, PATH, text_of(volume, NULL, "host"), text, &asked, e) : error_oom(e);
    return r < 0 ? r : await(c, q, e);
}

int command_volumes(int argc, char *argv[], struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    struct request q = {.timeout_ms = RELEASE_MS};
    int option, r = 0;

    while (r == 0 && (option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == OPTION_SOCKET)
            q.socket = optarg;
        else if (option == OPTION_JSON)
            q.json = true;
        else if (option == OPTION_YES)
            q.yes = true;
        else if (option == OPTION_TIMEOUT)
            r = parse_duration(optarg, &q.timeout_ms, e);
        else
            return COMMAND_USAGE;
    }
    if (r < 0)
        return error_wrap(e, "--timeout");
    if (optind < argc) {
        if (strcmp(argv[optind], "release") != 0 || optind + 2 != argc || q.json)
            return COMMAND_USAGE;
        q.release = argv[optind + 1];
    } else if (q.yes) {
        return COMMAND_USAGE;
    }
    r = client_new(q.socket, &c, e);
    if (r < 0)
        return r;
    return q.release ? release(c, &q, e) : list(c, &q, e);
}
