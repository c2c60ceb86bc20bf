/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include "common/parse.h"
#include "disk_want.h"
#include "host.h"
#include "identify.h"
#include "journal.h"
#include "route.h"
#include "seed_client.h"
#include "settings.h"
#include "steps.h"

/* Clocks that differ by more are set: certificates and etcd both go by them. */
#define CLOCK_TOLERANCE_MS 2000
#define CPUS_MAX (256 * 1024)

/* Every problem is found before any is reported: one walk to the machine, not three. */
struct findings {
    struct buf text;
    bool permanent; /* nothing that could come right by waiting */
};

static void found(struct findings *f, bool permanent, const char *format, ...) _printf_(3, 4);
static void found(struct findings *f, bool permanent, const char *format, ...)
{
    char words[1024];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(words, sizeof(words), format, ap);
    va_end(ap);
    buf_addf(&f->text, "%s%s", f->text.len ? "; " : "", words);
    f->permanent = f->permanent || permanent;
}

static int check_memory(struct context *c, int64_t wanted_mb, struct findings *f, struct error *e)
{
    uint64_t total_kb;
    int r = machine_memory_kb(c->root, &total_kb, e);

    if (r < 0)
        return r;
    if (total_kb / 1024 < (uint64_t)wanted_mb * MEMORY_PERCENT / 100)
        found(f, true, "memory: %llu MB, at least %lld MB are needed",
              (unsigned long long)total_kb / 1024, (long long)wanted_mb);
    return 0;
}

/* "0-3,8": how many. */
static unsigned count_cpus(const char *list)
{
    unsigned count = 0, first, last;
    int used;

    while (*list && sscanf(list, "%u%n", &first, &used) == 1) {
        list += used;
        last = first;
        if (*list == '-' && sscanf(list, "-%u%n", &last, &used) == 1)
            list += used;
        count += last >= first ? last - first + 1 : 0;
        if (*list == ',')
            list++;
    }
    return count;
}

static int check_cpus(struct context *c, int64_t wanted, struct findings *f, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    unsigned count;
    int r = context_read(c, "/sys/devices/system/cpu/online", CPUS_MAX, &text, NULL, e);

    if (r < 0)
        return r;
    count = count_cpus(text);
    if (count < wanted)
        found(f, true, "CPUs: %u, at least %lld are needed", count, (long long)wanted);
    return 0;
}

/* What is free now, and what will be when the root file system has grown, if it is that one. */
static int check_disk(struct context *c, int64_t wanted_mb, struct findings *f, struct error *e)
{
    struct statvfs fs;
    struct stat state, root;
    uint64_t free_mb, room;

    if (statvfs(c->settings->state, &fs) < 0 || stat(c->settings->state, &state) < 0)
        return error_set_errno(e, -errno, "%s", c->settings->state);
    room = stat("/", &root) == 0 && root.st_dev == state.st_dev ? host_root_room(c) : 0;
    free_mb = ((uint64_t)fs.f_bavail * fs.f_frsize + room) >> 20;
    if (free_mb < (uint64_t)wanted_mb)
        found(f, false, "free disk space below %s: %llu MB, at least %lld MB are needed",
              c->settings->state, (unsigned long long)free_mb, (long long)wanted_mb);
    return 0;
}

/* The '-' and '_' of module names are one and the same. */
static bool same_module(const char *file, size_t len, const char *name)
{
    if (strlen(name) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((file[i] == '-' ? '_' : file[i]) != (name[i] == '-' ? '_' : name[i]))
            return false;
    return true;
}

/* Is ".../NAME.ko" (or .ko.xz, .ko.zst) at the beginning of a line of this list of modules? Line by
 * line, because modules.dep has half a megabyte. */
static bool is_listed(struct context *c, const char *release, const char *list, const char *module)
{
    _cleanup_free_ char *relative = NULL, *path = NULL, *line = NULL;
    size_t size = 0;
    bool listed = false;
    FILE *f;

    if (asprintf(&relative, "/lib/modules/%s/%s", release, list) < 0) {
        relative = NULL;
        return false;
    }
    path = context_path(c, relative);
    f = path ? fopen(path, "re") : NULL;
    if (!f)
        return false;
    while (!listed && getline(&line, &size, f) > 0) {
        char *end = strstr(line, ".ko"), *start;

        if (!end)
            continue;
        *end = '\0';
        start = strrchr(line, '/');
        start = start ? start + 1 : line;
        listed = same_module(start, (size_t)(end - start), module);
    }
    (void)fclose(f); /* was only read */
    return listed;
}

static bool has_module(struct context *c, const char *release, const char *module)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/sys/module/%s", module);
    for (char *p = path; *p; p++)
        if (*p == '-')
            *p = '_';
    return host_has(c, path) || is_listed(c, release, "modules.dep", module) ||
           is_listed(c, release, "modules.builtin", module);
}

