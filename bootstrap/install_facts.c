/* SPDX-License-Identifier: Apache-2.0 */
#include "install_facts.h"

#include <fcntl.h>

#include "common/file.h"
#include "disk_probe.h"
#include "identify.h"
#include "install_network.h"

#define CPUS_FILE "/proc/cpuinfo"
#define CPUINFO_MAX ((size_t)8 * 1024 * 1024)

/* Null for what is missing, or is no text (firmware may say anything). */
static json_t *text_or_null(const char *s)
{
    json_t *text = s && s[0] ? json_string(s) : NULL;

    return text ? text : json_null();
}

/* Below root; without newline and blanks at the end; "" when there is none. */
static void read_line(const char *root, const char *path, char *ret, size_t size)
{
    _cleanup_free_ char *full = path_join(root, path), *text = NULL;
    size_t len;

    ret[0] = '\0';
    if (!full || file_read(AT_FDCWD, full, 4096, &text, &len, NULL) < 0)
        return;
    len = strcspn(text, "\n");
    while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    (void)snprintf(ret, size, "%.*s", (int)len, text);
}

static json_t *nic_facts(const char *root, const struct install_nic *nic)
{
    char folder[64], path[128], line[64], driver[256] = "";
    _cleanup_free_ char *link = NULL;
    const char *slash = NULL;
    uint64_t speed = 0;
    bool up;

    (void)snprintf(folder, sizeof(folder), "/sys/class/net/%.15s", nic->name);
    (void)snprintf(path, sizeof(path), "%.60s/device/driver", folder);
    link = path_join(root, path);
    if (link && readlink(link, driver, sizeof(driver) - 1) > 0)
        slash = strrchr(driver, '/');
    (void)snprintf(path, sizeof(path), "%s/carrier", folder);
    read_line(root, path, line, sizeof(line));
    up = line[0] == '1';
    (void)snprintf(path, sizeof(path), "%s/speed", folder);
    read_line(root, path, line, sizeof(line)); /* -1 where it is not known */
    return json_pack("{s:s, s:s, s:o, s:b, s:o}", "name", nic->name, "mac", nic->mac, "driver",
                     text_or_null(slash ? slash + 1 : NULL), "link", up, "speed",
                     up && parse_uint(line, UINT32_MAX, &speed, NULL) == 0 && speed > 0
                         ? json_integer((json_int_t)speed)
                         : json_null());
}

static int add_nics(json_t *facts, const char *root, struct error *e)
{
    struct install_nic nics[INSTALL_NICS_MAX];
    json_t *array = json_array();
    size_t n;
    int r;

    if (json_object_set_new(facts, "nics", array) < 0)
        return error_oom(e);
    r = install_nics_read(root, nics, &n, e);
    for (size_t i = 0; i < n && r == 0; i++)
        if (json_array_append_new(array, nic_facts(root, &nics[i])) < 0)
            r = error_oom(e);
    return r;
}

static json_t *disk_facts(const struct disk_roots *roots, const struct disk *disk)
{
    struct disk_probe probe = {.content = DISK_UNKNOWN};
    struct error why = ERROR_INIT;
    const char *content = probe.words;

    if (disk_probe(roots, disk, NULL, &probe, &why) < 0)
        content = why.message;
    else if (probe.used[0])
        content = probe.used;
    else if (probe.content == DISK_BLANK)
        content = "blank";
    return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o}", "name", text_or_null(disk->name), "size",
                     (json_int_t)disk->size, "serial", text_or_null(disk->serial), "wwn",
                     text_or_null(disk->wwn), "path", text_or_null(disk->paths[0]), "content",
                     text_or_null(content));
}

static int add_disks(json_t *facts, const char *root, struct error *e)
{
    _cleanup_free_ char *sys = path_join(root, "/sys"), *dev = path_join(root, "/dev"),
                        *proc = path_join(root, "/proc");
    _cleanup_disk_list_ struct disk_list list = {NULL, 0};
    json_t *array = json_array();
    struct disk_roots roots = {sys, dev, proc, root};
    int r;

    if (json_object_set_new(facts, "disks", array) < 0 || !sys || !dev || !proc)
        return error_oom(e);
    r = disk_list_read(&roots, &list, e);
    for (size_t i = 0; i < list.n && r == 0; i++)
        /* An unused loop device, or an empty card reader. */
        if (list.items[i].size &&
            json_array_append_new(array, disk_facts(&roots, &list.items[i])) < 0)
            r = error_oom(e);
    return r;
}

static json_t *dmi_facts(const char *root)
{
    static const struct {
        const char *member, *file;
    } fields[] = {
        {"vendor",  "/sys/class/dmi/id/sys_vendor"    },
        {"product", "/sys/class/dmi/id/product_name"  },
        {"serial",  "/sys/class/dmi/id/product_serial"},
        {"uuid",    "/sys/class/dmi/id/product_uuid"  },
    };
    json_t *dmi = json_object();

    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        char line[128];

        read_line(root, fields[i].file, line, sizeof(line));
        if (json_object_set_new(dmi, fields[i].member, text_or_null(line)) < 0) {
            json_decref(dmi);
            return NULL;
        }
    }
    return dmi;
}

static json_int_t count_cpus(const char *root)
{
    _cleanup_free_ char *path = path_join(root, CPUS_FILE), *text = NULL;
    json_int_t n = 0;
    size_t len;

    if (!path || file_read(AT_FDCWD, path, CPUINFO_MAX, &text, &len, NULL) < 0)
        return 0;
    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        n += strncmp(p, "processor\t", 10) == 0;
    }
    return n;
}

/* Leaves out disks from the end until it fits. */
static int fit(json_t *facts, struct error *e)
{
    json_t *disks = json_object_get(facts, "disks");

    for (;;) {
        _cleanup_buf_ struct buf text = BUF_INIT(INSTALL_FACTS_MAX);
        size_t n = json_array_size(disks);
        int r = json_print(facts, &text, e);

        if (r != -E2BIG)
            return r;
        if (n == 0 || json_array_remove(disks, n - 1) < 0)
            return error_set(e, -E2BIG, "this machine's facts are too long");
    }
}

int install_facts_read(const char *root, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *facts = json_object();
    uint64_t memory_kb = 0;
    int r = add_nics(facts, root, e);

    if (r == 0)
        r = add_disks(facts, root, e);
    if (r == 0)
        r = machine_memory_kb(root, &memory_kb, e);
    if (r < 0)
        return r;
    if (json_object_set_new(facts, "dmi", dmi_facts(root)) < 0 ||
        json_object_set_new(facts, "memory_mb", json_integer((json_int_t)(memory_kb / 1024))) < 0 ||
        json_object_set_new(facts, "cpus", json_integer(count_cpus(root))) < 0)
        return error_oom(e);
    r = fit(facts, e);
    if (r == 0)
        *ret = TAKE_PTR(facts);
    return r;
}
