/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "client.h"
#include "command.h"
#include "common/file.h"
#include "offline.h"
#include "state.h"
#include "terminal.h"

#define USER_DATA_MAX (256 * 1024)

enum { OPTION_OUTPUT = OFFLINE_LAST + 1 };

static const struct option options[] = {
    OFFLINE_OPTIONS,
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {NULL,     0,                 NULL, 0            },
};

/* Before anything is minted: does it make sense to give this machine user-data? */
static int check_host(const struct plan *plan, const char *conf, const char *name, size_t *ret,
                      struct error *e)
{
    static const char *const ways[] = {
        [BOOT_IMAGE] = "image", [BOOT_PXE] = "pxe", [BOOT_LOCAL] = "local"};
    size_t host = plan_find_host(plan, name);
    const struct plan_host *h;

    if (host == SIZE_MAX)
        return error_set(e, -ENOENT, "%s has no host %s with a role in the cluster", conf, name);
    h = plan_host(plan, host);
    if (h->boot != BOOT_CLOUD_INIT)
        return error_set(e, -EINVAL,
                         "%s has seed_boot=%s: user-data is for machines with "
                         "seed_boot=cloud-init",
                         name, ways[h->boot]);
    *ret = host;
    return 0;
}

/* A key that enrols for a host that has one quarantines the host. */
static int warn_of_identity(struct client *c, const char *host, struct error *e)
{
    _cleanup_json_ json_t *status = NULL;
    _cleanup_view_ struct cluster_view view = {0};
    const struct host_view *h;
    int r = client_get_json(c, "/admin/status", CLIENT_TIMEOUT_MS, &status, e);

    if (r == 0)
        r = cluster_view_read(status, &view, e);
    if (r < 0)
        return r;
    h = cluster_view_find(&view, host);
    if (h && h->state != HOST_ABSENT && h->state != HOST_APPROVE)
        fprintf(stderr,
                "seedctl: warning: %s has enrolled already: a new machine becomes it only after "
                "seedctl rearm %s\n",
                host, host);
    return 0;
}

/* It holds a secret, so a file is made for its owner alone. */
static int write_out(const char *output, const struct buf *text, struct error *e)
{
    return output ? file_write_atomic(AT_FDCWD, output, text->data, text->len, 0600, e)
                  : terminal_write(text, e);
}

static int make(const struct plan *plan, size_t host, const struct offline_options *o,
                struct buf *out, struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    const char *name = plan_host(plan, host)->name, *token;
    _cleanup_json_ json_t *answer = NULL;
    bool has_program;
    int r = client_new(o->socket, &c, e);

    if (r == 0)
        r = warn_of_identity(c, name, e);
    if (r == 0)
        r = client_post(c, "/admin/token", name, "{}", &answer, e);
    if (r == 0)
        r = json_get_string(answer, "token", &token, e);
    if (r == 0)
        r = plan_render_user_data(plan, plan_host(plan, host)->name, token, out, &has_program, e);
    if (r == 0 && !has_program)
        fprintf(stderr,
                "seedctl: warning: seed_artifacts lists no " BOOTSTRAP_ARTIFACT " (kind: boot), so "
                "the image must have the program and its unit\n");
    return r;
}

int command_user_data(int argc, char *argv[], struct error *e)
{
    struct offline_options o = OFFLINE_DEFAULTS;
    _cleanup_(plan_unrefp) struct plan *plan = NULL;
    _cleanup_buf_ struct buf out = BUF_INIT(USER_DATA_MAX);
    const char *output = NULL;
    size_t host = 0;
    int option, r;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == OPTION_OUTPUT)
            output = optarg;
        else if (!offline_option(option, optarg, &o))
            return COMMAND_USAGE;
    }
    if (optind + 1 != argc || o.alone)
        return COMMAND_USAGE;
    r = offline_plan(&o, &plan, e);
    if (r == 0)
        r = check_host(plan, o.conf, argv[optind], &host, e);
    if (r == 0)
        r = make(plan, host, &o, &out, e);
    if (r == 0)
        r = write_out(output, &out, e);
    if (out.data)
        explicit_bzero(out.data, out.len);
    return r;
}
