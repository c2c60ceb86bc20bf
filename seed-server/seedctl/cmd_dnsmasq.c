/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <netinet/in.h>

#include "command.h"
#include "common/file.h"
#include "offline.h"
#include "seed-server/plan/dnsmasq.h"
#include "terminal.h"

#define TFTP_ROOT "/usr/lib/ipxe" /* where Debian's package ipxe has its files */
#define BOOT_SCRIPT "boot.ipxe"
#define BOOT_FILE_MAX (16 * 1024 * 1024)
#define OUTPUT_MAX (64 * 1024 * 1024)

enum {
    OPTION_PROXY = OFFLINE_LAST + 1,
    OPTION_INTERFACE,
    OPTION_NETWORK,
    OPTION_RANGE,
    OPTION_TFTP_ROOT,
    OPTION_BOOT_DIR,
    OPTION_BIOS,
    OPTION_EFI,
    OPTION_HOSTS,
    OPTION_HOSTS_FILE,
    OPTION_HOSTS_DIR
};

static const struct option options[] = {
    OFFLINE_OPTIONS,
    {"proxy",      no_argument,       NULL, OPTION_PROXY     },
    {"interface",  required_argument, NULL, OPTION_INTERFACE },
    {"network",    required_argument, NULL, OPTION_NETWORK   },
    {"range",      required_argument, NULL, OPTION_RANGE     },
    {"tftp-root",  required_argument, NULL, OPTION_TFTP_ROOT },
    {"boot-dir",   required_argument, NULL, OPTION_BOOT_DIR  },
    {"bios",       required_argument, NULL, OPTION_BIOS      },
    {"efi",        required_argument, NULL, OPTION_EFI       },
    {"hosts",      no_argument,       NULL, OPTION_HOSTS     },
    {"hosts-file", required_argument, NULL, OPTION_HOSTS_FILE},
    {"hosts-dir",  required_argument, NULL, OPTION_HOSTS_DIR },
    {NULL,         0,                 NULL, 0                },
};

/* A folder for dnsmasq's TFTP: iPXE's files, and the script with which iPXE asks the taskbox again
 * and again. A URL that DHCP names is asked once, and then a blank machine stands still until
 * somebody comes by; dnsmasq answers also while seed-server is down. */
struct boot_dir {
    const char *path;
    const char *from, *bios, *efi; /* where the files come from */
};

struct request {
    struct offline_options offline;
    struct dnsmasq_options dnsmasq;
    bool hosts;               /* their lines alone */
    struct boot_dir boot_dir; /* path NULL: none */
};

static int add_network(const char *text, struct dnsmasq_options *o, struct error *e)
{
    struct ip_network net;
    int r = parse_network(text, &net, e);

    if (r == 0 && net.address.family != AF_INET)
        r = error_set(e, -EINVAL, "expected an IPv4 network such as 192.168.0.0/24");
    if (r == 0 && o->n_networks == DNSMASQ_NETWORKS_MAX)
        r = error_set(e, -E2BIG, "more than %d networks", DNSMASQ_NETWORKS_MAX);
    if (r < 0)
        return error_wrap(e, "--network %.60s", text);
    o->networks[o->n_networks++] = net;
    return 0;
}

/* "192.168.0.100,192.168.0.199" */
static int add_range(const char *text, struct dnsmasq_options *o, struct error *e)
{
    const char *comma = strchrnul(text, ',');
    struct dnsmasq_range range;
    char first[IP_TEXT_SIZE];
    size_t len = (size_t)(comma - text);
    int r = -EINVAL;

    if (*comma && len < sizeof(first)) {
        memcpy(first, text, len);
        first[len] = '\0';
        r = parse_ip(first, &range.first, NULL);
        if (r == 0)
            r = parse_ip(comma + 1, &range.last, NULL);
    }
    if (r < 0 || range.first.family != AF_INET || range.last.family != AF_INET)
        return error_set(e, -EINVAL,
                         "--range %.60s: expected two addresses, such as "
                         "192.168.0.100,192.168.0.199",
                         text);
    if (o->n_ranges == DNSMASQ_RANGES_MAX)
        return error_set(e, -E2BIG, "--range: more than %d", DNSMASQ_RANGES_MAX);
    o->ranges[o->n_ranges++] = range;
    return 0;
}

