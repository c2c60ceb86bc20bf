/* SPDX-License-Identifier: Apache-2.0 */
#include "install_boot.h"

#include <ctype.h>
#include <glob.h>
#include <unistd.h>

#include "common/file.h"

#define EFIBOOTMGR_MS 60000
#define OUTPUT_MAX (256 * 1024)

static bool parse_number(const char *s, unsigned *ret)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)s[i]))
            return false;
        value = value << 4 |
                (unsigned)(isdigit((unsigned char)s[i]) ? s[i] - '0'
                                                        : tolower((unsigned char)s[i]) - 'a' + 10);
    }
    *ret = value;
    return true;
}

/* "Boot0003* nodeseed node2\tHD(1,GPT,…)/File(…)"; without '*' it is not active. */
static int take_entry(struct boot_entries *l, const char *line, struct error *e)
{
    struct boot_entry *entry = &l->items[l->n];
    const char *label;
    size_t len;

    if (l->n == BOOT_ENTRIES_MAX)
        return error_set(e, -E2BIG, "more than %d boot entries", BOOT_ENTRIES_MAX);
    if (!parse_number(line + 4, &entry->number) || (line[8] != '*' && line[8] != ' '))
        return 0;
    label = line + 9;
    label += *label == ' ';
    len = strcspn(label, "\t\n");
    if (len >= sizeof(entry->label))
        len = sizeof(entry->label) - 1;
    memcpy(entry->label, label, len);
    entry->label[len] = '\0';
    l->n++;
    return 0;
}

static int take_order(struct boot_entries *l, const char *p, struct error *e)
{
    unsigned number;

    l->n_order = 0;
    while (parse_number(p, &number)) {
        if (l->n_order == BOOT_ENTRIES_MAX)
            return error_set(e, -E2BIG, "more than %d entries in BootOrder", BOOT_ENTRIES_MAX);
        l->order[l->n_order++] = number;
        p += 4;
        if (*p++ != ',')
            break;
    }
    return 0;
}

int boot_entries_parse(const char *text, struct boot_entries *ret, struct error *e)
{
    const char *line = text;
    unsigned number;
    int r = 0;

    *ret = (struct boot_entries){.current = -1};
    while (*line && r == 0) {
        if (strncmp(line, "BootCurrent: ", 13) == 0 && parse_number(line + 13, &number))
            ret->current = (int)number;
        else if (strncmp(line, "BootOrder: ", 11) == 0)
            r = take_order(ret, line + 11, e);
        else if (strncmp(line, "Boot", 4) == 0 && strnlen(line, 9) == 9)
            r = take_entry(ret, line, e);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return r < 0 ? error_wrap(e, "efibootmgr") : 0;
}

static bool contains(const unsigned *items, size_t n, unsigned number)
{
    for (size_t i = 0; i < n; i++)
        if (items[i] == number)
            return true;
    return false;
}

int boot_order_print(const struct boot_entries *l, unsigned number, char *ret, size_t size,
                     struct error *e)
{
    unsigned order[BOOT_ENTRIES_MAX + 1];
    bool known = l->current >= 0 && contains(l->order, l->n_order, (unsigned)l->current);
    size_t n = 0, used = 0;

    if (known)
        order[n++] = (unsigned)l->current;
    order[n++] = number;
    for (size_t i = 0; i < l->n_order; i++)
        if (!contains(order, n, l->order[i]))
            order[n++] = l->order[i];
    for (size_t i = 0; i < n; i++) {
        int len = snprintf(ret + used, size - used, "%s%04X", i ? "," : "", order[i]);

        if (len < 0 || (size_t)len >= size - used)
            return error_set(e, -E2BIG, "a boot order that is too long");
        used += (size_t)len;
    }
    return 0;
}

/* Some distribution's own loader first: it knows its configuration. shim where there is one. */
int boot_find_loader(const char *folder, char **ret, struct error *e)
{
    static const char *const patterns[] = {
        "EFI/[!bB]*/shimx64.efi",
        "EFI/[!bB]*/grubx64.efi",
        "EFI/systemd/systemd-bootx64.efi",
        "EFI/[bB][oO][oO][tT]/[bB][oO][oO][tT][xX]64.[eE][fF][iI]",
    };
    char *path = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(patterns) && !path; i++) {
        _cleanup_free_ char *pattern = path_join(folder, patterns[i]);
        glob_t found = {0};

        if (!pattern)
            return error_oom(e);
        if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0) {
            path = strdup(found.gl_pathv[0] + strlen(folder));
            if (!path) {
                globfree(&found);
                return error_oom(e);
            }
        }
        globfree(&found);
    }
    if (!path)
        return error_set(e, -ENOENT,
                         "its EFI system partition has no boot loader (EFI/*/grubx64.efi or "
                         "EFI/BOOT/BOOTX64.EFI)");
    for (char *p = path; *p; p++)
        if (*p == '/')
            *p = '\\';
    *ret = path;
    return 0;
}

