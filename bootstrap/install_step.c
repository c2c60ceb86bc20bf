/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/reboot.h>
#include <sys/stat.h>

#include "common/file.h"
#include "cut.h"
#include "identify.h"
#include "install.h"
#include "install_boot.h"
#include "install_write.h"
#include "report.h"
#include "seed_client.h"
#include "settings.h"
#include "steps.h"

#define ASK_AGAIN_MS 10000
/* Then the step is tried anew, which looks at the certificate first. */
#define ASK_ATTEMPTS 20

/* One installation, from the taskbox's word to the restart. */
struct job {
    struct context *c;
    struct install_config config;
    char *sys, *dev, *proc;
    struct disk_roots roots;
    struct disk_list list;
    const struct disk *disk;
    char *token;
    struct install_target target;
};

static void job_done(struct job *j)
{
    install_target_done(&j->target);
    disk_list_done(&j->list);
    install_config_done(&j->config);
    secret_free(j->token);
    free(j->sys);
    free(j->dev);
    free(j->proc);
}

/* ---- the taskbox ---- */

/* It does not take us for this host's installer: enrol anew. */
static int lost_identity(struct job *j, int r, struct error *e)
{
    if (r != -EACCES && r != -ENOKEY)
        return r;
    if (unlink(j->c->settings->certificate) < 0 && errno != ENOENT)
        step_note(j->c, "%s: %s", j->c->settings->certificate, strerror(errno));
    return error_wrap(e, "the taskbox no longer takes this installer for %s", j->c->host);
}

/* GET /v1/install: waits while as many others install as the taskbox lets. -EALREADY: this
 * incarnation is installed, and the answer that said so was lost. */
static int ask_config(struct job *j, struct error *e)
{
    struct seed_call call = {.plane = SEED_NODE,
                             .method = "GET",
                             .path = "/v1/install",
                             .max_answer = INSTALL_CONFIG_MAX,
                             .attempts = ASK_ATTEMPTS};

    for (;;) {
        _cleanup_seed_answer_ struct seed_answer answer = {0};
        _cleanup_json_ json_t *json = NULL;
        const char *reason;
        int r = seed_client_call(j->c->client, &call, &answer, e);

        if (r < 0)
            return r;
        if (answer.status == 409)
            return error_set(e, -EALREADY, "the taskbox has it as installed");
        if (answer.status != 200 && answer.status != 202)
            return lost_identity(j, seed_answer_error(&answer, call.path, e), e);
        r = seed_answer_json(&answer, &json, e);
        if (r < 0)
            return error_wrap(e, "%s", call.path);
        if (answer.status == 200)
            return install_config_read(json, &j->config, e);
        r = json_get_string_or(json, "reason", "others install first", &reason, e);
        if (r < 0)
            return error_wrap(e, "%s", call.path);
        reporter_set(j->c->reporter, STEP_INSTALL, REPORT_WAITING, -1, reason);
        step_wait(j->c, answer.retry_after_ms ? answer.retry_after_ms : ASK_AGAIN_MS);
    }
}

static int post(struct job *j, const char *path, const json_t *body, json_t **ret, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(PROTOCOL_REPORT_MAX);
    int r;

    if (!body)
        return error_set(e, -EINVAL, "%s: the disk's serial number is no text", path);
    r = json_print(body, &text, e);
    if (r == 0)
        r = seed_client_post(j->c->client, path, "application/json", text.data, text.len, ret, e);
    return lost_identity(j, r, e);
}

/* The one-time token by which the installed system enrols. */
static int ask_token(struct job *j, struct error *e)
{
    _cleanup_json_ json_t *body =
        json_pack("{s:I}", "incarnation", (json_int_t)j->config.incarnation);
    _cleanup_json_ json_t *answer = NULL;
    const char *token;
    int r = post(j, "/v1/install/handover", body, &answer, e);

    if (r == 0)
        r = json_get_string(answer, "token", &token, e);
    if (r < 0)
        return r;
    if (strlen(token) < 16 || strspn(token, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM"
                                            "NOPQRSTUVWXYZ+/=._~-") != strlen(token))
        return error_set(e, -EPROTO, "/v1/install/handover: not a token");
    j->token = strdup(token);
    j->target.seed_token = j->token;
    return j->token ? 0 : error_oom(e);
}

static json_t *text_or_null(const char *s)
{
    return s && s[0] ? json_string(s) : json_null();
}

static int tell_done(struct job *j, struct error *e)
{
    const struct disk *d = j->disk;
    _cleanup_json_ json_t *body = json_pack(
        "{s:I, s:{s:o, s:o, s:o, s:I}, s:s, s:s}", "incarnation", (json_int_t)j->config.incarnation,
        "disk", "serial", text_or_null(d->serial), "wwn", text_or_null(d->wwn), "path",
        text_or_null(d->paths[0]), "size", (json_int_t)d->size, "root_uuid", j->config.root_uuid,
        "firmware", j->target.uefi ? "uefi" : "bios");

    return post(j, "/v1/install/done", body, NULL, e);
}

/* ---- the machine ---- */

static int check_memory(struct job *j, struct error *e)
{
    uint64_t total_kb;
    int r = machine_memory_kb(j->c->root, &total_kb, e);

    if (r < 0)
        return r;
    if (total_kb / 1024 >= (uint64_t)j->config.memory_mb * MEMORY_PERCENT / 100)
        return 0;
    return error_set(
        e, -EPERM,
        "too little memory: this machine has %llu MB, at least %lld MB are needed; add "
        "some, or lower minimal_node_memory_mb (a master: minimal_master_memory_mb)",
        (unsigned long long)total_kb / 1024, (long long)j->config.memory_mb);
}

