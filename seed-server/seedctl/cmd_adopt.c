/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include "adopt.h"
#include "client.h"
#include "command.h"
#include "common/file.h"
#include "common/parse.h"
#include "machine.h"
#include "offline.h"
#include "seed-server/inventory/ini_edit.h"
#include "terminal.h"

#define LINE_MAX_BYTES 4096
#define HOSTS_MAX (64 * 1024 * 1024)

enum { OPTION_WRITE = OFFLINE_LAST + 1, OPTION_GROUP, OPTION_IP, OPTION_DISK };

static const struct option options[] = {
    OFFLINE_OPTIONS,
    {"write", no_argument,       NULL, OPTION_WRITE},
    {"group", required_argument, NULL, OPTION_GROUP},
    {"ip",    required_argument, NULL, OPTION_IP   },
    {"disk",  required_argument, NULL, OPTION_DISK },
    {NULL,    0,                 NULL, 0           },
};

struct request {
    struct offline_options offline;
    const char *group; /* NULL: that of the nodes */
    char *disk;
    char mac[MAC_TEXT_SIZE];
    bool write;
    struct adoption adoption;
};

static int check_ip(const char *text, struct error *e)
{
    struct ip_address a;
    int r = parse_ip(text, &a, e);

    if (r == 0 && a.family != AF_INET)
        r = error_set(e, -EINVAL, "expected an IPv4 address");
    return r < 0 ? error_wrap(e, "ip %.60s", text) : 0;
}

static int read_request(int argc, char *argv[], struct request *q, struct error *e)
{
    int option, r;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == OPTION_WRITE)
            q->write = true;
        else if (option == OPTION_GROUP)
            q->group = optarg;
        else if (option == OPTION_IP)
            q->adoption.ip = optarg;
        else if (option == OPTION_DISK)
            q->disk = optarg;
        else if (!offline_option(option, optarg, &q->offline))
            return COMMAND_USAGE;
    }
    if (optind + 2 != argc || q->offline.alone)
        return COMMAND_USAGE;
    r = parse_mac(argv[optind], q->mac, e);
    if (r == 0 && q->adoption.ip)
        r = check_ip(q->adoption.ip, e);
    q->adoption.mac = q->mac;
    q->adoption.name = argv[optind + 1];
    return r;
}

/* The waiting machine with that MAC; *ret borrows from *ret_answer. */
static int find_machine(const struct request *q, json_t **ret_answer, const json_t **ret,
                        struct error *e)
{
    _cleanup_(client_freep) struct client *c = NULL;
    json_t *pending, *entry;
    size_t i;
    int r = client_new(q->offline.socket, &c, e);

    if (r == 0)
        r = client_get_json(c, "/admin/pending", CLIENT_TIMEOUT_MS, ret_answer, e);
    if (r == 0)
        r = json_get_array(*ret_answer, "pending", &pending, e);
    if (r < 0)
        return r;
    json_array_foreach(pending, i, entry)
    {
        if (machine_has_mac(entry, q->mac)) {
            *ret = entry;
            return 0;
        }
    }
    return error_set(e, -ENOENT, "no machine with the MAC %s waits (seedctl pending)", q->mac);
}

/* Names the install disk, or tells why it cannot and lists the disks. Only what is to be written
 * must have one. */
static int settle_disk(struct request *q, const json_t *disks, struct buf *out, struct error *e)
{
    struct error why = ERROR_INIT;
    const char *words = NULL;
    int r;

    if (!disks)
        return q->disk ? error_set(e, -EINVAL, "--disk: this machine told nothing about its disks")
                       : 0;
    q->adoption.pxe = true;
    if (q->disk) {
        r = adopt_name_disk(disks, q->disk, &q->adoption.disk, &words, e);
        if (r == 0 && words)
            fprintf(stderr,
                    "seedctl: warning: that disk is not blank (seedctl pending): nothing is "
                    "installed until it is\n");
        return r;
    }
    r = adopt_choose_disk(disks, &q->adoption.disk, &why);
    if (r == 0)
        return 0;
    buf_addf(out, "# %s: %s\n", q->mac, why.message);
    adopt_list_disks(disks, out);
    if (!q->write)
        return 0;
    r = terminal_write(out, e);
    return r < 0 ? r : error_set(e, why.code, "%s", why.message);
}

/* Both spellings of the nodes' group are in use. */
static const char *default_group(const char *text, size_t len)
{
    static const char *const groups[] = {"kube-node", "kube_node"};

    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        if (ini_has_section(text, len, groups[i]))
            return groups[i];
    return groups[0];
}

static int edit(struct request *q, const char *text, size_t len, const char *line, struct buf *out,
                struct error *e)
{
    _cleanup_buf_ struct buf half = BUF_INIT(HOSTS_MAX);
    int r;

    if (!q->group)
        q->group = default_group(text, len);
    r = ini_insert(text, len, "all", true, line, &half, e);
    if (r == 0)
        r = ini_insert(half.data, half.len, q->group, false, q->adoption.name, out, e);
    return r < 0 ? error_wrap(e, "%s/hosts.ini", q->offline.conf) : 0;
}

