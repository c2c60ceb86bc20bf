/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <getopt.h>

#include "attend.h"
#include "common/file.h"
#include "common/log.h"
#include "common/parse.h"
#include "common/secrecy.h"
#include "common/version.h"
#include "crypto.h"
#include "disks.h"
#include "install.h"
#include "install_network.h"
#include "journal.h"
#include "notify.h"
#include "renew.h"
#include "report.h"
#include "seed_client.h"
#include "settings.h"
#include "step.h"
#include "step_log.h"
#include "steps.h"

#define EXIT_USAGE 2

struct options {
    const char *config; /* NULL: ROOT/etc/nodeseed/seed.yml, with install ROOT/proc/cmdline */
    bool install;
    const char *root; /* "" without --root */
    bool check;       /* read the settings, and that is all */
    bool until;       /* limits.until was named: what comes after it is not done */
    struct step_limits limits;
};

static const char usage[] =
    "usage: seed-bootstrap [--config FILE] [--root FOLDER] [--until STEP] [--once] [--verbose]\n"
    "       seed-bootstrap [--config FILE] --check\n"
    "       seed-bootstrap --install [--config FILE] [--root FOLDER] [--once] [--verbose]\n"
    "       seed-bootstrap disks --dry-run [--config FILE] [--root FOLDER]\n"
    "       seed-bootstrap --version | --help\n"
    "Makes this machine what the taskbox's inventory says. See seed-bootstrap(8).\n";

static int parse_until(const char *name, enum step *ret)
{
    int step = step_find(name);

    if (step >= STEP_FIRST) {
        *ret = (enum step)step;
        return 0;
    }
    (void)fprintf(stderr, "seed-bootstrap: --until %s: no such step; steps are", name);
    for (int i = STEP_FIRST; i < STEP_COUNT; i++)
        (void)fprintf(stderr, " %s", step_name((enum step)i));
    (void)fprintf(stderr, "\n");
    return -EINVAL;
}

/* A folder without its trailing slash; "/" is no prefix at all. */
static int parse_root(char *folder, const char **ret)
{
    size_t len = strlen(folder);

    if (folder[0] != '/') {
        (void)fprintf(stderr, "seed-bootstrap: --root %s: expected an absolute path\n", folder);
        return -EINVAL;
    }
    while (len && folder[len - 1] == '/')
        folder[--len] = '\0';
    *ret = folder;
    return 0;
}