static int choose_disk(struct job *j, struct error *e)
{
    size_t index;
    int r;

    j->sys = context_path(j->c, "/sys");
    j->dev = context_path(j->c, "/dev");
    j->proc = context_path(j->c, "/proc");
    if (!j->sys || !j->dev || !j->proc)
        return error_oom(e);
    j->roots = (struct disk_roots){j->sys, j->dev, j->proc, j->c->root};
    r = disk_list_read(&j->roots, &j->list, e);
    if (r == 0)
        r = disk_select(&j->list, &j->config.disk, 1, &index, e);
    if (r < 0)
        return error_wrap(e, "seed_install_disk");
    j->disk = &j->list.items[index];
    return 0;
}

static int decide(struct job *j, struct error *e)
{
    struct install_target *t = &j->target;
    struct install_intent found;
    struct disk_probe probe;
    bool torn;
    int known = install_disk_look(j->disk, &found, &torn, e), r;

    if (known < 0)
        return known;
    r = disk_probe(&j->roots, j->disk, NULL, &probe, e);
    if (r < 0)
        return r;
    if (torn && !probe.signature)
        probe.content = DISK_BLANK;
    r = install_decide(&t->claim, j->disk, &probe, known ? &found : NULL, &t->verdict, e);
    if (r == 0)
        r = install_intent_of(&t->claim, j->disk, &t->intent, e);
    return r == 0 ? install_write_check(t, j->disk, e) : r;
}

static void tell(const struct job *j)
{
    static const char *const words[] = {
        [INSTALL_FRESH] = "blank, installing",
        [INSTALL_AGAIN] = "begun before, beginning again",
        [INSTALL_WHOLE] = "whole already, only seeding it again",
    };

    step_note(j->c, "disk %s (serial %s, %llu bytes): %s", j->disk->name,
              j->disk->serial ? j->disk->serial : "none", (unsigned long long)j->disk->size,
              words[j->target.verdict]);
    step_note(j->c, "image %s, incarnation %lld", j->config.image.name,
              (long long)j->config.incarnation);
}

/* Everything that may end in a refusal, before anything is written. */
static int prepare(struct job *j, struct error *e)
{
    struct install_target *t = &j->target;
    int r;

    if (strcmp(j->config.host, j->c->host) != 0)
        return error_set(e, -EPROTO, "the install config is for %s, this is %s", j->config.host,
                         j->c->host);
    t->c = j->c;
    t->config = &j->config;
    t->folder = j->c->settings->state;
    t->uefi = boot_is_uefi(j->c);
    t->claim = (struct install_claim){.cluster = j->config.cluster,
                                      .host = j->config.host,
                                      .image = j->config.image.sha256,
                                      .incarnation = j->config.incarnation,
                                      .reinstall = j->config.reinstall};
    memcpy(t->nic, j->c->install->nic, sizeof(t->nic));
    install_write_tidy(j->c, t->folder);
    r = check_memory(j, e);
    if (r == 0)
        r = choose_disk(j, e);
    if (r == 0)
        r = decide(j, e);
    if (r == 0)
        tell(j);
    return r;
}

/* NVRAM comes after the table: efibootmgr reads the partition's GUID from the disk. */
static int write_disk(struct job *j, struct error *e)
{
    struct install_target *t = &j->target;
    const struct install_layout *l = &t->table.layout;
    int r = install_disk_open(&j->roots, j->disk, &t->disk, e);

    if (r == 0)
        r = install_write_image(t, e);
    if (r == 0)
        r = ask_token(j, e);
    if (r == 0)
        r = install_write_systems(t, e);
    if (r == 0)
        r = install_write_end(t, e);
    install_disk_close(&t->disk);
    if (r == 0 && t->uefi) {
        step_progress(j->c, 99, "making the firmware's boot entry");
        r = boot_install_entry(j->c, j->disk, l->items[l->esp].number, t->loader, e);
    }
    return r;
}

/* Answers that an administrator has to change something for. */
static int refuse_if_final(struct context *c, int r)
{
    static const int codes[] = {-EPERM, -ENODEV, -EEXIST, -EINVAL, -EBADMSG, -ENOENT};

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (codes[i] == r)
            return step_refuse(c, r);
    return r;
}

int install_run(struct context *c, struct error *e)
{
    _cleanup_(job_done) struct job j = {
        .c = c, .target = {.disk = INSTALL_DISK_INIT, .table = {.head = NULL}}
    };
    int r = enrol_run(c, e);

    if (r == 0)
        r = ask_config(&j, e);
    if (r == -EALREADY) {
        step_note(c, "installed already, restarting from the disk");
        return 0;
    }
    if (r == 0) {
        reporter_set(c->reporter, STEP_INSTALL, REPORT_RUNNING, -1, "looking at the disks");
        r = prepare(&j, e);
    }
    if (r == 0)
        r = write_disk(&j, e);
    if (r < 0)
        return refuse_if_final(c, r);
    cut_here("install", "before-done");
    r = tell_done(&j, e);
    if (r < 0)
        return refuse_if_final(c, r);
    cut_here("install", "told");
    step_note(c, "installed on %s, restarting from it", j.disk->name);
    return 0;
}

int install_restart(struct context *c, struct error *e)
{
    if (!c->install->restarts)
        return 0;
    sync();
    (void)reboot(RB_AUTOBOOT);
    return error_set_errno(e, -errno, "restarting");
}
