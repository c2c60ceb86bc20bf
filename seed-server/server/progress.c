/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

static const char *const state_names[] = {
    [REPORT_RUNNING] = "running",
    [REPORT_WAITING] = "waiting",
    [REPORT_DONE] = "done",
    [REPORT_FAILED] = "failed",
};

const char *report_state_name(enum report_state state)
{
    return state_names[state];
}

static int find_state(const char *name)
{
    for (size_t i = REPORT_RUNNING; i < ARRAY_SIZE(state_names); i++)
        if (strcmp(name, state_names[i]) == 0)
            return (int)i;
    return -1;
}

/* Boards and logs show these on one line. */
static void copy_one_line(char *to, const char *from)
{
    for (; *from; from++)
        *to++ = (unsigned char)*from < 0x20 || *from == 0x7f ? ' ' : *from;
    *to = '\0';
}

static int read_text(const json_t *o, const char *key, size_t max, char *ret, struct error *e)
{
    const char *text;
    int r = json_get_string_or(o, key, "", &text, e);

    if (r < 0)
        return r;
    if (strlen(text) > max)
        return error_set(e, -EINVAL, "\"%s\" has more than %zu bytes", key, max);
    copy_one_line(ret, text);
    return 0;
}

static int read_details(const json_t *o, json_t **ret, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(REPORT_DETAILS_MAX);
    json_t *details = json_object_get(o, "details");
    int r;

    if (!details || json_is_null(details))
        return 0;
    if (!json_is_object(details))
        return error_set(e, -EINVAL, "\"details\" is not an object");
    r = json_print(details, &text, e);
    if (r == -E2BIG)
        return error_set(e, -EINVAL, "\"details\" has more than %d bytes", REPORT_DETAILS_MAX);
    if (r == 0)
        *ret = json_incref(details);
    return r;
}

static int read_report(const json_t *o, struct report *ret, struct error *e)
{
    const char *step, *state;
    const json_t *seconds;
    int64_t percent;
    int r, at;

    if (!json_is_object(o))
        return error_set(e, -EINVAL, "a report is a JSON object");
    r = json_get_string(o, "step", &step, e);
    if (r == 0)
        r = json_get_string(o, "state", &state, e);
    if (r == 0)
        r = json_get_int_or(o, "progress", -1, &percent, e);
    if (r == 0)
        r = read_text(o, "message", REPORT_MESSAGE_MAX, ret->message, e);
    if (r == 0)
        r = read_text(o, "boot_id", REPORT_BOOT_ID_MAX, ret->boot_id, e);
    if (r == 0)
        r = read_details(o, &ret->details, e);
    if (r < 0)
        return r;
    at = step_find(step);
    if (at < 0)
        return error_set(e, -EINVAL, "there is no step \"%.40s\"", step);
    ret->step = (enum step)at;
    at = find_state(state);
    if (at < 0)
        return error_set(e, -EINVAL, "\"state\" is running, waiting, done or failed");
    ret->state = (enum report_state)at;
    if (percent < -1 || percent > 100)
        return error_set(e, -EINVAL, "\"progress\" is 0 to 100 or null");
    ret->percent = (int)percent;
    seconds = json_object_get(o, "seconds");
    if (seconds && !json_is_null(seconds) && !json_is_number(seconds))
        return error_set(e, -EINVAL, "\"seconds\" is not a number");
    ret->seconds = seconds ? json_number_value(seconds) : 0;
    if (!(ret->seconds >= 0 && ret->seconds < 1e9))
        return error_set(e, -EINVAL, "\"seconds\" is out of range");
    return 0;
}

int report_parse(const char *text, size_t len, struct report *ret, struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    struct report report = {0};
    int r = json_parse(text, len, PROTOCOL_REPORT_MAX, &o, e);

    if (r == 0)
        r = read_report(o, &report, e);
    if (r < 0) {
        report_done(&report);
        return r;
    }
    *ret = report;
    return 0;
}

void report_done(struct report *r)
{
    json_decref(r->details);
    r->details = NULL;
}

void progress_done(struct progress *p)
{
    free(p->message);
    free(p->boot_id);
    json_decref(p->details);
    *p = (struct progress)PROGRESS_INIT;
}

int progress_apply(struct progress *p, const struct report *r, uint64_t now_ms, struct error *e)
{
    char *message = strdup(r->message), *boot_id = strdup(r->boot_id);
    struct step_progress *s = &p->steps[r->step];

    if (!message || !boot_id) {
        free(message);
        free(boot_id);
        return error_oom(e);
    }
    /* A new boot of a host that was ready starts the clock again; one that is still on its way is
     * the same run, however often it was reset. */
    if (p->state == REPORT_NONE ||
        (p->ready_ms && p->boot_id && *r->boot_id && strcmp(p->boot_id, r->boot_id) != 0)) {
        p->started_ms = now_ms;
        p->ready_ms = 0;
    }
    if (p->step != r->step || p->state != r->state)
        p->since_ms = now_ms;
    p->step = r->step;
    p->state = r->state;
    p->percent = r->percent;
    p->updated_ms = now_ms;
    free(p->message);
    free(p->boot_id);
    p->message = message;
    p->boot_id = boot_id;
    json_decref(p->details);
    p->details = json_incref(r->details);
    if (s->state != r->state)
        s->at_ms = now_ms;
    s->state = r->state;
    s->seconds = (float)r->seconds;
    if (r->step == STEP_REPORT && r->state == REPORT_DONE && !p->ready_ms)
        p->ready_ms = now_ms;
    return 0;
}

