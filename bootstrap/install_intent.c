/* SPDX-License-Identifier: Apache-2.0 */
#include "install_intent.h"

#include <stdarg.h>

#include "common/json.h"
#include "crypto.h"

#define TEXT_SIZE (INSTALL_INTENT_SIZE - SHA256_SIZE)

static const char *const states[] = {
    [INSTALL_WRITING] = "writing",
    [INSTALL_IS_WHOLE] = "whole",
};

static int read_text(const json_t *object, const char *key, char *ret, size_t size, struct error *e)
{
    const char *text;
    int r = json_get_string(object, key, &text, e);

    if (r < 0)
        return r;
    if (strlen(text) >= size)
        return error_set(e, -EINVAL, "%s is longer than %zu bytes", key, size - 1);
    memcpy(ret, text, strlen(text) + 1);
    return 0;
}

static int read_members(const json_t *json, struct install_intent *ret, struct error *e)
{
    char state[16];
    int64_t version;
    int r = json_get_int(json, "version", &version, e);

    if (r < 0)
        return r;
    if (version != INSTALL_INTENT_VERSION)
        return error_set(e, -EINVAL, "version %lld, this program knows %d", (long long)version,
                         INSTALL_INTENT_VERSION);
    if ((r = read_text(json, "cluster", ret->cluster, sizeof(ret->cluster), e)) < 0 ||
        (r = read_text(json, "host", ret->host, sizeof(ret->host), e)) < 0 ||
        (r = json_get_int(json, "incarnation", &ret->incarnation, e)) < 0 ||
        (r = read_text(json, "serial", ret->serial, sizeof(ret->serial), e)) < 0 ||
        (r = read_text(json, "wwn", ret->wwn, sizeof(ret->wwn), e)) < 0 ||
        (r = read_text(json, "image", ret->image, sizeof(ret->image), e)) < 0 ||
        (r = read_text(json, "state", state, sizeof(state), e)) < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(states); i++)
        if (strcmp(states[i], state) == 0) {
            ret->state = (enum install_state)i;
            return 0;
        }
    return error_set(e, -EINVAL, "state is \"%s\", expected writing or whole", state);
}

int install_intent_parse(const uint8_t block[INSTALL_INTENT_SIZE], struct install_intent *ret,
                         struct error *e)
{
    struct install_intent intent = {.incarnation = 0};
    _cleanup_json_ json_t *json = NULL;
    uint8_t digest[SHA256_SIZE];
    size_t len = strnlen((const char *)block, TEXT_SIZE);
    int r;

    /* Ours is a JSON object; a boot loader's code or nothing at all is nobody's intent. */
    if (block[0] != '{')
        return error_set(e, -ENOENT, "no installation was begun");
    r = sha256_of(block, TEXT_SIZE, digest);
    if (r < 0)
        return error_set(e, r, "SHA-256 failed");
    if (memcmp(digest, block + TEXT_SIZE, sizeof(digest)) != 0)
        return error_set(e, -EINVAL, "an installation's mark whose digest is wrong");
    r = json_parse((const char *)block, len, TEXT_SIZE, &json, e);
    if (r >= 0)
        r = read_members(json, &intent, e);
    if (r < 0)
        return error_wrap(e, "an installation's mark");
    *ret = intent;
    return 0;
}

int install_intent_print(const struct install_intent *intent, uint8_t ret[INSTALL_INTENT_SIZE],
                         struct error *e)
{
    _cleanup_json_ json_t *json =
        json_pack("{s:i, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "version", INSTALL_INTENT_VERSION,
                  "cluster", intent->cluster, "host", intent->host, "incarnation",
                  (json_int_t)intent->incarnation, "serial", intent->serial, "wwn", intent->wwn,
                  "state", states[intent->state], "image", intent->image);
    _cleanup_buf_ struct buf text = BUF_INIT(TEXT_SIZE - 1);
    int r;

    if (!json)
        return error_set(e, -EINVAL, "the disk's serial number or WWN is no text");
    r = json_print(json, &text, e);
    if (r < 0)
        return r;
    memset(ret, 0, INSTALL_INTENT_SIZE);
    memcpy(ret, text.data, text.len);
    r = sha256_of(ret, TEXT_SIZE, ret + TEXT_SIZE);
    return r < 0 ? error_set(e, r, "SHA-256 failed") : 0;
}

