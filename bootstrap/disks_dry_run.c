/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <getopt.h>

#include "common/file.h"
#include "common/log.h"
#include "disks.h"

#define EXIT_USAGE 2
/* Not the step's own: that one may be looking at the same disks. */
#define SCRATCH "/run/nodeseed/disks-dry-run"

static const char usage[] =
    "usage: seed-bootstrap disks --dry-run [--config FILE] [--root FOLDER]\n"
    "Says what the step would do with each data disk, and why. FILE is a node config, such as\n"
    "seedctl render prints; without it the last one that this machine was given counts.\n";

struct options {
    const char *config, *root;
    bool dry_run;
};

/* 0, or what the program is to end with, negated less one (-1: 0, -3: 2). */
static int parse_options(int argc, char **argv, struct options *ret)
{
    enum { OPT_DRY_RUN = 1, OPT_CONFIG, OPT_ROOT, OPT_HELP };
    static const struct option table[] = {
        {"dry-run",          no_argument, NULL, OPT_DRY_RUN},
        {"config",              required_argument, NULL, OPT_CONFIG},
        {"root",                  required_argument, NULL, OPT_ROOT},
        {"help",no_argument, NULL, OPT_HELP},
        {0       }
    };
    int option;

    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == OPT_DRY_RUN) {
            ret->dry_run = true;
        } else if (option == OPT_CONFIG) {
            ret->config = optarg;
        } else if (option == OPT_ROOT && optarg[0] == '/') {
            ret->root = strcmp(optarg, "/") ? optarg : "";
        } else if (option == OPT_HELP) {
            (void)fputs(usage, stdout);
            return -1;
        } else {
            (void)fputs(usage, stderr);
            return -1 - EXIT_USAGE;
        }
    }
    if (ret->dry_run && optind == argc)
        return 0;
    /* preparing disks is the step's, with all that comes before and after it */
    (void)fputs(usage, stderr);
    return -1 - EXIT_USAGE;
}

static int read_config(const struct options *o, json_t **ret, struct error *e)
{
    _cleanup_free_ char *kept = path_join(o->root, "/var/lib/nodeseed/config.json"), *text = NULL;
    const char *path = o->config ? o->config : kept;
    size_t len;
    int r;

    if (!path)
        return error_oom(e);
    r = file_read(AT_FDCWD, path, PROTOCOL_CONFIG_MAX, &text, &len, e);
    if (r == 0)
        r = json_parse(text, len, PROTOCOL_CONFIG_MAX, ret, e);
    return r < 0 ? error_wrap(e, "%s", path) : 0;
}

/* What is about to be done, a line each. */
static int print_decision(const struct disk_decision *decision, struct error *e)
{
    _cleanup_buf_ struct buf words = BUF_INIT(64 * 1024);
    size_t i;
    int r;

    buf_addf(&words, "  on it: %s\n", decision->found);
    if (decision->wipe)
        buf_addf(&words, "  all of it is wiped, by grant %s\n", decision->grant);
    if (decision->table)
        buf_addf(&words, "  it gets a partition table with %zu volumes\n", decision->n);
    for (i = 0; i < decision->n; i++) {
        const struct disk_action *action = &decision->items[i];

        buf_add_str(&words, "  ");
        r = disk_action_words(action, &words, e);
        if (r < 0)
            return r;
        if (action->partition)
            buf_addf(&words, " (%llu MiB)", (unsigned long long)(action->size >> 20));
        buf_add_char(&words, '\n');
    }
    if (buf_check(&words) < 0)
        return error_oom(e);
    return fputs(words.data, stdout) < 0 ? error_set_errno(e, -EIO, "printing") : 0;
}

/* 0, or -EPERM when a disk is left alone. */
static int look_at_all(struct disks *d, const struct journal *journal, struct error *e)
{
    _cleanup_free_ struct disk_decision *decision = calloc(1, sizeof(*decision));
    _cleanup_free_ char *scratch = path_join(d->roots.root, SCRATCH);
    bool refused = false;
    size_t i;

    if (!decision || !scratch)
        return error_oom(e);
    for (i = 0; i < d->n; i++) {
        const struct disk *disk = disks_disk(d, i);
        struct error why = ERROR_INIT;
        char who[128];
        int r = disk_look(&d->roots, &d->owner, journal, scratch, &d->wants[i], disk, NULL,
                          decision, NULL, &why);

        disk_describe(disk, who, sizeof(who));
        if (r < 0 && r != -EPERM && r != -EIO)
            return error_set(e, r, "%s", why.message);
        printf("%s, named by %s %s:\n", who, disk_match_words(d->wants[i].match), d->wants[i].name);
        if (r == 0)
            r = print_decision(decision, e);
        else
            printf("  refused: %s\n", why.message);
        refused |= r < 0;
    }
    return refused ? error_set(e, -EPERM, "not every disk can be used as it is") : 0;
}

static int dry_run(const struct options *o, struct error *e)
{
    _cleanup_free_ char *path = path_join(o->root, "/var/lib/nodeseed/journal.json");
    _cleanup_(journal_freep) struct journal *journal = NULL;
    _cleanup_json_ json_t *config = NULL;
    _cleanup_(disks_done) struct disks d = {.n = 0};
    struct context c = {.root = o->root};
    int r;

    if (!path)
        return error_oom(e);
    r = read_config(o, &config, e);
    if (r == 0)
        r = journal_look(path, &journal, e);
    c.config = config;
    if (r == 0)
        r = disks_init(&d, &c, e);
    return r < 0 ? r : look_at_all(&d, journal, e);
}

int disks_command(int argc, char **argv)
{
    struct options o = {.root = ""};
    struct error e = ERROR_INIT;
    int r = parse_options(argc, argv, &o);

    if (r < 0)
        return -1 - r;
    if (dry_run(&o, &e) < 0) {
        /* the verdict comes last, also where both go to one file */
        if (fflush(stdout) != 0)
            log_error("printing: %m");
        log_error("%s", e.message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
