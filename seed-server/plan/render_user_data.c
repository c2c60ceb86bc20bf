/* SPDX-License-Identifier: Apache-2.0 */
#include "clients.h"
#include "render.h"
#include "templates.h"

/* User-data for cloud-init (#cloud-config), for Ubuntu 16.04's 21.1 and later: the settings, the
 * program's fetching by digest, the unit. It is a JSON tree, which is YAML, so that no text of the
 * inventory can become syntax. */

#define DOCUMENT_MAX 65536
#define LIBRARY "/usr/local/lib/nodeseed"
#define SCRUB "/var/lib/cloud/scripts/per-boot/nodeseed-scrub-token"
#define UNIT "/etc/systemd/system/seed-bootstrap.service"

/* cloud-init's final stage must not wait for a first boot, nor the unit for cloud-init: --no-block.
 * The fetching is the unit's own business (ExecStartPre), so that a taskbox that is away holds up
 * nothing else. */
static const char drop_in[] =
    "# Written by cloud-init: the program is fetched before it first runs.\n"
    "[Service]\n"
    "ExecStartPre=" LIBRARY "/fetch\n";

/* /etc/nodeseed/seed.yml, which seed-bootstrap reads. */
static char *seed_settings(const struct plan *p, const char *name, const char *token,
                           struct error *e)
{
    _cleanup_json_ json_t *settings =
        json_pack("{s:s*, s:s*, s:s*, s:s, s:s*}", "server", p->server_tls_url, "plain",
                  p->server_url, "pin", p->ca_pin, "host", name, "token", token);
    struct buf out = BUF_INIT(DOCUMENT_MAX);

    if (!settings)
        (void)error_oom(e);
    if (!settings || json_print_pretty(settings, &out, e) < 0) {
        buf_done(&out);
        return NULL;
    }
    return buf_take(&out, NULL);
}

static int add_file(json_t *files, const char *path, const char *permissions, const char *content,
                    struct error *e)
{
    return json_array_append_new(files, json_pack("{s:s, s:s, s:s}", "path", path, "permissions",
                                                  permissions, "content", content)) < 0
               ? error_oom(e)
               : 0;
}

static int add_template(json_t *files, const char *path, const char *permissions, enum template t,
                        const char *const *values, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(DOCUMENT_MAX);
    int r = template_fill(t, values, &text, e);

    return r < 0 ? r : add_file(files, path, permissions, text.data, e);
}

static int add_command(json_t *commands, json_t *command, struct error *e)
{
    return json_array_append_new(commands, command) < 0 ? error_oom(e) : 0;
}

static const struct plan_artifact *find_program(const struct plan *p)
{
    const struct plan_artifact *a;

    for (size_t i = 0; (a = plan_artifact(p, i)); i++)
        if (strcmp(a->name, BOOTSTRAP_ARTIFACT) == 0)
            return a;
    return NULL;
}

/* The unit, and before its first start the program. */
static int add_program(const struct plan *p, const struct plan_artifact *program, json_t *files,
                       json_t *commands, struct error *e)
{
    _cleanup_buf_ struct buf url = BUF_INIT(4096);
    static const char *const nothing[] = {NULL};
    int r;

    buf_addf(&url, "%s/artifacts/sha256/%s", p->server_url, program->sha256);
    if (buf_check(&url) < 0)
        return error_set(e, -E2BIG, "the taskbox's URL is too long");
    r = add_template(files, LIBRARY "/fetch", "0755", TEMPLATE_FETCH_BOOTSTRAP,
                     (const char *[]){"url", url.data, "sha256", program->sha256, NULL}, e);
    if (r == 0)
        r = add_template(files, UNIT, "0644", TEMPLATE_BOOTSTRAP_UNIT, nothing, e);
    if (r == 0)
        r = add_file(files, UNIT ".d/fetch.conf", "0644", drop_in, e);
    if (r == 0)
        r = add_command(commands, json_pack("[s, s]", "systemctl", "daemon-reload"), e);
    if (r == 0)
        r = add_command(commands,
                        json_pack("[s, s, s]", "systemctl", "enable", "seed-bootstrap.service"), e);
    return r;
}

/* cloud-init keeps several copies of what it was given, and makes them anew at each boot where the
 * seed disk is still there: its module scripts-per-boot runs this. The command is for images whose
 * cloud.cfg has not that module. */
static int add_scrubbing(json_t *files, json_t *commands, struct error *e)
{
    static const char *const nothing[] = {NULL};
    int r = add_template(files, SCRUB, "0755", TEMPLATE_SCRUB_TOKEN, nothing, e);

    return r < 0 ? r : add_command(commands, json_pack("[s, s]", "python3", SCRUB), e);
}

/* What the OS's own archives have for the storage classes; cloud-init installs it before runcmd
 * starts us. Not by the host's roles: NoCloud's document is the same for whoever asks. */
static json_t *packages(const struct plan *p)
{
    return p->cluster.install_clients ? clients_packages(p, ROLE_KUBELET) : json_array();
}

int plan_render_user_data(const struct plan *p, const char *name, const char *token,
                          struct buf *out, bool *ret_has_program, struct error *e)
{
    _cleanup_json_ json_t *files = json_array(), *commands = json_array(), *document = NULL,
                          *clients = packages(p);
    const struct plan_artifact *program = p->server_url ? find_program(p) : NULL;
    _cleanup_free_ char *settings = NULL;
    int r;

    if (!files || !commands || !clients)
        return error_oom(e);
    settings = seed_settings(p, name, token, e);
    if (!settings)
        return error_oom(e);
    r = add_file(files, "/etc/nodeseed/seed.yml", "0600", settings, e);
    explicit_bzero(settings, strlen(settings));
    if (r == 0 && program)
        r = add_program(p, program, files, commands, e);
    if (r == 0 && token)
        r = add_scrubbing(files, commands, e); /* before the program spends the token */
    if (r == 0)
        r = add_command(
            commands,
            json_pack("[s, s, s, s]", "systemctl", "--no-block", "start", "seed-bootstrap.service"),
            e);
    if (r < 0)
        return r;
    /* Debian's images have cloud-init write /etc/hosts anew at each boot, which has our names in
     * it. */
    document =
        json_pack("{s:b, s:s, s:b, s:O*, s:O, s:O}", "preserve_hostname", false, "hostname", name,
                  "manage_etc_hosts", false, "packages", json_array_size(clients) ? clients : NULL,
                  "write_files", files, "runcmd", commands);
    if (!document)
        return error_oom(e);
    if (ret_has_program)
        *ret_has_program = program != NULL;
    buf_add_str(out, "#cloud-config\n");
    return json_print_pretty(document, out, e);
}