int install_intent_of(const struct install_claim *claim, const struct disk *disk,
                      struct install_intent *ret, struct error *e)
{
    const struct {
        char *to;
        size_t size;
        const char *from;
    } texts[] = {
        {ret->cluster, sizeof(ret->cluster), claim->cluster                  },
        {ret->host,    sizeof(ret->host),    claim->host                     },
        {ret->image,   sizeof(ret->image),   claim->image                    },
        {ret->serial,  sizeof(ret->serial),  disk->serial ? disk->serial : ""},
        {ret->wwn,     sizeof(ret->wwn),     disk->wwn ? disk->wwn : ""      },
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (strlen(texts[i].from) >= texts[i].size)
            return error_set(e, -EINVAL, "\"%.40s…\" is longer than an installation's mark holds",
                             texts[i].from);
        memcpy(texts[i].to, texts[i].from, strlen(texts[i].from) + 1);
    }
    ret->incarnation = claim->incarnation;
    ret->state = INSTALL_WRITING;
    return 0;
}

static int refuse(const struct disk *disk, struct error *e, const char *format, ...) _printf_(3, 4);

static int refuse(const struct disk *disk, struct error *e, const char *format, ...)
{
    char why[512];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(why, sizeof(why), format, ap); /* cut short is fine */
    va_end(ap);
    return error_set(e, -EPERM, "disk %s (%s%s, %.1f GiB) is left alone: %s", disk->name,
                     disk->serial ? "serial " : (disk->wwn ? "WWN " : "no serial"),
                     disk->serial ? disk->serial : (disk->wwn ? disk->wwn : ""),
                     (double)disk->size / (1024.0 * 1024 * 1024), why);
}

/* A mark that is there: is it of this host, on this very disk? */
static int decide_marked(const struct install_claim *claim, const struct disk *disk,
                         const struct install_intent *intent, enum install_verdict *ret,
                         struct error *e)
{
    if (strcmp(intent->cluster, claim->cluster) != 0)
        return refuse(
            disk, e,
            "it was installed for another cluster (%s, host %s); wipe it yourself or name "
            "another",
            intent->cluster, intent->host);
    if (strcmp(intent->host, claim->host) != 0)
        return refuse(
            disk, e,
            "it was installed as host %s of this cluster; wipe it yourself or name another",
            intent->host);
    if (strcmp(intent->serial, disk->serial ? disk->serial : "") != 0 ||
        strcmp(intent->wwn, disk->wwn ? disk->wwn : "") != 0)
        return refuse(disk, e,
                      "it is a copy of the disk with serial '%s', WWN '%s'; wipe it yourself or "
                      "name another",
                      intent->serial, intent->wwn);
    if (intent->incarnation > claim->incarnation)
        return refuse(disk, e,
                      "it was installed as incarnation %lld of %s, the taskbox speaks of %lld; was "
                      "its store restored from an old copy? wipe the disk yourself",
                      (long long)intent->incarnation, claim->host, (long long)claim->incarnation);
    if (intent->incarnation < claim->incarnation && !claim->reinstall)
        return refuse(disk, e,
                      "incarnation %lld of %s is on it; \"seedctl rearm %s --reinstall\" on the "
                      "taskbox has it overwritten",
                      (long long)intent->incarnation, claim->host, claim->host);
    *ret = intent->incarnation == claim->incarnation && intent->state == INSTALL_IS_WHOLE &&
                   strcmp(intent->image, claim->image) == 0
               ? INSTALL_WHOLE
               : INSTALL_AGAIN;
    return 0;
}

int install_decide(const struct install_claim *claim, const struct disk *disk,
                   const struct disk_probe *probe, const struct install_intent *intent,
                   enum install_verdict *ret, struct error *e)
{
    if (disk->read_only)
        return refuse(disk, e, "it is read-only");
    if (probe->used[0])
        return refuse(disk, e, "it is %s", probe->used);
    if (intent)
        return decide_marked(claim, disk, intent, ret, e);
    if (probe->content != DISK_BLANK)
        return refuse(disk, e,
                      "it is not blank: %s; wipe it yourself or name another in seed_install_disk",
                      probe->words[0] ? probe->words : "unknown content");
    *ret = INSTALL_FRESH;
    return 0;
}
