/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

void gate_member_doing(const struct gate_member *m, char *ret, size_t size)
{
    const struct progress *p = m->progress;
    const char *doing = p && p->state != REPORT_NONE ? step_doing(p->step) : NULL;

    /* Cut short is fine in all of these: they are read, not parsed. */
    if (m->quarantined)
        (void)snprintf(ret, size, "%s quarantined", m->name);
    else if (!doing)
        (void)snprintf(ret, size, "%s not seen yet", m->name);
    else if (p->ready_ms)
        (void)snprintf(ret, size, "%s restarting: %s", m->name, doing);
    else if (p->state == REPORT_FAILED)
        (void)snprintf(ret, size, "%s failed %s", m->name, doing);
    else if (p->state == REPORT_WAITING)
        (void)snprintf(ret, size, "%s waiting before %s", m->name, doing);
    else
        (void)snprintf(ret, size, "%s %s", m->name, doing);
}

static bool is_done(const struct gate_member *m, enum step step)
{
    return m->progress && m->progress->steps[step].state == REPORT_DONE;
}

struct tally {
    size_t done;
    const struct gate_member *first_missing;
    uint64_t last_ms; /* when the newest of the done ones was done */
};

/* One that was done in the future, by a clock that was ahead, was done long ago. */
static struct tally count_done(const struct gate_member *members, size_t n, enum step step,
                               uint64_t now_ms)
{
    struct tally t = {0, NULL, 0};

    for (size_t i = 0; i < n; i++) {
        const struct progress *p = members[i].progress;

        if (!p || p->steps[step].state != REPORT_DONE) {
            t.first_missing = t.first_missing ? t.first_missing : &members[i];
            continue;
        }
        t.done++;
        if (p->steps[step].at_ms > t.last_ms && p->steps[step].at_ms <= now_ms)
            t.last_ms = p->steps[step].at_ms;
    }
    return t;
}

/* Whether enough of a role's members have done their step: all of them, or `enough` and nobody new
 * for the grace, so that a dead one blocks nobody for ever. Fills in why not. */
static bool role_ready(const struct gate_input *input, const char *role,
                       const struct gate_member *members, size_t n, enum step step, size_t enough,
                       struct gate_answer *ret)
{
    struct tally t = count_done(members, n, step, input->now_ms);
    char doing[128];

    if (t.done == n)
        return true;
    if (t.done >= enough) {
        uint64_t over_ms = t.last_ms + input->grace_ms;

        if (input->now_ms >= over_ms)
            return true;
        ret->again_ms = over_ms;
    }
    gate_member_doing(t.first_missing, doing, sizeof(doing));
    (void)snprintf(ret->reason, sizeof(ret->reason), "%s %zu of %zu: %s", role, t.done, n, doing);
    return false;
}

static bool etcd_ready(const struct gate_input *input, struct gate_answer *ret)
{
    return role_ready(input, "etcd", input->etcd, input->etcd_n, STEP_ETCD, input->etcd_n / 2 + 1,
                      ret);
}

static bool init_done(const struct gate_input *input, struct gate_answer *ret)
{
    char doing[128];

    if (input->init >= input->masters_n) {
        (void)snprintf(ret->reason, sizeof(ret->reason), "no host is to run kubeadm init");
        return false;
    }
    if (is_done(&input->masters[input->init], STEP_CONTROL_PLANE))
        return true;
    gate_member_doing(&input->masters[input->init], doing, sizeof(doing));
    (void)snprintf(ret->reason, sizeof(ret->reason), "control plane 0 of %zu: %s", input->masters_n,
                   doing);
    return false;
}

static void decide_control_plane(const struct gate_input *input, struct gate_answer *ret)
{
    ret->exclusive = true;
    ret->granted = etcd_ready(input, ret) && (input->init_master || init_done(input, ret));
}

static void decide_node(const struct gate_input *input, struct gate_answer *ret)
{
    if (input->roles & ROLE_MASTER) {
        /* Waiting for the other masters here would make them wait for each other. */
        ret->granted = is_done(input->self, STEP_CONTROL_PLANE);
        if (!ret->granted)
            (void)snprintf(ret->reason, sizeof(ret->reason),
                           "this host's own control plane is not done");
        return;
    }
    ret->granted =
        init_done(input, ret) && role_ready(input, "control plane", input->masters,
                                            input->masters_n, STEP_CONTROL_PLANE, 1, ret);
}

static void decide_addons(const struct gate_input *input, struct gate_answer *ret)
{
    ret->granted = init_done(input, ret);
}

static void decide_etcd(const struct gate_input *input, struct gate_answer *ret)
{
    (void)input; /* members of a new cluster find each other: all may start at once */
    ret->granted = true;
}

static const struct {
    enum step gate;
    unsigned roles;
    bool init_only;
    void (*decide)(const struct gate_input *input, struct gate_answer *ret);
} gates[] = {
    {STEP_ETCD,          ROLE_ETCD,               false, decide_etcd         },
    {STEP_CONTROL_PLANE, ROLE_MASTER,             false, decide_control_plane},
    {STEP_NODE,          ROLE_MASTER | ROLE_NODE, false, decide_node         },
    {STEP_ADDONS,        ROLE_MASTER,             true,  decide_addons       },
};

int gate_decide(const struct gate_input *input, struct gate_answer *ret, struct error *e)
{
    struct gate_answer answer = {0};

    for (size_t i = 0; i < ARRAY_SIZE(gates); i++) {
        if (gates[i].gate != input->gate)
            continue;
        if (!(input->roles & gates[i].roles) || (gates[i].init_only && !input->init_master))
            return error_set(e, -EPERM, "%s has no part in the step %s", input->self->name,
                             step_name(input->gate));
        gates[i].decide(input, &answer);
        if (answer.granted) {
            answer.reason[0] = '\0';
            answer.again_ms = 0;
        }
        *ret = answer;
        return 0;
    }
    return error_set(e, -EPERM, "the step %s has no gate", step_name(input->gate));
}
