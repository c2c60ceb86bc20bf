/* SPDX-License-Identifier: Apache-2.0 */
#include "local_client.h"
#include "renew.h"
#include "report.h"
#include "ssh_keys.h"
#include "step_log.h"
#include "steps.h"
#include "volumes.h"

/* The last word: the server has every report and every log before this step is done. */
int report_run(struct context *c, struct error *e)
{
    struct error why = ERROR_INIT;
    int r = renew_ended(c, e);

    if (r < 0)
        return r;
    r = volumes_attend(c, &why);
    /* One could not be emptied, the plan has changed, or the API server is only starting: the
     * taskbox tells again what there is to do once this host attends. */
    if (r == -EBUSY || r == -ENOENT || r == -EPERM || r == -EEXIST || local_error_passes(r))
        step_note(c, "%s, later again", why.message);
    else if (r < 0)
        return error_set(e, r, "%s", why.message);
    r = reporter_deliver(c->reporter, e);
    if (r == 0)
        r = ssh_keys_tell(c, e);
    if (r < 0)
        return r;
    for (;;) {
        r = step_log_post(c->log, c->client, &why);
        if (r == 0)
            return 0;
        if (r != -EAGAIN)
            step_note(c, "%s, ignoring", why.message);
        else
            step_wait(c, 5000);
    }
}
