/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"
#include "common/protocol.h"

/* A first boot is a table of steps (step_table.c). The runner (step.c) walks it in order, and for
 * each row: is it ours (roles, needs)? is it done already (is_done looks at reality)? may we
 * (gate)? run it, journal it, report it; after a failure again, with back-off. */

struct install;
struct journal;
struct seed_client;
struct settings;
struct step_log;
struct reporter;

/* Roles in this host's config. */
enum node_role { /* bits */
                 NODE_ROLE_ETCD = 1,
                 NODE_ROLE_MASTER = 2,
                 NODE_ROLE_NODE = 4,
};

/* When certificates are to be looked at again (renew.h). */
struct renewals {
    uint64_t at_ms; /* of the monotonic clock; 0: now */
    unsigned failures;
    char said[256]; /* the last complaint, which is not repeated; "" when all is well */
};

/* What a step may use. It lives as long as the program; steps keep nothing of their own between two
 * calls but what is on disk and in the journal. Everything here is borrowed. */
struct context {
    const char *root; /* "" or the folder of --root: goes before every path on the node */
    const struct settings *settings;
    const char *boot_id;
    struct seed_client *client; /* the server's TLS plane; see seed_client.h */
    struct journal *journal;    /* see journal.h */
    struct step_log *log;       /* through step_note() and step_run_program() */
    json_t *config;             /* the node config, node-config(5); NULL before STEP_CONFIG */
    char host[256];             /* host.name in it; "" before STEP_ENROL */
    const char *ip;             /* host.ip in it; "" before STEP_CONFIG */
    unsigned roles;             /* enum node_role bits; 0 before STEP_CONFIG */
    struct install *install;    /* the installer's own (install.h); NULL on a first boot */

    /* The runner's own. */
    enum step step;
    bool refused;
    struct reporter *reporter;

    /* Of what goes on after the steps, and beside them. */
    struct renewals renewals;
    bool untold; /* STEP_REPORT gave up, as the taskbox was away: it is told when it is back */
};

/* is_done: looks at the machine, changes nothing, is cheap (it runs at every boot), and needs no
 * server. *ret true means that run would change nothing that matters. An error counts as false.
 * run: makes it so. It may be entered again after a cut at any point, and after its own failure. */
struct step_row {
    enum step step;
    unsigned roles;    /* 0: every host, or bits: hosts with at least one of them */
    const char *needs; /* the row is skipped unless this member of the config is there; or NULL */
    const char *inputs[3]; /* members of the config that it goes by, NULL after the last: the
                            * journal knows for which ones the step was done */
    bool gated;            /* the first run waits for the server's grant (GET /v1/gates/STEP) */
    bool in_passing;       /* done again after a cut it costs nothing: its end is written to the
                            * journal along with that of the next step that is not */
    int (*is_done)(struct context *c, bool *ret, struct error *e); /* NULL: run at each boot */
    int (*run)(struct context *c, struct error *e);
};

/* The tables of a first boot and of an installation, in order, ended by a row without run. */
extern const struct step_row step_table[];
extern const struct step_row install_steps[];

struct step_limits {
    enum step until; /* the last step to do; STEP_COUNT - 1 for all */
    bool once;       /* return the first failure instead of trying again */
    /* Asked after each failure of a step that comes after STEP_CONFIG: does the server have another
     * config? Then the table begins again, with that. NULL: nobody is asked. */
    bool (*has_news)(struct context *c);
    /* Called when a step that comes after STEP_CONFIG fails because the server does not know this
     * machine's key any more (-ENOKEY); the step is tried again after it. NULL: nothing is done. */
    int (*enrol_again)(struct context *c, struct error *e);
    /* Called before each pause between two tries of a step: what must not wait for one that fails,
     * perhaps for a year. It leaves c's config as it was. NULL: nothing. */
    void (*meanwhile)(struct context *c);
};

/* Walks the table. Returns 0 when all steps up to limits->until are done; with limits->once the
 * failing step's error. Without it a failure is reported and tried again for ever. On a machine
 * that was ready once, a taskbox that is away is such a failure as well, after half a minute or so:
 * no step waits for it without end, as nothing else would be looked after meanwhile. */
int step_run_all(struct context *c, const struct step_row *table, const struct step_limits *limits,
                 struct error *e) _must_check_;

/* The machine's name became known: copied. */
int context_set_host(struct context *c, const char *host, struct error *e) _must_check_;
/* The node config became known: checked, kept (a new reference is taken), and c's host, ip and
 * roles set from it. -EINVAL when it is not this host's or of a form that is not understood. */
int context_set_config(struct context *c, json_t *config, struct error *e) _must_check_;
/* The node config goes, and with it host.ip and roles; the name stays. */
void context_drop_config(struct context *c);
void context_done(struct context *c); /* frees what these keep */

/* ---- for use inside a step ---- */

/* c->root + path in fresh memory; NULL without memory. path is absolute. */
char *context_path(const struct context *c, const char *path) _must_check_;
/* file_read() of c->root + path. */
int context_read(const struct context *c, const char *path, size_t max, char **ret, size_t *ret_len,
                 struct error *e) _must_check_;

/* The step's state in words for the console, systemd's STATUS and the server ("downloading kubelet,
 * 12 of 110 MB"). percent is of this step, -1 when unknown. Cheap to call often: what goes out is
 * limited to one report a second, and a call that sends nothing costs no system call but the clock.
 */
void step_progress(struct context *c, int percent, const char *format, ...) _printf_(3, 4);

/* A line for the step's log, which is posted to the server (seedctl logs HOST). No secrets. */
void step_note(struct context *c, const char *format, ...) _printf_(2, 3);

/* Sleeps ms, while reports (which keep a lease), systemd's watchdog and the console stay alive.
 * Every loop that waits for something does it by this and calls step_progress with what it is. */
void step_wait(struct context *c, uint64_t ms);

/* process_run() with the output copied to the step's log, and reports kept alive meanwhile. output
 * may be NULL; it gets stdout alone when given. argv[0] is looked up in PATH. */
int step_run_program(struct context *c, const char *const *argv, uint64_t timeout_ms,
                     struct buf *output, struct error *e) _must_check_;

/* The same with all that process_run() offers (stdin, environment, output); errors and tick are set
 * by it. */
struct process;
int step_run_process(struct context *c, const struct process *p, struct error *e) _must_check_;

/* `return step_refuse(c, error_set(e, -EMEDIUMTYPE, "disk DATA1 holds …"))`: trying again will not
 * help before an administrator has acted. The step is reported as failed with the error's words and
 * re-checked each minute. Returns code. */
int step_refuse(struct context *c, int code) _must_check_;
