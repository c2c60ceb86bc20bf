/* SPDX-License-Identifier: Apache-2.0 */
#include "offline.h"

#include <sys/stat.h>

#include "client.h"
#include "command.h"

/* What stands for a cluster's id before the cluster is made. */
#define NO_CLUSTER_ID "00000000-0000-0000-0000-000000000000"
#define PLAN_TIMEOUT_MS 10000

enum { OPTION_JSON = OFFLINE_LAST + 1, OPTION_DIFF };

static const struct option options[] = {
    OFFLINE_OPTIONS,
    {"json", no_argument,       NULL, OPTION_JSON},
    {"diff", required_argument, NULL, OPTION_DIFF},
    {NULL,   0,                 NULL, 0          },
};

static const char conf_folder[] = CONF_FOLDER;

const char *offline_conf(void)
{
    struct stat st;

    return stat("conf", &st) == 0 && S_ISDIR(st.st_mode) ? "conf" : conf_folder;
}

bool offline_option(int option, const char *argument, struct offline_options *o)
{
    switch (option) {
    case OFFLINE_CONF:
        o->conf = argument;
        return true;
    case OFFLINE_ARTIFACTS:
        o->artifacts = argument;
        return true;
    case OFFLINE_SOCKET:
        o->socket = argument;
        return true;
    case OFFLINE_SERVER:
        o->server = argument;
        return true;
    case OFFLINE_TLS:
        o->tls_server = argument;
        return true;
    case OFFLINE_ALONE:
        o->alone = true;
        return true;
    default:
        return false;
    }
}

int offline_options_read(int argc, char *argv[], const char *accepted, struct offline_options *ret,
                         int *ret_first)
{
    struct offline_options o = OFFLINE_DEFAULTS;
    int option, i;

    while ((option = getopt_long(argc, argv, "", options, &i)) >= 0) {
        if (offline_option(option, optarg, &o))
            continue;
        if ((option != OPTION_JSON && option != OPTION_DIFF) || !strstr(accepted, options[i].name))
            return COMMAND_USAGE;
        if (option == OPTION_JSON)
            o.json = true;
        else
            o.diff = optarg;
    }
    *ret = o;
    *ret_first = optind;
    return 0;
}

/* ---- what a running server has promised ------------------------------------------------------ */

static const char *stored_get(const char *key, void *userdata)
{
    return json_string_value(json_object_get(userdata, key));
}

static void stored_each(const char *prefix, allotment_seen *seen, void *seen_data, void *userdata)
{
    json_t *value;
    const char *key;

    json_object_foreach((json_t *)userdata, key,
                        value) if (strncmp(key, prefix, strlen(prefix)) == 0 &&
                                   json_is_string(value))
        seen(key, json_string_value(value), seen_data);
}

/* GET /admin/plan, or NULL when no server answers: then the plan is that of a new cluster. */
static json_t *ask_server(const struct offline_options *o)
{
    _cleanup_(client_freep) struct client *client = NULL;
    struct error e = ERROR_INIT;
    json_t *answer = NULL;

    if (o->alone)
        return NULL;
    if (client_new(o->socket, &client, &e) == 0 &&
        client_get_json(client, "/admin/plan", PLAN_TIMEOUT_MS, &answer, &e) == 0)
        return answer;
    if (o->socket)
        fprintf(stderr, "seedctl: %s; planning as for a new cluster\n", e.message);
    return NULL;
}

static void print_problems(const struct inventory *inv, const struct problems *problems)
{
    _cleanup_buf_ struct buf out = BUF_INIT(64 * 1024 * 1024);
    size_t i;

    for (i = 0; i < inventory_warning_count(inv); i++)
        fprintf(stderr, "%s\n", inventory_warning(inv, i));
    problems_print(problems, &out);
    if (out.data)
        fputs(out.data, stderr);
}

int offline_plan(const struct offline_options *o, struct plan **ret, struct error *e)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    _cleanup_json_ json_t *answer = NULL;
    struct problems problems = {0};
    struct allotments stored = {stored_get, stored_each, NULL};
    struct plan_options planning = {.new_cluster_id = NO_CLUSTER_ID,
                                    .artifact_folder = o->artifacts};
    const json_t *server;
    int r;

    r = o->hosts_text ? inventory_load_conf_text(o->conf, o->hosts_text, o->hosts_len, &inv, e)
                      : inventory_load_conf(o->conf, &inv, e);
    if (r == -ENOENT && o->conf == conf_folder)
        return error_wrap(e, "without --conf, and no folder conf here");
    if (r < 0)
        return r;
    answer = ask_server(o);
    server = json_object_get(answer, "server");
    stored.userdata = json_object_get(answer, "allotments");
    if (stored.userdata)
        planning.stored = &stored;
    planning.server_url = o->server ? o->server : json_string_value(json_object_get(server, "url"));
    planning.server_tls_url =
        o->tls_server ? o->tls_server : json_string_value(json_object_get(server, "tls_url"));
    planning.ca_pin = json_string_value(json_object_get(server, "pin"));
    r = plan_make(inv, &planning, &problems, ret, e);
    print_problems(inv, &problems);
    if (r < 0 && problems.fatal) {
        fprintf(stderr, "seedctl: %s\n", e->message);
        r = COMMAND_REFUSED;
    }
    problems_done(&problems);
    return r;
}