/* 0, or what the program is to end with, negated less one (-1: 0, -3: 2). */
static int parse_options(int argc, char **argv, struct options *ret)
{
    enum {
        OPT_CONFIG = 1,
        OPT_ROOT,
        OPT_INSTALL,
        OPT_UNTIL,
        OPT_ONCE,
        OPT_CHECK,
        OPT_VERBOSE,
        OPT_VERSION,
        OPT_HELP
    };
    static const struct option table[] = {
        {"config",           required_argument, NULL, OPT_CONFIG},
        {"root",              required_argument, NULL, OPT_ROOT},
        {"install",                  no_argument, NULL, OPT_INSTALL},
        {"until",required_argument, NULL, OPT_UNTIL},
        {"once",          no_argument, NULL, OPT_ONCE},
        {"check",          no_argument, NULL, OPT_CHECK},
        {"verbose",              no_argument, NULL, OPT_VERBOSE},
        {"version",                  no_argument, NULL, OPT_VERSION},
        {"help",              no_argument, NULL, OPT_HELP},
        {0        }
    };
    int option, r = 0;

    while (r == 0 && (option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (option) {
        case OPT_CONFIG:
            ret->config = optarg;
            break;
        case OPT_ROOT:
            r = parse_root(optarg, &ret->root);
            break;
        case OPT_INSTALL:
            ret->install = true;
            break;
        case OPT_UNTIL:
            r = parse_until(optarg, &ret->limits.until);
            ret->until = true;
            break;
        case OPT_ONCE:
            ret->limits.once = true;
            break;
        case OPT_CHECK:
            ret->check = true;
            break;
        case OPT_VERBOSE:
            log_set_level(LOG_DEBUG);
            break;
        case OPT_VERSION:
            (void)printf("seed-bootstrap %s\n", NODESEED_VERSION);
            return -1;
        case OPT_HELP:
            (void)fputs(usage, stdout);
            return -1;
        default:
            (void)fputs(usage, stderr);
            return -1 - EXIT_USAGE;
        }
    }
    if (r == 0 && optind < argc)
        (void)fprintf(stderr, "seed-bootstrap: %s: unexpected argument\n%s", argv[optind], usage);
    return r < 0 || optind < argc ? -1 - EXIT_USAGE : 0;
}

/* The kernel's boot id tells two boots of one machine apart on the board. */
static int read_boot_id(const char *root, char ret[UUID_TEXT_SIZE], struct error *e)
{
    _cleanup_free_ char *path = path_join(root, "/proc/sys/kernel/random/boot_id");
    char line[64];

    if (!path)
        return error_oom(e);
    if (file_read_line(AT_FDCWD, path, line, sizeof(line)) && parse_uuid(line, ret, NULL) == 0)
        return 0;
    return uuid_make(ret, e);
}

/* The server is away or too busy: shown as waiting, slept through, and shown when it is over. */
static void wait_for_server(uint64_t ms, const char *why, void *userdata)
{
    struct context *c = userdata;
    char message[512];

    if (!why) {
        reporter_set(c->reporter, c->step, REPORT_RUNNING, -1, step_doing(c->step));
        return;
    }
    (void)snprintf(message, sizeof(message), "the taskbox: %s, retrying", why);
    reporter_hold(c->reporter, true);
    reporter_set(c->reporter, c->step, REPORT_WAITING, -1, message);
    step_wait(c, ms);
    reporter_hold(c->reporter, false);
}

/* Who the taskbox is: from seed.yml, or for an installer from the kernel's command line. */
static int read_settings(const struct options *options, struct install *install,
                         struct settings **ret, struct error *e)
{
    _cleanup_free_ char *path = NULL, *text = NULL;
    size_t len;
    int r;

    path = options->config ? strdup(options->config)
                           : path_join(options->root, options->install ? "/proc/cmdline"
                                                                       : "/etc/nodeseed/seed.yml");
    if (!path)
        return error_oom(e);
    if (!options->install)
        return settings_read(path, options->root, ret, e);
    r = file_read(AT_FDCWD, path, INSTALL_CMDLINE_MAX, &text, &len, e);
    if (r >= 0)
        r = install_cmdline_parse(text, &install->cmdline, e);
    if (r < 0)
        return r;
    if (install->cmdline.unknown[0])
        log_warning("the kernel's command line: %s is unknown, ignoring", install->cmdline.unknown);
    return settings_make(install->cmdline.server, install->cmdline.plain, install->cmdline.pin,
                         options->root, INSTALL_STATE, ret, e);
}

static int run_steps(const struct options *options, struct context *c, struct error *e)
{
    struct step_limits limits;
    int r;

    if (c->settings->host) {
        r = context_set_host(c, c->settings->host, e);
        if (r < 0)
            return r;
    }
    /* From here on systemd's watchdog sees to it that we are alive: a first boot may wait for ever,
     * and nothing else of the machine's boot should wait with it. */
    notify_send("READY=1");
    limits = options->limits;
    if (!options->install) {
        limits.has_news = config_has_news;
        limits.enrol_again = enrol_again;
        limits.meanwhile = renew_if_due;
    }
    r = step_run_all(c, options->install ? install_steps : step_table, &limits, e);
    if (r < 0)
        return r;
    notify_send("STATUS=done");
    if (options->install)
        return install_restart(c, e);
    if (!options->limits.once && !options->until)
        attend_run(c);
    return 0;
}

static int run(const struct options *options, struct error *e)
{
    _cleanup_(settings_freep) struct settings *settings = NULL;
    _cleanup_(journal_freep) struct journal *journal = NULL;
    _cleanup_(seed_client_freep) struct seed_client *client = NULL;
    _cleanup_(reporter_freep) struct reporter *reporter = NULL;
    _cleanup_(step_log_freep) struct step_log *log = NULL;
    _cleanup_(install_done) struct install install = {.restarts = !options->root[0],
                                                      .link_ms = INSTALL_LINK_MS};
    _cleanup_(context_done) struct context c = {.root = options->root, .ip = ""};
    char boot_id[UUID_TEXT_SIZE];
    bool broken;
    int r = read_settings(options, &install, &settings, e);

    if (options->check)
        return r;
    if (r >= 0)
        r = read_boot_id(options->root, boot_id, e);
    if (r >= 0)
        r = file_make_folders(settings->state, 0700, e);
    if (r >= 0)
        r = journal_open(settings->journal, &journal, &broken, e);
    if (r >= 0)
        r = step_log_new(settings->logs, &log, e);
    if (r >= 0)
        r = seed_client_new(settings, wait_for_server, &c, &client, e);
    if (r >= 0)
        r = reporter_new(client, boot_id, &reporter, e);
    if (r < 0)
        return r;
    if (broken)
        log_warning("%s could not be read and was set aside, beginning a new one",
                    settings->journal);
    c.settings = settings;
    c.boot_id = boot_id;
    c.client = client;
    c.journal = journal;
    c.log = log;
    c.reporter = reporter;
    if (options->install) {
        c.install = &install;
        reporter_for_installer(reporter);
        step_log_for_installer(log);
    }
    return run_steps(options, &c, e);
}

int main(int argc, char **argv)
{
    struct options options = {.root = "", .limits = {.until = STEP_COUNT - 1}};
    struct error e = ERROR_INIT;
    const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
    int r;

    /* The DHCP client's event program, see install_network.h. */
    if (argc == 2 && name && strcmp(name + 1, UDHCPC_EVENT) == 0)
        return udhcpc_event(argv[0], argv[1]);
    secrecy_begin();
    crypto_begin();
    if (argc > 1 && strcmp(argv[1], "disks") == 0)
        return disks_command(argc - 1, argv + 1);
    r = parse_options(argc, argv, &options);
    if (r < 0)
        return -1 - r;
    if (run(&options, &e) < 0) {
        log_error("%s", e.message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
