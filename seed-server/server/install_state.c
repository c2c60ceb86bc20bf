/* SPDX-License-Identifier: Apache-2.0 */
#include "install_state.h"

#include <ctype.h>
#include <limits.h>

#define RECORD_MAX (64 * 1024) /* bytes of a record */

static const char *const state_names[INSTALL_STATE_COUNT] = {
    [INSTALL_ARMED] = "armed",
    [INSTALL_WRITING] = "writing",
    [INSTALL_INSTALLED] = "installed",
};
static const char *const firmwares[] = {"uefi", "bios"};

const char *install_state_name(enum install_state state)
{
    return state_names[state];
}

static int find_name(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return (int)i;
    return -1;
}

void install_record_done(struct install_record *r)
{
    free(r->certificate);
    *r = (struct install_record){0};
}

struct install_record install_record_absent(bool has_identity)
{
    return (struct install_record){
        .incarnation = 1,
        .state = has_identity ? INSTALL_INSTALLED : INSTALL_ARMED,
    };
}

/* ---- reading and printing ------------------------------------------------------------------- */

/* A member as text of at most size-1 bytes; "" when it is missing. */
static int read_text(const json_t *o, const char *key, char *ret, size_t size, struct error *e)
{
    const char *text;
    int r = json_get_string_or(o, key, "", &text, e);

    if (r < 0)
        return r;
    if (strlen(text) >= size)
        return error_set(e, -EINVAL, "\"%s\" has more than %zu bytes", key, size - 1);
    for (const char *c = text; *c; c++)
        if (iscntrl((unsigned char)*c))
            return error_set(e, -EINVAL, "\"%s\" has a control character", key);
    memcpy(ret, text, strlen(text) + 1);
    return 0;
}

static int read_key(const json_t *o, const char *key, char ret[SHA256_TEXT_SIZE], struct error *e)
{
    uint8_t digest[SHA256_SIZE];
    int r = read_text(o, key, ret, SHA256_TEXT_SIZE, e);

    if (r == 0 && *ret)
        r = parse_hex(ret, digest, sizeof(digest), e);
    return r;
}

static int read_uuid(const json_t *o, char ret[UUID_TEXT_SIZE], struct error *e)
{
    char text[UUID_TEXT_SIZE];
    int r = read_text(o, "root_uuid", text, sizeof(text), e);

    ret[0] = '\0';
    if (r < 0 || !*text)
        return r;
    return parse_uuid(text, ret, e) < 0 ? error_wrap(e, "\"root_uuid\"") : 0;
}

static int read_firmware(const json_t *o, char ret[INSTALL_FIRMWARE_SIZE], struct error *e)
{
    int r = read_text(o, "firmware", ret, INSTALL_FIRMWARE_SIZE, e);

    if (r == 0 && *ret && find_name(ret, firmwares, ARRAY_SIZE(firmwares)) < 0)
        return error_set(e, -EINVAL, "\"firmware\" is uefi or bios");
    return r;
}

static int read_incarnation(const json_t *o, unsigned *ret, struct error *e)
{
    int64_t n;
    int r = json_get_int(o, "incarnation", &n, e);

    if (r == 0 && (n < 1 || n > INT_MAX))
        return error_set(e, -EINVAL, "\"incarnation\" is out of range");
    if (r == 0)
        *ret = (unsigned)n;
    return r;
}

static int read_disk(const json_t *o, struct install_disk *ret, struct error *e)
{
    struct install_disk d = {.size = 0};
    int64_t size;
    int r = json_get_int(o, "size", &size, e);

    if (r == 0 && size <= 0)
        r = error_set(e, -EINVAL, "\"size\" is the disk's size in bytes");
    if (r == 0)
        r = read_text(o, "serial", d.serial, sizeof(d.serial), e);
    if (r == 0)
        r = read_text(o, "wwn", d.wwn, sizeof(d.wwn), e);
    if (r == 0)
        r = read_text(o, "path", d.path, sizeof(d.path), e);
    if (r < 0)
        return error_wrap(e, "\"disk\"");
    d.size = (uint64_t)size;
    *ret = d;
    return 0;
}