static int read_option(int option, struct request *q, struct error *e)
{
    struct dnsmasq_options *o = &q->dnsmasq;

    if (offline_option(option, optarg, &q->offline))
        return 0;
    switch (option) {
    case OPTION_PROXY:
        o->proxy = true;
        return 0;
    case OPTION_INTERFACE:
        o->interface = optarg;
        return 0;
    case OPTION_NETWORK:
        return add_network(optarg, o, e);
    case OPTION_RANGE:
        return add_range(optarg, o, e);
    case OPTION_TFTP_ROOT:
        o->tftp_root = optarg;
        return 0;
    case OPTION_BOOT_DIR:
        q->boot_dir.path = optarg;
        return 0;
    case OPTION_BIOS:
        o->bios = optarg;
        return 0;
    case OPTION_EFI:
        o->efi = optarg;
        return 0;
    case OPTION_HOSTS:
        q->hosts = true;
        return 0;
    case OPTION_HOSTS_FILE:
        o->hosts_file = optarg;
        return 0;
    case OPTION_HOSTS_DIR:
        o->hosts_dir = optarg;
        return 0;
    default:
        return COMMAND_USAGE;
    }
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int plan_boot_dir(struct boot_dir *dir, struct dnsmasq_options *o, struct error *e)
{
    if (dir->path[0] != '/')
        return error_set(e, -EINVAL, "--boot-dir %.100s: expected an absolute path", dir->path);
    dir->from = o->tftp_root;
    dir->bios = o->bios;
    dir->efi = o->efi;
    o->tftp_root = dir->path;
    o->bios = name_of(o->bios);
    o->efi = name_of(o->efi);
    o->script = BOOT_SCRIPT;
    if (strcmp(o->bios, BOOT_SCRIPT) == 0 || strcmp(o->efi, BOOT_SCRIPT) == 0 ||
        strcmp(o->bios, o->efi) == 0)
        return error_set(e, -EINVAL, "--bios, --efi and " BOOT_SCRIPT " need three names");
    return 0;
}

static int copy_boot_file(const struct boot_dir *dir, const char *name, struct error *e)
{
    _cleanup_free_ char *source = path_join(dir->from, name), *data = NULL;
    _cleanup_free_ char *target = path_join(dir->path, name_of(name));
    size_t len;
    int r;

    if (!source || !target)
        return error_oom(e);
    r = file_read(AT_FDCWD, source, BOOT_FILE_MAX, &data, &len, e);
    if (r == -ENOENT)
        return error_wrap(e, "is the package ipxe installed? --tftp-root says where its files are");
    return r < 0 ? r : file_write_if_changed(AT_FDCWD, target, data, len, 0644, NULL, e);
}

static int make_boot_dir(const struct boot_dir *dir, const struct plan *plan, struct error *e)
{
    _cleanup_buf_ struct buf script = BUF_INIT(64 * 1024);
    _cleanup_free_ char *path = path_join(dir->path, BOOT_SCRIPT);
    int r;

    if (!path)
        return error_oom(e);
    r = plan_render_ipxe(plan, IPXE_BOOT, SIZE_MAX, "", &script, e);
    if (r == 0)
        r = file_make_folders(dir->path, 0755, e);
    if (r == 0)
        r = copy_boot_file(dir, dir->bios, e);
    if (r == 0)
        r = copy_boot_file(dir, dir->efi, e);
    if (r == 0)
        r = file_write_if_changed(AT_FDCWD, path, script.data, script.len, 0644, NULL, e);
    return r < 0 ? error_wrap(e, "--boot-dir %.100s", dir->path) : 0;
}

/* In proxy mode nobody is given an address, so that nothing about addresses has a meaning there. */
static bool fits(const struct request *q)
{
    const struct dnsmasq_options *o = &q->dnsmasq;
    bool elsewhere = o->hosts_file || o->hosts_dir;

    return !(o->proxy && (q->hosts || elsewhere || o->n_ranges)) && !(q->hosts && elsewhere) &&
           !(q->hosts && q->boot_dir.path) && !(o->hosts_file && o->hosts_dir);
}

int command_dnsmasq(int argc, char *argv[], struct error *e)
{
    struct request q = {
        .offline = OFFLINE_DEFAULTS,
        .dnsmasq = {.tftp_root = TFTP_ROOT, .bios = "undionly.kpxe", .efi = "snponly.efi"},
    };
    _cleanup_(plan_unrefp) struct plan *plan = NULL;
    _cleanup_buf_ struct buf out = BUF_INIT(OUTPUT_MAX);
    int option, r = 0;

    while (r == 0 && (option = getopt_long(argc, argv, "", options, NULL)) >= 0)
        r = read_option(option, &q, e);
    if (r != 0)
        return r;
    if (optind < argc || !fits(&q))
        return COMMAND_USAGE;
    r = offline_plan(&q.offline, &plan, e);
    if (r == 0 && q.boot_dir.path)
        r = plan_boot_dir(&q.boot_dir, &q.dnsmasq, e);
    if (r == 0)
        r = q.hosts ? plan_render_dnsmasq_hosts(plan, &q.dnsmasq, &out, e)
                    : plan_render_dnsmasq(plan, &q.dnsmasq, &out, e);
    if (r == 0 && q.boot_dir.path)
        r = make_boot_dir(&q.boot_dir, plan, e);
    return r != 0 ? r : terminal_write(&out, e);
}