bool boot_is_uefi(const struct context *c)
{
    _cleanup_free_ char *path = context_path(c, "/sys/firmware/efi");

    return path && access(path, F_OK) == 0;
}

static int list_entries(struct context *c, struct boot_entries *ret, struct error *e)
{
    const char *const argv[] = {"efibootmgr", NULL};
    _cleanup_buf_ struct buf text = BUF_INIT(OUTPUT_MAX);
    int r = step_run_program(c, argv, EFIBOOTMGR_MS, &text, e);

    return r < 0 ? r : boot_entries_parse(text.data ? text.data : "", ret, e);
}

static int delete_entry(struct context *c, unsigned number, struct error *e)
{
    char hex[8];
    const char *const argv[] = {"efibootmgr", "--quiet",          "--bootnum",
                                hex,          "--delete-bootnum", NULL};

    (void)snprintf(hex, sizeof(hex), "%04X", number & 0xffff);
    return step_run_program(c, argv, EFIBOOTMGR_MS, NULL, e);
}

int boot_install_entry(struct context *c, const struct disk *disk, unsigned partition,
                       const char *loader, struct error *e)
{
    _cleanup_free_ struct boot_entries *before = NULL, *after = NULL;
    char label[sizeof(c->host) + 16], number[16], order[5 * (BOOT_ENTRIES_MAX + 1) + 1];
    const char *const create[] = {"efibootmgr", "--quiet",  "--create-only", "--disk",
                                  disk->node,   "--part",   number,          "--label",
                                  label,        "--loader", loader,          NULL};
    const char *const arrange[] = {"efibootmgr", "--quiet", "--bootorder", order, NULL};
    int made = -1, r;

    before = calloc(1, sizeof(*before));
    after = calloc(1, sizeof(*after));
    if (!before || !after)
        return error_oom(e);
    (void)snprintf(label, sizeof(label), BOOT_LABEL " %s", c->host);
    (void)snprintf(number, sizeof(number), "%u", partition);
    r = list_entries(c, before, e);
    for (size_t i = 0; i < before->n && r == 0; i++)
        if (strncmp(before->items[i].label, BOOT_LABEL " ", strlen(BOOT_LABEL " ")) == 0)
            r = delete_entry(c, before->items[i].number, e);
    if (r == 0)
        r = step_run_program(c, create, EFIBOOTMGR_MS, NULL, e);
    if (r == 0)
        r = list_entries(c, after, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < after->n; i++)
        if (strcmp(after->items[i].label, label) == 0)
            made = (int)after->items[i].number;
    if (made < 0)
        return error_set(e, -EIO, "efibootmgr made no boot entry \"%s\"; is the NVRAM full?",
                         label);
    r = boot_order_print(after, (unsigned)made, order, sizeof(order), e);
    return r < 0 ? r : step_run_program(c, arrange, EFIBOOTMGR_MS, NULL, e);
}