static int read_record(const json_t *o, struct install_record *r, struct error *e)
{
    const json_t *disk = json_object_get(o, "disk");
    const char *state, *certificate;
    int64_t since;
    int at, result = read_incarnation(o, &r->incarnation, e);

    if (result == 0)
        result = json_get_string(o, "state", &state, e);
    if (result == 0)
        result = json_get_int_or(o, "since_ms", 0, &since, e);
    if (result == 0)
        result = json_get_string_or(o, "certificate", NULL, &certificate, e);
    if (result == 0)
        result = read_key(o, "spki", r->spki, e);
    if (result == 0)
        result = read_key(o, "node_spki", r->node_spki, e);
    if (result == 0)
        result = read_uuid(o, r->root_uuid, e);
    if (result == 0)
        result = read_firmware(o, r->firmware, e);
    if (result == 0 && json_is_object(disk))
        result = read_disk(disk, &r->disk, e);
    if (result < 0)
        return result;
    at = find_name(state, state_names, ARRAY_SIZE(state_names));
    if (at < 0)
        return error_set(e, -EINVAL, "state \"%.40s\" is not known to this version", state);
    r->state = (enum install_state)at;
    r->since_ms = (uint64_t)since;
    r->certificate = certificate ? strdup(certificate) : NULL;
    return certificate && !r->certificate ? error_oom(e) : 0;
}

int install_record_parse(const char *text, struct install_record *ret, struct error *e)
{
    struct install_record record = {0};
    _cleanup_json_ json_t *o = NULL;
    int r = json_parse(text, strlen(text), RECORD_MAX, &o, e);

    if (r == 0)
        r = read_record(o, &record, e);
    if (r < 0) {
        install_record_done(&record);
        return r;
    }
    *ret = record;
    return 0;
}

static json_t *disk_json(const struct install_disk *d)
{
    if (!d->size)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:I}", "serial", d->serial, "wwn", d->wwn, "path", d->path,
                     "size", (json_int_t)d->size);
}

json_t *install_record_json(const struct install_record *r)
{
    return json_pack("{s:s, s:i, s:o, s:s?, s:s?, s:I}", "state", install_state_name(r->state),
                     "incarnation", (int)r->incarnation, "disk", disk_json(&r->disk), "root_uuid",
                     *r->root_uuid ? r->root_uuid : NULL, "firmware",
                     *r->firmware ? r->firmware : NULL, "since_ms", (json_int_t)r->since_ms);
}