/* What a storage class' volumes are mounted with: {"class", "program", "package", "module"}. */
struct client {
    const char *class, *program, *package, *module; /* program: NULL where an artifact is it */
};

static int read_client(const json_t *value, struct client *ret, struct error *e)
{
    int r;

    if ((r = json_get_string(value, "class", &ret->class, e)) < 0 ||
        (r = json_get_string_or(value, "program", NULL, &ret->program, e)) < 0 ||
        (r = json_get_string(value, "package", &ret->package, e)) < 0 ||
        (r = json_get_string(value, "module", &ret->module, e)) < 0)
        return error_wrap(e, "preflight.clients");
    if (ret->program && (!*ret->program || strchr(ret->program, '/')))
        return error_set(e, -EINVAL, "preflight.clients: \"%s\" is no program's name",
                         ret->program);
    return 0;
}

/* The first storage class that works by the module, NULL where none does. */
static int class_of_module(const json_t *clients, const char *module, const char **ret,
                           struct error *e)
{
    const json_t *value;
    struct client client;
    size_t i;
    int r;

    *ret = NULL;
    json_array_foreach(clients, i, value)
    {
        r = read_client(value, &client, e);
        if (r < 0)
            return r;
        if (!*ret && strcmp(client.module, module) == 0)
            *ret = client.class;
    }
    return 0;
}

static int check_modules(struct context *c, json_t *modules, const json_t *clients,
                         struct findings *f, struct error *e)
{
    struct utsname kernel;
    const char *class;
    json_t *value;
    size_t i;
    int r;

    if (uname(&kernel) < 0)
        return error_set_errno(e, -errno, "uname");
    json_array_foreach(modules, i, value)
    {
        const char *name = json_string_value(value);

        if (!name)
            return error_set(e, -EINVAL, "preflight.modules: expected a list of names");
        if (has_module(c, kernel.release, name))
            continue;
        r = class_of_module(clients, name, &class, e);
        if (r < 0)
            return r;
        if (class)
            found(f, true,
                  "kernel %s has no module %s, which storage class %s needs: install the package "
                  "with the kernel's further modules (Ubuntu: linux-modules-extra-%s, "
                  "linux-image-extra-%s up to 16.04; Debian: linux-image-amd64), or another kernel",
                  kernel.release, name, class, kernel.release, kernel.release);
        else
            found(f, true, "kernel %s has no module %s", kernel.release, name);
    }
    return 0;
}

/* Where the kubelet, a service of systemd's, and mount(8) look for programs. */
static bool has_program(struct context *c, const char *name)
{
    static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                          "/usr/bin",        "/sbin",          "/bin"};
    char path[512];

    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folders[i], name);
        if (host_has(c, path))
            return true;
    }
    return false;
}

static int check_clients(struct context *c, const json_t *clients, struct findings *f,
                         struct error *e)
{
    const json_t *value;
    struct client client;
    size_t i;
    int r;

    json_array_foreach(clients, i, value)
    {
        r = read_client(value, &client, e);
        if (r < 0)
            return r;
        if (client.program && !has_program(c, client.program))
            found(f, true,
                  "no program %s, which storage class %s needs: install package %s, here and in "
                  "the image that machines start from",
                  client.program, client.class, client.package);
    }
    return 0;
}

/* ---- data disks ----------------------------------------------------------------------------- */

/* What makes what is on a data disk: the partition table, or a file system. */
static const struct disk_maker {
    const char *what, *program, *package, *module; /* module: NULL where every kernel has it */
} disk_makers[] = {
    {"a partition table", "sfdisk",    "fdisk",     NULL },
    {"ext4",              "mkfs.ext4", "e2fsprogs", NULL },
    {"xfs",               "mkfs.xfs",  "xfsprogs",  "xfs"},
};

static bool disk_gets(const struct disk_want *want, const char *what)
{
    size_t i;

    if (want->policy == DISK_KEEP)
        return false;
    if (want->volumes_n == 0)
        return strcmp(want->whole.fs, what) == 0;
    for (i = 0; i < want->volumes_n; i++)
        if (strcmp(want->volumes[i].fs, what) == 0)
            return true;
    return strcmp(disk_makers[0].what, what) == 0;
}

static void check_maker(struct context *c, const struct disk_maker *m, const struct disk_want *want,
                        const char *release, struct findings *f)
{
    const char *by = disk_match_words(want->match);

    if (!has_program(c, m->program))
        found(f, true,
              "no program %s, which makes %s on the data disk with %s %s: install package %s, here "
              "and in the image that machines start from",
              m->program, m->what, by, want->name, m->package);
    if (m->module && !has_module(c, release, m->module))
        found(f, true, "kernel %s has no module %s, which the data disk with %s %s is mounted by",
              release, m->module, by, want->name);
}

