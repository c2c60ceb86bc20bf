/* SPDX-License-Identifier: Apache-2.0 */
/* A hosts.ini, after the first NUL byte a vars.yml, and after the second a manifest of addons/:
 * whatever they hold, a plan is refused with a problem or renders a config for every host, the same
 * bytes from pieces as in full. */
#include "seed-server/plan/model.h"
#include "tests/fuzz/files.h"

#define HOSTS_MAX 64 /* rendered of one plan; a range can make very many */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

static void render(struct plan *p, size_t i)
{
    struct buf pieces = BUF_INIT(1 << 24), full = BUF_INIT(1 << 24), cloud = BUF_INIT(1 << 20),
               script = BUF_INIT(1 << 16);
    unsigned prototype = p->hosts[i].prototype;
    struct cert_profile profile;
    struct error e = ERROR_INIT;
    json_t *config = NULL;

    check(plan_render_host(p, i, &pieces, &e) == 0, e.message);
    p->hosts[i].prototype = 0;
    check(plan_render_host(p, i, &full, &e) == 0, e.message);
    p->hosts[i].prototype = prototype;
    check(pieces.len == full.len && memcmp(pieces.data, full.data, full.len) == 0,
          "both ways are equal");
    check(json_parse(full.data, full.len, 1 << 24, &config, &e) == 0, e.message);
    check(plan_render_nocloud(p, plan_host(p, i)->name, "user-data", &cloud, &e) == 0, e.message);
    check(plan_render_ipxe(p, IPXE_INSTALLER, i, "", &script, &e) == 0, e.message);
    check(!strstr(script.data, "@") && strncmp(script.data, "#!ipxe\n", 7) == 0, "a script");
    check(plan_render_install(p, i, 1, &cloud, &e) == (p->hosts[i].install.image ? 0 : -ENOENT),
          e.message);
    check(plan_cert_profile(p, i, "node", &profile, &e) == 0, e.message);
    check(plan_find_host(p, plan_host(p, i)->name) == i, "a host is found by its name");
    json_decref(config);
    buf_done(&pieces);
    buf_done(&full);
    buf_done(&cloud);
    buf_done(&script);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t hosts = nul ? (size_t)(nul - data) : size, i;
    const uint8_t *vars = nul ? nul + 1 : data, *end = data + size;
    const uint8_t *addon = nul ? memchr(vars, 0, (size_t)(end - vars)) : NULL;
    struct plan_options options = {.server_url = "http://192.168.0.1:8080"};
    struct problems problems = {0};
    struct inventory *inv = NULL;
    struct error e = ERROR_INIT;
    struct plan *p = NULL;
    const struct fuzz_file files[] = {
        {"conf/hosts.ini",    data,                     hosts                                           },
        {"conf/vars.yml",     vars,                     nul ? (size_t)((addon ? addon : end) - vars) : 0},
        {"conf/addons/x.yml", addon ? addon + 1 : data, addon ? (size_t)(end - addon - 1) : 0           },
    };
    int r;

    files_are(files, ARRAY_SIZE(files) - !addon);
    if (inventory_load_conf("conf", &inv, &e) < 0)
        return 0;
    r = plan_make(inv, &options, &problems, &p, &e);
    inventory_free(inv);
    check(r == 0 ? !problems.fatal : r == -EINVAL && problems.fatal && e.message[0],
          "what is fatal refuses");
    problems_done(&problems);
    if (r < 0)
        return 0;
    for (i = 0; i < p->n_hosts && i < HOSTS_MAX; i++)
        render(p, i);
    plan_unref(p);
    return 0;
}
