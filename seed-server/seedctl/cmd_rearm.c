/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>

#include "client.h"
#include "command.h"
#include "state.h"
#include "terminal.h"
#include "text.h"

enum { OPTION_SOCKET = 1, OPTION_REINSTALL, OPTION_WIPE, OPTION_YES };

static const struct option options[] = {
    {"socket",    required_argument, NULL, OPTION_SOCKET   },
    {"reinstall", no_argument,       NULL, OPTION_REINSTALL},
    {"wipe",      required_argument, NULL, OPTION_WIPE     },
    {"yes",       no_argument,       NULL, OPTION_YES      },
    {NULL,        0,                 NULL, 0               },
};

struct request {
    const char *socket, *host;
    const char *wipe; /* serial number of a disk; or NULL */
    bool reinstall, yes;
};

/* The disk of an installation, as its installer reported it. */
static void add_disk(struct buf *out, const json_t *disk)
{
    static const char *const names[] = {"serial", "wwn", "path"};
    const char *value;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        value = json_string_value(json_object_get(disk, names[i]));
        if (!value || !*value)
            continue;
        buf_addf(out, ", %s ", names[i]);
        (void)text_add(out, value, 128);
        return; /* the surest name is enough */
    }
}

/* What --reinstall will do to this host, in words. */
static int describe(const struct host_view *h, struct buf *out, struct error *e)
{
    const json_t *disk = json_object_get(h->install, "disk");

    buf_addf(out, "%s is installed anew when it next boots from the network:\n", h->name);
    buf_add_str(out, "  - all that is on its install disk (seed_install_disk");
    add_disk(out, disk);
    buf_add_str(out,
                ") is overwritten;\n"
                "  - data disks keep what is on them, and are used again only where it is this "
                "host's;\n"
                "  - its key is forgotten, and its progress on the board begins again;\n"
                "  - nothing happens while it runs: restart it when its work has moved away.\n");
    if (h->state == HOST_READY)
        buf_add_str(out, "It is ready now, a member of the cluster.\n");
    return buf_check(out) < 0 ? error_oom(e) : 0;
}

/* Says what will happen and has it confirmed. */
static int confirm(struct client *c, const struct request *q, struct error *e)
{
    _cleanup_buf_ struct buf words = BUF_INIT(8192);
    _cleanup_json_ json_t *status = NULL;
    _cleanup_view_ struct cluster_view view = {0};
    const struct host_view *h;
    int r = client_get_json(c, "/admin/status", CLIENT_TIMEOUT_MS, &status, e);

    if (r == 0)
        r = cluster_view_read(status, &view, e);
    if (r < 0)
        return r;
    h = cluster_view_find(&view, q->host);
    if (!h)
        return error_set(e, -ENOENT, "the inventory has no host %s", q->host);
    if (*h->boot && strcmp(h->boot, "pxe") != 0)
        return error_set(e, -EINVAL,
                         "%s has seed_boot=%s: only what boots by PXE is installed from here",
                         q->host, h->boot);
    r = describe(h, &words, e);
    if (r == 0)
        r = terminal_write(&words, e);
    return r < 0 || q->yes ? r : terminal_confirm(q->host, e);
}

/* Grants wiping one disk, and nothing else. */
static int allow_wipe(struct client *c, const struct request *q, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL, *body = json_pack("{s:s}", "wipe", q->wipe);
    _cleanup_free_ char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    _cleanup_buf_ struct buf words = BUF_INIT(4096);
    const char *grant;
    int r;

    buf_addf(&words, "Of %s, the disk with serial number ", q->host);
    (void)text_add(&words, q->wipe, 255);
    buf_add_str(&words, " is wiped, whatever is on it, when the host next prepares its disks:\n"
                        "  - once: neither rearming nor replacing the host renews it;\n"
                        "  - not if it is in use, nor if it has this cluster's data on it.\n");
    if (!text || buf_check(&words) < 0)
        return error_oom(e);
    r = terminal_write(&words, e);
    if (r == 0 && !q->yes)
        r = terminal_confirm(q->wipe, e);
    if (r == 0)
        r = client_post(c, "/admin/rearm", q->host, text, &answer, e);
    if (r < 0)
        return r;
    /* A server of an older release rearms the host instead. */
    if (json_get_string(answer, "grant", &grant, NULL) < 0)
        return error_set(e, -EREMOTEIO,
                         "%s: its key is forgotten: this seed-server is of an older release and "
                         "grants no wiping",
                         q->host);
    printf("%s: disk %s may be wiped once, grant %s\n", q->host, q->wipe, grant);
    return 0;
}

static int rearm(struct client *c, const struct request *q, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL;
    int64_t incarnation;
    int r = client_post(c, "/admin/rearm", q->host, q->reinstall ? "{\"reinstall\":true}" : "{}",
                        &answer, e);

    if (r < 0)
        return r;
    if (!q->reinstall) {
        printf("%s: its key is forgotten; it may enrol again with a new one\n", q->host);
        return 0;
    }
    /* A server of an older release rearms, and knows nothing of installing. */
    if (json_get_int(answer, "incarnation", &incarnation, NULL) < 0)
        return error_set(e, -EREMOTEIO,
                         "%s: its key is forgotten, but this seed-server cannot install hosts anew",
                         q->host);
    printf("%s: armed for installation %lld; boot it from the network\n", q->host,
           (long long)incarnation);
    return 0;
}

/* What is wrong with the words, n of them behind the options; false when nothing is. */
static bool is_wrong(const struct request *q, int n)
{
    if (q->wipe && q->reinstall)
        fprintf(stderr, "seedctl rearm: --reinstall and --wipe: one at a time\n");
    else if (q->wipe && !*q->wipe)
        fprintf(stderr, "seedctl rearm: --wipe: the serial number is empty\n");
    else if (q->wipe && n == 0)
        fprintf(stderr,
                "seedctl rearm: HOST is missing: --wipe takes the disk's serial number, which "
                "\"%s\" is now\n",
                q->wipe);
    else if (q->yes && !q->reinstall && !q->wipe)
        fprintf(stderr, "seedctl rearm: --yes: nothing is asked without --reinstall or --wipe\n");
    else
        return n != 1;
    return true;
}

int command_rearm(int argc, char *argv[], struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    struct request q = {0};
    int option, r;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == OPTION_SOCKET)
            q.socket = optarg;
        else if (option == OPTION_REINSTALL)
            q.reinstall = true;
        else if (option == OPTION_WIPE)
            q.wipe = optarg;
        else if (option == OPTION_YES)
            q.yes = true;
        else
            return COMMAND_USAGE;
    }
    if (is_wrong(&q, argc - optind))
        return COMMAND_USAGE;
    q.host = argv[optind];
    r = client_new(q.socket, &c, e);
    if (r == 0 && q.wipe)
        return allow_wipe(c, &q, e);
    if (r == 0 && q.reinstall)
        r = confirm(c, &q, e);
    return r < 0 ? r : rearm(c, &q, e);
}