char *install_record_text(const struct install_record *r)
{
    _cleanup_json_ json_t *o = json_pack(
        "{s:i, s:s, s:I, s:s, s:s, s:s*, s:o, s:s, s:s}", "incarnation", (int)r->incarnation,
        "state", install_state_name(r->state), "since_ms", (json_int_t)r->since_ms, "spki", r->spki,
        "node_spki", r->node_spki, "certificate", r->certificate, "disk", disk_json(&r->disk),
        "root_uuid", r->root_uuid, "firmware", r->firmware);

    return o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

void install_record_rearm(struct install_record *r, bool reinstall, uint64_t now_ms)
{
    struct install_record next = {
        .incarnation = r->incarnation + reinstall, .state = INSTALL_ARMED, .since_ms = now_ms};

    if (!reinstall && r->state == INSTALL_INSTALLED) {
        /* Its system stays; only the installer's key has no use any more. */
        free(TAKE_PTR(r->certificate));
        r->spki[0] = '\0';
        return;
    }
    install_record_done(r);
    *r = next;
}

/* ---- booting -------------------------------------------------------------------------------- */

enum install_boot install_boot_decide(enum boot_way boot, const struct install_record *record)
{
    if (!record)
        return INSTALL_BOOT_INSTALLER;
    if (boot != BOOT_PXE)
        return INSTALL_BOOT_LOCAL;
    if (record->state != INSTALL_INSTALLED)
        return INSTALL_BOOT_INSTALLER;
    return *record->root_uuid ? INSTALL_BOOT_DISK : INSTALL_BOOT_LOCAL;
}

/* ---- enrolling an installer ----------------------------------------------------------------- */

enum enrol_verdict install_enrol_decide(const struct install_enrol_facts *facts,
                                        const char **ret_reason)
{
    *ret_reason = "";
    if (!facts->known)
        *ret_reason = "unknown machine";
    else if (!facts->pxe)
        *ret_reason = "the host does not boot by PXE: seed_boot says otherwise";
    else if (facts->removed)
        *ret_reason = "the host was removed: rearm it";
    else if (facts->quarantined)
        *ret_reason = "the host is quarantined: rearm it";
    else if (facts->state == INSTALL_INSTALLED)
        *ret_reason = "the host is installed: rearm it with --reinstall to begin again";
    else if (facts->same_key)
        return ENROL_REPEAT;
    else if (!facts->armed)
        *ret_reason = "the window for enrolling is over: rearm the host";
    else if (facts->trust == TRUST_FIRST_USE || facts->approved)
        return ENROL_SIGN;
    else if (facts->trust == TRUST_APPROVE) {
        *ret_reason = "waiting for approval";
        return ENROL_WAIT;
    } else
        *ret_reason = "seed_trust=token cannot go with seed_boot=pxe";
    return ENROL_REFUSE;
}

/* ---- what an installer reports -------------------------------------------------------------- */

int install_handover_parse(const char *text, size_t len, unsigned *ret_incarnation, struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    int r = json_parse(text, len, INSTALL_BODY_MAX, &o, e);

    return r < 0 ? r : read_incarnation(o, ret_incarnation, e);
}

static int read_done(const json_t *o, struct install_done *ret, struct error *e)
{
    json_t *disk;
    int r = read_incarnation(o, &ret->incarnation, e);

    if (r == 0)
        r = json_get_object(o, "disk", &disk, e);
    if (r == 0)
        r = read_disk(disk, &ret->disk, e);
    if (r == 0)
        r = read_uuid(o, ret->root_uuid, e);
    if (r == 0)
        r = read_firmware(o, ret->firmware, e);
    if (r == 0 && !*ret->root_uuid)
        return error_set(e, -EINVAL, "\"root_uuid\" is missing");
    if (r == 0 && !*ret->firmware)
        return error_set(e, -EINVAL, "\"firmware\" is missing");
    return r;
}

int install_done_parse(const char *text, size_t len, struct install_done *ret, struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    struct install_done done = {0};
    int r = json_parse(text, len, INSTALL_BODY_MAX, &o, e);

    if (r == 0)
        r = read_done(o, &done, e);
    if (r == 0)
        *ret = done;
    return r;
}

static int check_incarnation(const struct install_record *r, unsigned incarnation, struct error *e)
{
    if (incarnation == r->incarnation)
        return 0;
    return error_set(e, -EEXIST, "incarnation %u is not the one being installed, which is %u",
                     incarnation, r->incarnation);
}

int install_may_write(const struct install_record *r, struct error *e)
{
    if (r->state != INSTALL_INSTALLED)
        return 0;
    return error_set(e, -EEXIST, "incarnation %u is installed: restart from the disk",
                     r->incarnation);
}

int install_may_hand_over(const struct install_record *r, unsigned incarnation, struct error *e)
{
    int result = check_incarnation(r, incarnation, e);

    if (result < 0)
        return result;
    if (r->state == INSTALL_ARMED)
        return error_set(e, -EEXIST, "nothing has been granted: ask /v1/install first");
    return install_may_write(r, e);
}

int install_apply_done(struct install_record *r, const struct install_done *done, uint64_t now_ms,
                       bool *ret_changes, struct error *e)
{
    int result = check_incarnation(r, done->incarnation, e);

    if (result < 0)
        return result;
    if (r->state == INSTALL_ARMED)
        return error_set(e, -EEXIST, "nothing has been granted: ask /v1/install first");
    *ret_changes = r->state != INSTALL_INSTALLED;
    if (!*ret_changes)
        return 0;
    r->state = INSTALL_INSTALLED;
    r->since_ms = now_ms;
    r->disk = done->disk;
    memcpy(r->root_uuid, done->root_uuid, sizeof(r->root_uuid));
    memcpy(r->firmware, done->firmware, sizeof(r->firmware));
    return 0;
}
