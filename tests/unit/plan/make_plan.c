/* SPDX-License-Identifier: Apache-2.0 */
#include "make_plan.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/file.h"

const char GUIDE[] = "[all]\n"
                     "node1 ip=192.168.0.10 ansible_user=ubuntu\n"
                     "node2 ansible_host=192.168.0.20 ip=192.168.0.20\n"
                     "node3 ansible_host=192.168.0.30 ip=192.168.0.30\n"
                     "[kube-master]\n"
                     "node1\n"
                     "[kube-node]\n"
                     "node1\n"
                     "node2\n"
                     "node3\n"
                     "[etcd]\n"
                     "node1\n"
                     "[k8s-cluster:children]\n"
                     "kube-node\n"
                     "kube-master\n"
                     "[all:vars]\n"
                     "seed_gateway=192.168.0.1\n";

const char QUIET[] = "kube_network_plugin: bridge\n"
                     "kube_pods_subnet: 10.233.64.0/18\n";

const char *guide_but(const char *what, const char *by)
{
    static char text[4096];
    const char *place = strstr(GUIDE, what);

    assert_non_null(place);
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - GUIDE), GUIDE, by, place + strlen(what));
    return text;
}

const char *guide_and(const char *more)
{
    static char text[4096];

    snprintf(text, sizeof(text), "%s%s", GUIDE, more);
    return text;
}

const char *quiet_and(const char *more)
{
    static char text[4096];

    snprintf(text, sizeof(text), "%s%s", QUIET, more);
    return text;
}

#define FOLDER "/tmp/nodeseed-plan-XXXXXX"
#define SERVER "http://192.168.0.1:8080"

static const char *stored_get(const char *key, void *userdata)
{
    const char *const *pair;

    for (pair = userdata; *pair; pair += 2)
        if (strcmp(pair[0], key) == 0)
            return pair[1];
    return NULL;
}

static void stored_each(const char *prefix, allotment_seen *seen, void *seen_data, void *userdata)
{
    const char *const *pair;

    for (pair = userdata; *pair; pair += 2)
        if (strncmp(pair[0], prefix, strlen(prefix)) == 0)
            seen(pair[0], pair[1], seen_data);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char *path = path_join(folder, name);
    struct error e = ERROR_INIT;

    assert_non_null(path);
    if (file_write_atomic(AT_FDCWD, path, text, strlen(text), 0600, &e) < 0)
        fail_msg("%s", e.message);
    free(path);
}

static void remove_folder(const char *folder)
{
    static const char *const names[] = {"hosts.ini", "vars.yml"};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(names); i++) {
        char *path = path_join(folder, names[i]);

        assert_non_null(path);
        (void)unlink(path);
        free(path);
    }
    assert_int_equal(rmdir(folder), 0);
}

/* The problems as text, with the folder's name taken out. */
static char *text_of(const struct problems *problems, const char *folder)
{
    struct buf all = BUF_INIT(1 << 24), out = BUF_INIT(1 << 24);
    size_t len = strlen(folder) + 1;
    const char *c;
    char *text;

    problems_print(problems, &all);
    for (c = all.data ? all.data : ""; *c;) {
        if (strncmp(c, folder, len - 1) == 0) {
            c += len;
            continue;
        }
        buf_add_char(&out, *c++);
    }
    buf_done(&all);
    text = buf_take(&out, NULL);
    assert_non_null(text);
    return text;
}

struct made make_plan_with(const char *hosts, const char *vars, const char *const *stored,
                           struct plan_options options)
{
    struct allotments allotments = {stored_get, stored_each, (void *)stored};
    struct problems problems = {0};
    struct made m = {.result = -EINVAL};
    struct error e = ERROR_INIT;
    char folder[] = FOLDER;
    struct inventory *inv;

    assert_non_null(mkdtemp(folder));
    write_file(folder, "hosts.ini", hosts);
    if (vars)
        write_file(folder, "vars.yml", vars);
    if (stored)
        options.stored = &allotments;
    if (inventory_load_conf(folder, &inv, &e) < 0)
        fail_msg("%s", e.message);
    m.result = plan_make(inv, &options, &problems, &m.plan, &e);
    m.problems = text_of(&problems, folder);
    snprintf(m.message, sizeof(m.message), "%s", e.message);
    problems_done(&problems);
    inventory_free(inv); /* a plan borrows nothing from it */
    remove_folder(folder);
    return m;
}

struct made make_plan(const char *hosts, const char *vars, const char *const *stored)
{
    struct plan_options options = {.server_url = SERVER,
                                   .server_tls_url = "https://192.168.0.1:8443"};

    return make_plan_with(hosts, vars, stored, options);
}

void made_done(struct made *m)
{
    plan_unref(m->plan);
    free(m->problems);
}

void assert_refused(const char *hosts, const char *vars, const char *line)
{
    struct made m = make_plan(hosts, vars, NULL);

    if (m.result != -EINVAL || m.plan || !strstr(m.problems, line))
        fail_msg("expected a refusal with \"%s\", got %d and:\n%s", line, m.result, m.problems);
    made_done(&m);
}

void assert_warned(const char *hosts, const char *vars, const char *line)
{
    struct made m = make_plan(hosts, vars, NULL);

    if (m.result != 0 || !strstr(m.problems, line))
        fail_msg("expected a warning with \"%s\", got %d and:\n%s", line, m.result, m.problems);
    made_done(&m);
}

void assert_silent(const char *hosts, const char *vars, const char *text)
{
    struct made m = make_plan(hosts, vars, NULL);

    if (m.result != 0 || strstr(m.problems, text))
        fail_msg("expected nothing about \"%s\", got %d and:\n%s", text, m.result, m.problems);
    made_done(&m);
}

json_t *config_of(const struct made *m, const char *host)
{
    struct buf out = BUF_INIT(1 << 22);
    struct error e = ERROR_INIT;
    json_t *root = NULL;

    if (!m->plan)
        fail_msg("refused: %s", m->problems);
    if (plan_render_host(m->plan, plan_find_host(m->plan, host), &out, &e) < 0 ||
        json_parse(out.data, out.len, 1 << 22, &root, &e) < 0)
        fail_msg("%s", e.message);
    buf_done(&out);
    return root;
}

const json_t *at(const json_t *root, const char *path)
{
    const json_t *value = root;
    const char *c = path;
    char name[128];
    size_t len;

    while (*c++) {
        len = strcspn(c, "/");
        assert_true(len < sizeof(name));
        memcpy(name, c, len);
        name[len] = '\0';
        value = json_is_array(value) ? json_array_get(value, strtoul(name, NULL, 10))
                                     : json_object_get(value, name);
        if (!value)
            fail_msg("%s: nothing at %s", path, name);
        c += len;
    }
    return value;
}

const char *text_at(const json_t *root, const char *path)
{
    const json_t *value = at(root, path);

    if (!json_is_string(value))
        fail_msg("%s is no text", path);
    return json_string_value(value);
}

const json_t *file_in(const json_t *files, const char *path)
{
    const json_t *file;
    size_t i;

    json_array_foreach(files, i, file) if (strcmp(text_at(file, "/path"), path) == 0) return file;
    fail_msg("there is no file %s", path);
    return NULL;
}
