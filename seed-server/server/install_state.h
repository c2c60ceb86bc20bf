/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "enrol.h"
#include "secret.h"
#include "x509.h"

/* Where a host with seed_boot=pxe stands between blank disk and installed system, and what follows
 * from it: what its firmware is told to boot, whose key may install it, whether it may write now.
 * Pure.
 *
 * An incarnation is one installation of a host. Incarnation 1 is armed by itself; each later one is
 * begun by an administrator (rearm with reinstall). Only the installer's authenticated "done" makes
 * an incarnation installed, and from then on the machine starts from its disk: an installation
 * never loops. */

enum install_state { INSTALL_ARMED, INSTALL_WRITING, INSTALL_INSTALLED, INSTALL_STATE_COUNT };
const char *install_state_name(enum install_state state);

#define INSTALL_ID_SIZE 256 /* of a disk's serial, WWN, path */
#define INSTALL_FIRMWARE_SIZE 8

struct install_disk {
    char serial[INSTALL_ID_SIZE], wwn[INSTALL_ID_SIZE], path[INSTALL_ID_SIZE]; /* "": unknown */
    uint64_t size;
};

/* The record under install/HOST. */
struct install_record {
    unsigned incarnation;
    enum install_state state;
    uint64_t since_ms;           /* of this state */
    char spki[SHA256_TEXT_SIZE]; /* the installer's key; "": none has enrolled */
    char *certificate;           /* its certificate, or NULL */
    /* The key of the installed system, once it enrolled: after a rearm the same one may come again
     * without a token. "": none yet. */
    char node_spki[SHA256_TEXT_SIZE];
    struct install_disk disk;             /* that was written; size 0: none yet */
    char root_uuid[UUID_TEXT_SIZE];       /* of its root file system; "": not yet */
    char firmware[INSTALL_FIRMWARE_SIZE]; /* "uefi", "bios"; "": not yet */
};
void install_record_done(struct install_record *r);

/* What holds where the store has no record: incarnation 1, armed; but a host that has enrolled
 * without an installer of ours runs already, and is never written to unless somebody rearms it. */
struct install_record install_record_absent(bool has_identity);
int install_record_parse(const char *text, struct install_record *ret,
                         struct error *e) _must_check_;
/* The record's text, free() it; NULL without memory. */
char *install_record_text(const struct install_record *r);
/* {"state","incarnation","disk","root_uuid","firmware","since_ms"} for administrators; NULL without
 * memory. */
json_t *install_record_json(const struct install_record *r);

/* The next incarnation, armed; what was known of the old one's disk goes. */
void install_record_rearm(struct install_record *r, bool reinstall, uint64_t now_ms);

/* ---- booting -------------------------------------------------------------------------------- */

enum install_boot {
    INSTALL_BOOT_INSTALLER, /* also for machines that nobody knows: it shows them, and waits */
    INSTALL_BOOT_DISK,      /* the disk that was installed, known by its root file system */
    INSTALL_BOOT_LOCAL,     /* whatever the firmware has next: not installed by us */
};
/* record is NULL for a machine that the inventory does not know. */
enum install_boot install_boot_decide(enum boot_way boot, const struct install_record *record);

/* ---- enrolling an installer ----------------------------------------------------------------- */

struct install_enrol_facts {
    bool known; /* as in struct enrol_facts */
    bool pxe;   /* the host is to be installed by PXE */
    enum trust trust;
    bool armed; /* inside the window in which it may enrol */
    bool removed, quarantined;
    enum install_state state;
    bool same_key; /* the installer that has enrolled last asks again */
    bool approved; /* an administrator accepted this very key */
};

/* ENROL_SIGN (in the place of an installer that came before: its key died with its memory),
 * ENROL_REPEAT, ENROL_WAIT or ENROL_REFUSE: a second installer is no conflict, since until "done"
 * there is nothing to lose. *ret_reason is a literal, for the list of pending machines. */
enum enrol_verdict install_enrol_decide(const struct install_enrol_facts *facts,
                                        const char **ret_reason);

/* ---- what an installer reports -------------------------------------------------------------- */

/* The body of POST /v1/install/handover: {"incarnation":N}. -EINVAL. */
int install_handover_parse(const char *text, size_t len, unsigned *ret_incarnation,
                           struct error *e) _must_check_;

struct install_done {
    unsigned incarnation;
    struct install_disk disk;
    char root_uuid[UUID_TEXT_SIZE];
    char firmware[INSTALL_FIRMWARE_SIZE];
};
/* The body of POST /v1/install/done: {"incarnation","disk":{"serial","wwn","path","size"},
 * "root_uuid","firmware"}. -EINVAL. */
int install_done_parse(const char *text, size_t len, struct install_done *ret,
                       struct error *e) _must_check_;
#define INSTALL_BODY_MAX 4096

/* Whether the installer may do what it asks: -EEXIST with words when it may not (409). A token is
 * handed over only while the incarnation is being written: later it would lock the installed system
 * out. */
int install_may_hand_over(const struct install_record *r, unsigned incarnation,
                          struct error *e) _must_check_;
int install_may_write(const struct install_record *r, struct error *e) _must_check_;
/* *ret_changes is false when all that was reported is stored already: the answer was lost. */
int install_apply_done(struct install_record *r, const struct install_done *done, uint64_t now_ms,
                       bool *ret_changes, struct error *e) _must_check_;
