/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"
#include "journal.h"
#include "local_client.h"
#include "notify.h"
#include "renew.h"
#include "report.h"
#include "seed_client.h"
#include "ssh_keys.h"
#include "step_log.h"
#include "steps.h"
#include "volumes.h"

/* A machine that was ready once attends, and renews its certificates, whether the taskbox is there
 * to hear of this boot or not. */
#define ATTEMPTS_WHEN_READY 2
#define LOGS_EVERY_MS 5000

/* One that could not be emptied, a plan that has changed, or an API server that is only starting:
 * the taskbox tells again what there is to do once this host attends. */
static int tell_volumes(struct context *c, struct error *e)
{
    struct error why = ERROR_INIT;
    int r = volumes_attend(c, &why);

    if (r == -EBUSY || r == -ENOENT || r == -EPERM || r == -EEXIST || local_error_passes(r))
        step_note(c, "%s, later again", why.message);
    else if (r < 0)
        return error_set(e, r, "%s", why.message);
    return 0;
}

/* -EAGAIN when something is left of which the server may hear another time. */
static int tell_logs(struct context *c, struct error *e)
{
    struct error why = ERROR_INIT;
    int r = step_log_post(c->log, c->client, &why);

    if (r == -EAGAIN)
        return error_set(e, r, "%s", why.message);
    if (r < 0)
        step_note(c, "%s, ignoring", why.message);
    return 0;
}

/* All but the logs. */
static int tell(struct context *c, struct error *e)
{
    int r = renew_ended(c, e);

    if (r == 0)
        r = tell_volumes(c, e);
    if (r == 0)
        r = reporter_deliver(c->reporter, e);
    return r < 0 ? r : ssh_keys_tell(c, e);
}

/* The last word: the server has every report and every log before this step is done for the first
 * time. */
int report_run(struct context *c, struct error *e)
{
    bool was_ready = journal_step_done_once(c->journal, STEP_REPORT);
    struct error why = ERROR_INIT;
    unsigned patience;
    int r;

    c->untold = false;
    if (!was_ready) {
        r = tell(c, e);
        while (r == 0 && tell_logs(c, &why) < 0)
            step_wait(c, LOGS_EVERY_MS);
        return r;
    }
    patience = seed_client_set_patience(c->client, ATTEMPTS_WHEN_READY);
    r = tell(c, &why);
    if (r == 0)
        r = tell_logs(c, &why);
    (void)seed_client_set_patience(c->client, patience);
    if (r != -EAGAIN)
        return r < 0 ? error_set(e, r, "%s", why.message) : 0;
    log_info("the taskbox is away (%s): it hears of this boot when it is back", why.message);
    c->untold = true;
    return 0;
}

int report_untold(struct context *c, struct error *e)
{
    unsigned patience;
    int r = config_use_kept(c, e);

    if (r < 0)
        return r;
    patience = seed_client_set_patience(c->client, 1);
    r = tell(c, e);
    notify_send("WATCHDOG=1"); /* a dozen calls, to a taskbox that may be slow */
    if (r == 0)
        r = tell_logs(c, e);
    (void)seed_client_set_patience(c->client, patience);
    context_drop_config(c);
    return r;
}
