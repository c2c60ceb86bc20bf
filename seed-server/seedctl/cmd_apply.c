/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>

#include "apply_text.h"
#include "changes.h"
#include "client.h"
#include "command.h"
#include "common/clock.h"
#include "common/parse.h"
#include "terminal.h"
#include "text.h"

#define PATH "/admin/apply"
#define LOOK_MS 600000 /* of 100,000 hosts, all of which differ */
#define LOOK_EVERY_MS 2000
#define LOOK_SHARE 4 /* looking takes a fifth of the time at most */
#define TIMEOUT_MS ((uint64_t)30 * 60 * 1000)
#define ATTEMPTS_MAX 5
#define OUTPUT_MAX ((size_t)256 * 1024 * 1024)

enum { OPTION_SOCKET = 1, OPTION_YES, OPTION_DRY_RUN, OPTION_JSON, OPTION_NO_WAIT, OPTION_TIMEOUT };

static const struct option options[] = {
    {"socket",  required_argument, NULL, OPTION_SOCKET },
    {"yes",     no_argument,       NULL, OPTION_YES    },
    {"dry-run", no_argument,       NULL, OPTION_DRY_RUN},
    {"json",    no_argument,       NULL, OPTION_JSON   },
    {"no-wait", no_argument,       NULL, OPTION_NO_WAIT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {NULL,      0,                 NULL, 0             },
};

struct apply {
    struct client *client;
    const char *socket;
    bool yes, dry_run, json, no_wait;
    uint64_t timeout_ms;
    char *const *hosts; /* that were named */
    size_t n_hosts;
};

static int read_options(int argc, char *argv[], struct apply *ret, struct error *e)
{
    struct apply a = {.timeout_ms = TIMEOUT_MS};
    int option, r = 0;

    while (r == 0 && (option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        switch (option) {
        case OPTION_SOCKET:
            a.socket = optarg;
            break;
        case OPTION_YES:
            a.yes = true;
            break;
        case OPTION_DRY_RUN:
            a.dry_run = true;
            break;
        case OPTION_JSON:
            a.json = true;
            break;
        case OPTION_NO_WAIT:
            a.no_wait = true;
            break;
        case OPTION_TIMEOUT:
            r = parse_duration(optarg, &a.timeout_ms, e);
            if (r < 0)
                r = error_wrap(e, "--timeout");
            break;
        default:
            return COMMAND_USAGE;
        }
    }
    if (r < 0)
        return r;
    if (a.json && !a.dry_run)
        return COMMAND_USAGE;
    a.hosts = argv + optind;
    a.n_hosts = (size_t)(argc - optind);
    *ret = a;
    return 0;
}

/* ---- what it would change -------------------------------------------------------------------- */

/* A plan that is not the newest configuration's is not what whoever asks has in mind. */
static int check_reload(const json_t *answer, struct error *e)
{
    const json_t *reload = json_object_get(answer, "reload");

    if (json_is_true(json_object_get(reload, "ok")))
        return 0;
    return error_set(e, -EINVAL,
                     "the newest configuration is refused, and the last good one in use: see "
                     "seedctl check; nothing is applied");
}

/* *ret: the answer; COMMAND_REFUSED where something is refused, which is printed. */
static int show(const struct apply *a, json_t **ret, struct apply_figures *ret_figures,
                struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(OUTPUT_MAX);
    int r = client_get_json(a->client, PATH, LOOK_MS, ret, e);

    if (r < 0 || (!a->dry_run && (r = check_reload(*ret, e)) < 0))
        return r;
    r = apply_print(*ret, a->hosts, a->n_hosts, &out, ret_figures, e);
    if (r == 0 && a->json) {
        buf_clear(&out);
        r = json_print_pretty(*ret, &out, e);
    }
    return r < 0 ? r : terminal_write(&out, e);
}

/* ---- doing it -------------------------------------------------------------------------------- */

static char *body_of(const struct apply *a, const json_t *answer)
{
    _cleanup_json_ json_t *hosts = a->n_hosts ? json_array() : NULL;
    _cleanup_json_ json_t *body = NULL;

    for (size_t i = 0; i < a->n_hosts; i++)
        if (json_array_append_new(hosts, json_string(a->hosts[i])) < 0)
            return NULL;
    body = json_pack("{s:O, s:O*}", "plan", json_object_get(answer, "plan"), "hosts", hosts);
    return body ? json_dumps(body, JSON_COMPACT) : NULL;
}

static int release(const struct apply *a, const json_t *shown, json_t **ret, struct error *e)
{
    _cleanup_free_ char *body = body_of(a, shown);
    _cleanup_buf_ struct buf answer = BUF_INIT(CLIENT_ANSWER_MAX);
    int r = -EAGAIN;

    if (!body)
        return error_oom(e);
    /* A host that attends at this moment may come first. */
    for (unsigned n = 0; r == -EAGAIN && n < ATTEMPTS_MAX; n++) {
        buf_clear(&answer);
        r = client_request(a->client, "POST", PATH, body, LOOK_MS, &answer, e);
    }
    if (r < 0)
        return r;
    return json_parse(answer.data ? answer.data : "", answer.len, CLIENT_ANSWER_MAX, ret, e);
}

struct look {
    json_t *value;
    struct cluster_view view;
};

static void look_done(struct look *l)
{
    cluster_view_done(&l->view);
    json_decref(l->value);
    *l = (struct look){0};
}

static int look_at(const struct apply *a, struct look *ret, struct error *e)
{
    struct look l = {0};
    int r = client_get_json(a->client, "/admin/status", LOOK_MS, &l.value, e);

    if (r == 0)
        r = cluster_view_read(l.value, &l.view, e);
    if (r < 0) {
        look_done(&l);
        return r;
    }
    *ret = l;
    return 0;
}

/* Says what has changed since the last look. */
static int follow(const struct apply *a, struct look *last, struct error *e)
{
    _cleanup_buf_ struct buf lines = BUF_INIT(OUTPUT_MAX);
    _cleanup_(look_done) struct look now = {0};
    int r = look_at(a, &now, e);

    if (r == 0 && last->value)
        r = changes_render(&last->view, &now.view, clock_realtime_ms(), &lines, e);
    if (r == 0)
        r = terminal_write(&lines, e);
    if (r < 0)
        return r;
    look_done(last);
    *last = now;
    now = (struct look){0};
    return 0;
}

/* The names of hosts that were told to carry out another configuration, and have not yet: as the
 * members of a new object. NULL without memory. */
static json_t *applying(const json_t *status)
{
    json_t *names = json_object(), *host;
    size_t i;

    json_array_foreach(json_object_get(status, "hosts"), i, host)
    {
        const char *name = json_string_value(json_object_get(host, "name"));
        const char *how = json_string_value(json_object_get(host, "configuration"));

        if (names && name && how && strcmp(how, "applying") == 0 &&
            json_object_set_new(names, name, json_true()) < 0) {
            json_decref(names);
            names = NULL;
        }
    }
    return names;
}

/* Those of hosts that are at it still, taken out of *hosts where they are not. What they are at is
 * what was released to them, whatever the plan has become since. */
static int count_left(const json_t *status, json_t **hosts, struct error *e)
{
    _cleanup_json_ json_t *left = json_array(), *names = applying(status);
    json_t *host;
    size_t i;

    if (!left || !names)
        return error_oom(e);
    json_array_foreach(*hosts, i, host)
    {
        if (json_object_get(names, json_string_value(host)) && json_array_append(left, host) < 0)
            return error_oom(e);
    }
    json_decref(*hosts);
    *hosts = TAKE_PTR(left);
    return 0;
}

/* Labels and taints of Nodes are not made yet; older servers make none. */
static int see_marks(const struct apply *a, bool *ret, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL;
    int r = client_get_json(a->client, PATH, LOOK_MS, &answer, e);

    return r < 0 ? r : json_get_bool_or(answer, "nodes_wait", false, ret, e);
}

/* marks: some of the Nodes get other labels or taints, too. */
static int await(const struct apply *a, json_t **hosts, bool marks, struct error *e)
{
    uint64_t began_ms = clock_monotonic_ms(), now_ms = began_ms;
    size_t all = json_array_size(*hosts);
    _cleanup_(look_done) struct look last = {0};
    int r;

    for (;;) {
        uint64_t looked_ms = now_ms;

        if ((r = follow(a, &last, e)) < 0 || (r = count_left(last.value, hosts, e)) < 0)
            return r;
        if (marks && json_array_size(*hosts) == 0 && (r = see_marks(a, &marks, e)) < 0)
            return r;
        now_ms = clock_monotonic_ms();
        if (json_array_size(*hosts) == 0 && !marks) {
            printf("%zu hosts have carried it out\n", all);
            return 0;
        }
        if (now_ms - began_ms >= a->timeout_ms && json_array_size(*hosts) == 0)
            return error_set(e, -ETIMEDOUT,
                             "%zu hosts have carried it out, and the first master has not changed "
                             "the labels and taints of all Nodes yet; it goes on trying, see its "
                             "journal: journalctl -u seed-bootstrap",
                             all);
        if (now_ms - began_ms >= a->timeout_ms)
            return error_set(
                e, -ETIMEDOUT,
                "%zu of %zu hosts, such as %s, have not carried it out yet; they go on "
                "trying, see seedctl status",
                json_array_size(*hosts), all, json_string_value(json_array_get(*hosts, 0)));
        looked_ms = (now_ms - looked_ms) * LOOK_SHARE;
        clock_sleep_ms(looked_ms > LOOK_EVERY_MS ? looked_ms : LOOK_EVERY_MS);
        now_ms = clock_monotonic_ms();
    }
}

static int run(const struct apply *a, struct error *e)
{
    _cleanup_json_ json_t *shown = NULL, *answer = NULL, *waited = NULL;
    struct apply_figures figures;
    json_t *hosts;
    int r = show(a, &shown, &figures, e);

    if (r < 0)
        return r;
    if (a->dry_run)
        return figures.changed || figures.blind ? COMMAND_REFUSED : 0;
    if (figures.refused)
        return error_set(e, -EINVAL,
                         "%zu hosts cannot become what the configuration says; nothing "
                         "is applied",
                         figures.refused);
    if (!figures.changed && !(figures.blind && a->n_hosts)) {
        puts("nothing to apply");
        return 0;
    }
    if (!a->yes && (r = terminal_confirm("apply", e)) < 0)
        return r;
    if ((r = release(a, shown, &answer, e)) < 0 ||
        (r = json_get_array(answer, "hosts", &hosts, e)) < 0)
        return r;
    printf("applied to %zu hosts\n", json_array_size(hosts));
    if (a->no_wait)
        return 0;
    waited = json_copy(hosts);
    return waited ? await(a, &waited, figures.marks > 0, e) : error_oom(e);
}

int command_apply(int argc, char *argv[], struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    struct apply a;
    int r = read_options(argc, argv, &a, e);

    if (r != 0)
        return r;
    r = client_new(a.socket, &c, e);
    if (r < 0)
        return r;
    a.client = c;
    return run(&a, e);
}