static int read_steps(const json_t *o, struct progress *p, struct error *e)
{
    const char *name;
    json_t *item;

    json_object_foreach((json_t *)o, name, item)
    {
        int step = step_find(name), state, r;
        const char *state_name;
        int64_t at_ms;

        if (step < 0) /* written by another version */
            continue;
        r = json_get_string(item, "state", &state_name, e);
        if (r == 0)
            r = json_get_int_or(item, "at_ms", 0, &at_ms, e);
        if (r < 0)
            return r;
        state = find_state(state_name);
        if (state < 0)
            continue;
        p->steps[step].state = (enum report_state)state;
        p->steps[step].at_ms = (uint64_t)at_ms;
        p->steps[step].seconds = (float)json_number_value(json_object_get(item, "seconds"));
    }
    return 0;
}

static int read_progress(const json_t *o, struct progress *p, struct error *e)
{
    const char *step, *state, *message, *boot_id;
    int64_t percent, since, started, updated, ready;
    json_t *steps;
    int r = json_get_string(o, "step", &step, e);

    if (r == 0)
        r = json_get_string(o, "state", &state, e);
    if (r == 0)
        r = json_get_string_or(o, "message", "", &message, e);
    if (r == 0)
        r = json_get_string_or(o, "boot_id", "", &boot_id, e);
    if (r == 0)
        r = json_get_int_or(o, "progress", -1, &percent, e);
    if (r == 0)
        r = json_get_int_or(o, "since_ms", 0, &since, e);
    if (r == 0)
        r = json_get_int_or(o, "started_ms", 0, &started, e);
    if (r == 0)
        r = json_get_int_or(o, "updated_ms", 0, &updated, e);
    if (r == 0)
        r = json_get_int_or(o, "ready_ms", 0, &ready, e);
    if (r == 0)
        r = json_get_object(o, "steps", &steps, e);
    if (r == 0)
        r = read_steps(steps, p, e);
    if (r < 0)
        return r;
    if (step_find(step) < 0 || find_state(state) < 0)
        return error_set(e, -EINVAL, "step or state are not known to this version");
    p->step = (enum step)step_find(step);
    p->state = (enum report_state)find_state(state);
    p->percent = (int)percent;
    p->since_ms = (uint64_t)since;
    p->started_ms = (uint64_t)started;
    p->updated_ms = (uint64_t)updated;
    p->ready_ms = (uint64_t)ready;
    p->message = strdup(message);
    p->boot_id = strdup(boot_id);
    if (!p->message || !p->boot_id)
        return error_oom(e);
    if (json_is_object(json_object_get(o, "details")))
        p->details = json_incref(json_object_get(o, "details"));
    return 0;
}

int progress_parse(const char *text, struct progress *ret, struct error *e)
{
    struct progress p = PROGRESS_INIT;
    _cleanup_json_ json_t *o = NULL;
    int r = json_parse(text, strlen(text), 4 * PROTOCOL_REPORT_MAX, &o, e);

    if (r == 0)
        r = read_progress(o, &p, e);
    if (r < 0) {
        progress_done(&p);
        return r;
    }
    *ret = p;
    return 0;
}

json_t *progress_steps_json(const struct progress *p)
{
    json_t *steps = json_object();

    for (int i = 0; i < STEP_COUNT && steps; i++) {
        const struct step_progress *s = &p->steps[i];

        if (s->state == REPORT_NONE)
            continue;
        if (json_object_set_new(steps, step_name((enum step)i),
                                json_pack("{s:s, s:I, s:f}", "state", report_state_name(s->state),
                                          "at_ms", (json_int_t)s->at_ms, "seconds",
                                          (double)s->seconds)) < 0) {
            json_decref(steps);
            steps = NULL;
        }
    }
    return steps;
}

json_t *progress_json(const struct progress *p)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:o, s:O*}", "step",
                     step_name(p->step), "state", report_state_name(p->state), "message",
                     p->message, "boot_id", p->boot_id, "progress",
                     p->percent < 0 ? json_null() : json_integer(p->percent), "since_ms",
                     (json_int_t)p->since_ms, "started_ms", (json_int_t)p->started_ms, "updated_ms",
                     (json_int_t)p->updated_ms, "ready_ms", (json_int_t)p->ready_ms, "steps",
                     progress_steps_json(p), "details", p->details);
}