/* Of the disks that need the same, the first is named. */
static int check_data_disks(struct context *c, struct findings *f, struct error *e)
{
    _cleanup_free_ struct disk_want *wants = NULL;
    struct utsname kernel;
    size_t n, i, k;
    int r = disk_wants_parse(json_object_get(c->config, "disks"), &wants, &n, e);

    if (r < 0)
        return error_wrap(e, "node config");
    if (uname(&kernel) < 0)
        return error_set_errno(e, -errno, "uname");
    for (k = 0; k < ARRAY_SIZE(disk_makers); k++) {
        for (i = 0; i < n && !disk_gets(&wants[i], disk_makers[k].what); i++)
            ;
        if (i < n)
            check_maker(c, &disk_makers[k], &wants[i], kernel.release, f);
    }
    if (n > 0 && !has_module(c, kernel.release, "loop"))
        found(
            f, true,
            "kernel %s has no module loop, which what is on the data disk with %s %s is looked at "
            "by without writing to it",
            kernel.release, disk_match_words(wants[0].match), wants[0].name);
    return 0;
}

/* ---- address and clock ---------------------------------------------------------------------- */

/* The inventory's address is the authority. It may still come: by DHCP, or by STEP_HOST where it is
 * static. */
static int check_address(struct context *c, const char *text, struct findings *f, struct error *e)
{
    json_t *network = json_object_get(json_object_get(c->config, "system"), "network");
    char interface[INTERFACE_NAME_SIZE], have[256];
    struct ip_address address;
    int r = parse_ip(text, &address, e);

    if (r >= 0)
        r = interface_of_address(&address, interface, e);
    if (r < 0)
        return r;
    if (interface[0] || json_is_object(network))
        return 0;
    interfaces_describe(have, sizeof(have));
    found(f, false,
          "the inventory's address %s is on no interface (%s): give this machine a DHCP "
          "reservation, or seed_prefix and seed_gateway for a static address",
          text, have);
    return 0;
}

/* A machine that was ready once boots without the taskbox: its time service has the clock then. */
static int check_clock(struct context *c, struct error *e)
{
    bool was_ready = journal_step_done_once(c->journal, STEP_REPORT);
    struct error why = ERROR_INIT;
    int64_t offset_ms;
    int r =
        seed_client_sync_clock(c->client, CLOCK_TOLERANCE_MS, was_ready ? 1 : 0, &offset_ms, &why);

    if (r == -EAGAIN && was_ready)
        step_note(c, "clock: not compared, the taskbox is away");
    else if (r < 0)
        return error_set(e, r, "%s", why.message);
    else
        step_note(c, "clock: %+.3f s against the taskbox", -(double)offset_ms / 1000.0);
    return 0;
}

int preflight_is_done(struct context *c, bool *ret, struct error *e)
{
    struct findings f = {.text = BUF_INIT(4096)};
    int r = check_address(c, c->ip, &f, e);

    *ret = f.text.len == 0;
    buf_done(&f.text);
    return r;
}

int preflight_run(struct context *c, struct error *e)
{
    struct findings f = {.text = BUF_INIT(4096)};
    int64_t memory_mb, cpus, disk_mb;
    const char *address;
    json_t *wanted, *clients;
    int r = json_get_object(c->config, "preflight", &wanted, e);

    if (r >= 0)
        r = json_get_int_or(wanted, "memory_mb", 0, &memory_mb, e);
    if (r >= 0)
        r = json_get_int_or(wanted, "cpus", 1, &cpus, e);
    if (r >= 0)
        r = json_get_int_or(wanted, "disk_mb", 0, &disk_mb, e);
    if (r >= 0)
        r = json_get_string_or(wanted, "address", c->ip, &address, e);
    if (r < 0)
        return r;
    clients = json_object_get(wanted, "clients");
    r = check_clock(c, e);
    if (r >= 0)
        r = check_memory(c, memory_mb, &f, e);
    if (r >= 0)
        r = check_cpus(c, cpus, &f, e);
    if (r >= 0)
        r = check_disk(c, disk_mb, &f, e);
    if (r >= 0)
        r = check_modules(c, json_object_get(wanted, "modules"), clients, &f, e);
    if (r >= 0)
        r = check_clients(c, clients, &f, e);
    if (r >= 0)
        r = check_data_disks(c, &f, e);
    if (r >= 0)
        r = check_address(c, address, &f, e);
    if (r >= 0 && f.text.len) {
        r = error_set(e, -ENOTSUP, "this machine does not fit: %s", f.text.data);
        if (f.permanent)
            r = step_refuse(c, r);
    }
    buf_done(&f.text);
    return r;
}
