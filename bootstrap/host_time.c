/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"
#include "journal.h"
#include "service.h"

#define RESTART_MS 60000
#define INTENT "host/time"

/* The time services there are, the best first; the first that is installed is the machine's. */
static const struct {
    const char *program, *unit, *file;
    bool drop_in; /* file is ours alone, in systemd's form; otherwise a part of it is, in ntpd's */
} services[] = {
    {"/usr/sbin/chronyd",              "chrony.service",            "/etc/chrony/chrony.conf", false},
    {"/usr/sbin/ntpd",                 "ntp.service",               "/etc/ntp.conf",           false},
    {"/lib/systemd/systemd-timesyncd", "systemd-timesyncd.service",
     "/etc/systemd/timesyncd.conf.d/nodeseed.conf",                                            true },
};

static int servers_text(json_t *ntp, bool drop_in, struct buf *ret, struct error *e)
{
    json_t *value;
    size_t i;

    if (drop_in)
        buf_add_str(ret, "[Time]\nNTP=");
    json_array_foreach(ntp, i, value)
    {
        if (!json_is_string(value))
            return error_set(e, -EINVAL, "system.ntp: expected a list of addresses");
        if (drop_in)
            buf_addf(ret, "%s%s", i ? " " : "", json_string_value(value));
        else
            buf_addf(ret, "server %s iburst\n", json_string_value(value));
    }
    if (drop_in)
        buf_add_char(ret, '\n');
    return buf_check(ret) < 0 ? error_oom(e) : 0;
}

static int write_servers(struct context *c, size_t service, const struct buf *text, bool apply,
                         bool *ret_same, struct error *e)
{
    if (services[service].drop_in)
        return host_write(c, services[service].file, text->data, 0644, apply, ret_same, e);
    return host_write_block(c, services[service].file, text->data, apply, ret_same, e);
}

int host_time(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(64 * 1024);
    json_t *ntp = json_object_get(json_object_get(c->config, "system"), "ntp");
    size_t i = 0;
    bool same;
    int r;

    *ret_same = true;
    if (json_array_size(ntp) == 0)
        return 0;
    while (i < ARRAY_SIZE(services) && !host_has(c, services[i].program))
        i++;
    if (i == ARRAY_SIZE(services)) {
        step_note(c, "no time service is installed: nothing keeps this machine's clock right");
        return 0;
    }
    r = servers_text(ntp, services[i].drop_in, &text, e);
    if (r < 0)
        return r;
    r = write_servers(c, i, &text, false, ret_same, e);
    if (r < 0)
        return r;
    /* Written, but not brought into force: a cut or a failed restart came between. */
    *ret_same = *ret_same && !journal_intent(c->journal, INTENT);
    if (*ret_same || !apply)
        return 0;
    r = journal_set_intent(c->journal, INTENT, json_true(), e);
    if (r >= 0)
        r = write_servers(c, i, &text, true, &same, e);
    if (r >= 0)
        r = service_enable(c, services[i].unit, e);
    if (r >= 0)
        r = service_restart(c, services[i].unit, RESTART_MS, e);
    return r < 0 ? r : journal_remove_intent(c->journal, INTENT, e);
}
