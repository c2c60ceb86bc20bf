/* SPDX-License-Identifier: Apache-2.0 */
#include "certs.h"
#include "claim.h"
#include "common/clock.h"
#include "common/file.h"
#include "etcd.h"
#include "files.h"
#include "local_client.h"
#include "owner.h"
#include "renew.h"
#include "service.h"
#include "steps.h"
#include "unit.h"

#define USERADD_MS 60000
#define HEALTH_MS 5000
#define POLL_MS 500
#define UNIT_EVERY_MS 15000 /* how often a silent member's unit is looked at */

int etcd_read(struct context *c, struct etcd *ret, struct error *e)
{
    json_t *etcd, *user, *health;
    int r;

    if ((r = json_get_object(c->config, "etcd", &etcd, e)) < 0 ||
        (r = json_get_string(etcd, "member", &ret->member, e)) < 0 ||
        (r = json_get_array(etcd, "files", &ret->files, e)) < 0 ||
        (r = json_get_array(etcd, "certificates", &ret->certificates, e)) < 0 ||
        (r = json_get_string(etcd, "unit", &ret->unit, e)) < 0 ||
        (r = json_get_string(etcd, "data_dir", &ret->data_dir, e)) < 0 ||
        (r = json_get_object(etcd, "user", &user, e)) < 0 ||
        (r = json_get_string(user, "name", &ret->user, e)) < 0 ||
        (r = json_get_string(user, "home", &ret->home, e)) < 0 ||
        (r = json_get_object(etcd, "health", &health, e)) < 0 ||
        (r = json_get_string(health, "url", &ret->url, e)) < 0 ||
        (r = json_get_string(health, "ca", &ret->ca, e)) < 0 ||
        (r = json_get_string(health, "cert", &ret->cert, e)) < 0 ||
        (r = json_get_string(health, "key", &ret->key, e)) < 0)
        return error_wrap(e, "node config: etcd");
    return 0;
}

/* The user that the unit runs as, where no package made it. */
static int make_user(struct context *c, const struct etcd *etcd, struct error *e)
{
    const char *const argv[] = {
        "useradd",          "--system", "--user-group",      "--home-dir", etcd->home,
        "--no-create-home", "--shell",  "/usr/sbin/nologin", etcd->user,   NULL};
    struct owner owner;
    int r = owner_find(c->root, etcd->user, &owner, e);

    if (r != -ENOENT || c->root[0])
        return r;
    return step_run_program(c, argv, USERADD_MS, NULL, e);
}

/* Somebody else's data would be joined to this cluster, or overwritten by it. */
static int claim_data(struct context *c, const struct etcd *etcd, struct error *e)
{
    _cleanup_free_ char *member = path_join(etcd->data_dir, "member");
    const char *const evidence[] = {member, NULL};

    return member ? claim_area(c, "etcd", evidence, e) : error_oom(e);
}

/* A member answers {"health":"true"} while it has a leader; the value is a text. */
static int ask_health(struct local_client *client, const struct etcd *etcd, struct error *e)
{
    const struct local_request request = {
        .method = "GET", .url = etcd->url, .timeout_ms = HEALTH_MS};
    _cleanup_json_ json_t *answer = NULL;
    const char *health;
    int status, r = local_client_call(client, &request, &status, &answer, e);

    if (r < 0)
        return r;
    health = json_string_value(json_object_get(answer, "health"));
    if (status != 200 || !health || strcmp(health, "true") != 0)
        return error_set(e, -EAGAIN, "the member has no leader yet");
    return 0;
}

static int open_client(struct context *c, const struct etcd *etcd, struct local_client *ret,
                       struct error *e)
{
    return local_client_open(c, etcd->ca, etcd->cert, etcd->key, ret, e);
}

int etcd_is_done(struct context *c, bool *ret, struct error *e)
{
    _cleanup_local_client_ struct local_client client = {.ca = NULL};
    struct etcd etcd;
    int r;

    if ((r = etcd_read(c, &etcd, e)) < 0 || (r = files_check(c, etcd.files, ret, e)) < 0 || !*ret ||
        (r = certs_check(c, etcd.certificates, ret, e)) < 0 || !*ret)
        return r;
    *ret = !unit_is_to_restart(c, etcd.unit);
    if (!*ret)
        return 0;
    if ((r = open_client(c, &etcd, &client, e)) < 0)
        return r;
    *ret = ask_health(&client, &etcd, e) == 0;
    return 0;
}

/* restart of a unit that does not run starts it. Enabling comes after it because it takes a while
 * where systemd asks a SysV script's tools as well, and the member can elect its leader meanwhile.
 */
static int start(struct context *c, const struct etcd *etcd, bool restart, struct error *e)
{
    int r;

    if (!restart)
        return service_start_no_wait(c, etcd->unit, e);
    if ((r = service_daemon_reload(c, e)) < 0 ||
        (r = service_restart_no_wait(c, etcd->unit, e)) < 0 ||
        (r = service_enable(c, etcd->unit, e)) < 0)
        return r;
    return unit_restarted(c, etcd->unit, e);
}

/* Without end: a quorum may be hours away, when the other machines are switched on. The server's
 * gate says whom this member waits for. */
static int wait_healthy(struct context *c, const struct etcd *etcd, struct error *e)
{
    _cleanup_local_client_ struct local_client client = {.ca = NULL};
    uint64_t began_ms = clock_monotonic_ms(), looked_ms = began_ms;
    int r = open_client(c, etcd, &client, e);

    if (r < 0)
        return r;
    for (;;) {
        uint64_t now_ms = clock_monotonic_ms();
        struct error why = ERROR_INIT;

        r = ask_health(&client, etcd, &why);
        if (r == 0)
            return 0;
        if (!local_error_passes(r) && r != -ENOENT)
            return error_set(e, r, "%s", why.message);
        step_progress(c, -1, "%s waits for a quorum, %llu s", etcd->member,
                      (unsigned long long)(now_ms - began_ms) / 1000);
        if (now_ms - looked_ms > UNIT_EVERY_MS) {
            looked_ms = now_ms;
            step_note(c, "%s", why.message);
            /* the others' machines may be off until certificates end, the one in use here too */
            renew_if_due(c);
            local_client_done(&client);
            /* a unit that gave up does not come back by being waited for */
            if ((r = open_client(c, etcd, &client, e)) < 0 ||
                (r = service_start_no_wait(c, etcd->unit, e)) < 0)
                return r;
        }
        step_wait(c, POLL_MS);
    }
}

int etcd_run(struct context *c, struct error *e)
{
    bool restart = false;
    struct etcd etcd;
    int r = etcd_read(c, &etcd, e);

    if (r < 0)
        return r;
    r = claim_data(c, &etcd, e);
    if (r < 0)
        return r == -EPERM ? step_refuse(c, r) : r;
    if ((r = make_user(c, &etcd, e)) < 0)
        return r;
    step_progress(c, -1, "getting certificates");
    if ((r = unit_configure(c, etcd.unit, etcd.files, etcd.certificates, &restart, e)) < 0)
        return r;
    step_progress(c, -1, "starting %s", etcd.member);
    if ((r = start(c, &etcd, restart, e)) < 0)
        return r;
    return wait_healthy(c, &etcd, e);
}