static int check_absent(const char *conf, const char *text, size_t len, const char *name,
                        struct error *e)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    struct inventory_origin where;
    size_t host;
    int r = inventory_load_conf_text(conf, text, len, &inv, e);

    if (r < 0)
        return r;
    host = inventory_find_host(inv, name);
    if (host == SIZE_MAX)
        return 0;
    where = inventory_host_origin(inv, host);
    return error_set(e, -EEXIST,
                     "%s:%u: there is a host %s already: to give it this machine, write "
                     "seed_mac=… on its line",
                     where.file, where.line, name);
}

/* Every check that a server would make, on what the file is to hold; and that it means what it is
 * meant to. */
static int check_plan(const struct request *q, const struct buf *edited, struct error *e)
{
    struct offline_options o = q->offline;
    _cleanup_(plan_unrefp) struct plan *plan = NULL;
    const struct plan_host *h;
    size_t host;
    int r;

    o.hosts_text = edited->data;
    o.hosts_len = edited->len;
    r = offline_plan(&o, &plan, e);
    if (r != 0)
        return r == COMMAND_REFUSED ? error_set(e, -EINVAL, "%s/hosts.ini is as it was", o.conf)
                                    : r;
    host = plan_find_host(plan, q->adoption.name);
    if (host == SIZE_MAX)
        return error_set(e, -EINVAL, "group %s gives %s no role in the cluster: give --group",
                         q->group, q->adoption.name);
    h = plan_host(plan, host);
    if (!h->mac || strcmp(h->mac, q->mac) != 0 || strcmp(h->ip, q->adoption.ip) != 0)
        return error_set(e, -EINVAL,
                         "%s would not have this MAC and address: host_vars or another line of "
                         "hosts.ini overrides them",
                         q->adoption.name);
    return 0;
}

/* Puts it in the file's place, if nobody changed that in the meantime. */
static int replace(const struct request *q, const char *text, size_t len, const struct buf *edited,
                   struct error *e)
{
    _cleanup_free_ char *path = path_join(q->offline.conf, "hosts.ini"), *real = NULL, *now = NULL;
    struct stat st;
    size_t now_len;
    int r;

    real = path ? realpath(path, NULL) : NULL; /* a link is kept, and what it leads to replaced */
    if (!real || stat(real, &st) < 0)
        return error_set_errno(e, -errno, "%s/hosts.ini", q->offline.conf);
    r = inventory_read_hosts(q->offline.conf, &now, &now_len, e);
    if (r < 0)
        return r;
    if (now_len != len || memcmp(now, text, len) != 0)
        return error_set(e, -EBUSY, "%s changed under way: nothing was written", real);
    r = file_write_atomic(AT_FDCWD, real, edited->data, edited->len, st.st_mode & 07777, e);
    if (r < 0)
        return r;
    if (chown(real, st.st_uid, st.st_gid) < 0)
        fprintf(stderr, "seedctl: warning: %s has another owner now: %s\n", real, strerror(errno));
    return 0;
}

static int write_host(struct request *q, struct error *e)
{
    _cleanup_buf_ struct buf line = BUF_INIT(LINE_MAX_BYTES), edited = BUF_INIT(HOSTS_MAX);
    _cleanup_free_ char *text = NULL, *typed = NULL;
    const char *conf = q->offline.conf;
    size_t len;
    int r = inventory_read_hosts(conf, &text, &len, e);

    if (r == 0)
        r = check_absent(conf, text, len, q->adoption.name, e);
    if (r == 0 && !q->adoption.ip) {
        r = terminal_ask("its address (ip): ", "give --ip", &typed, e);
        if (r == 0)
            r = check_ip(typed, e);
        q->adoption.ip = typed;
    }
    if (r == 0)
        r = adopt_line(&q->adoption, &line, e);
    if (r == 0)
        r = edit(q, text, len, line.data, &edited, e);
    if (r == 0)
        r = check_plan(q, &edited, e);
    if (r == 0)
        r = replace(q, text, len, &edited, e);
    if (r == 0)
        printf("%s\n%s/hosts.ini: %s is in [all] and [%s]\n", line.data, conf, q->adoption.name,
               q->group);
    q->adoption.ip = NULL; /* may be what was typed */
    return r;
}

static int print_host(const struct request *q, struct buf *out, struct error *e)
{
    int r = adopt_line(&q->adoption, out, e);

    if (r < 0)
        return r;
    buf_add_char(out, '\n');
    return buf_check(out) < 0 ? error_oom(e) : terminal_write(out, e);
}

int command_adopt(int argc, char *argv[], struct error *e)
{
    struct request q = {.offline = OFFLINE_DEFAULTS};
    _cleanup_buf_ struct buf out = BUF_INIT(1024 * 1024);
    _cleanup_json_ json_t *answer = NULL;
    const json_t *machine = NULL;
    int r = read_request(argc, argv, &q, e);

    if (r == 0)
        r = find_machine(&q, &answer, &machine, e);
    if (r == 0)
        r = settle_disk(&q, machine_disks(machine), &out, e);
    if (r != 0)
        return r;
    return q.write ? write_host(&q, e) : print_host(&q, &out, e);
}
