/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <getopt.h>
#include <sys/sysinfo.h>

#include "common/parse.h"

#define CONNECTIONS_DEFAULT 16384
#define CONNECTIONS_MAX 1000000
#define THREADS_MAX 64
#define TIMEOUT_MAX_S 86400

void options_usage(FILE *out)
{
    fputs("usage: seed-server --conf DIR --state DIR --listen ADDR:PORT --tls-listen ADDR:PORT\n"
          "  --conf DIR            hosts.ini, vars.yml, group_vars/, host_vars/\n"
          "  --state DIR           the store, the CAs, the nodes' logs\n"
          "  --listen ADDR:PORT    plain HTTP: boot documents and artifacts, no secrets\n"
          "  --tls-listen ADDR:PORT  HTTPS: enrolling, and nodes with their certificates\n"
          "  --address ADDR        as nodes reach this machine (default: of --listen)\n"
          "  --artifacts DIR       the files that seed_artifacts names\n"
          "  --socket PATH         for seedctl (default /run/nodeseed/seed-server.sock)\n"
          "  --threads N           per plane (default: one per processor)\n"
          "  --connections N       per plane, more are answered 503 (default 16384)\n"
          "  --connections-each N  the same for one address (default: half of those)\n"
          "  --head-timeout S      seconds for a first request's head (default 30)\n"
          "  --body-timeout S      for a request's body (default 60)\n"
          "  --send-timeout S      to read an answer, large ones more (default 60)\n"
          "  --idle-timeout S      from an answer to the next head (default 120)\n"
          "  --debug               say more\n"
          "  --print-routes        list every address it answers, and end\n",
          out);
}

static int read_number(const char *text, const char *name, unsigned max, unsigned *ret,
                       struct error *e)
{
    uint64_t n;
    int r = parse_uint(text, max, &n, e);

    if (r == 0 && n == 0)
        r = error_set(e, -EINVAL, "expected a number from 1 to %u", max);
    if (r < 0)
        return error_wrap(e, "--%s", name);
    *ret = (unsigned)n;
    return 0;
}

static int check_all(const struct server_options *o, struct error *e)
{
    const struct {
        const char *value, *name;
    } needed[] = {
        {o->conf,       "conf"      },
        {o->state,      "state"     },
        {o->listen,     "listen"    },
        {o->tls_listen, "tls-listen"}
    };
    struct ip_address address;
    uint16_t port;

    for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
        if (!needed[i].value)
            return error_set(e, -EINVAL, "--%s is missing", needed[i].name);
    if (o->address && parse_ip(o->address, &address, e) < 0)
        return error_wrap(e, "--address");
    if (parse_endpoint(o->tls_listen, &address, &port, e) < 0)
        return error_wrap(e, "--tls-listen");
    if (parse_endpoint(o->listen, &address, &port, e) < 0)
        return error_wrap(e, "--listen");
    for (size_t i = 0; i < sizeof(address.bytes); i++)
        if (address.bytes[i])
            return 0;
    if (!o->address)
        return error_set(e, -EINVAL,
                         "--listen on all addresses needs --address: the one that nodes use");
    return 0;
}

int options_parse(int argc, char *argv[], struct server_options *ret, struct error *e)
{
    enum {
        CONF = 256,
        STATE,
        LISTEN,
        TLS_LISTEN,
        ADDRESS,
        ARTIFACTS,
        SOCKET,
        THREADS,
        CONNECTIONS,
        CONNECTIONS_EACH,
        HEAD_TIMEOUT,
        BODY_TIMEOUT,
        SEND_TIMEOUT,
        IDLE_TIMEOUT,
        DEBUG,
        PRINT_ROUTES
    };
    static const struct option table[] = {
        {"conf",             required_argument, NULL, CONF            },
        {"state",            required_argument, NULL, STATE           },
        {"listen",           required_argument, NULL, LISTEN          },
        {"tls-listen",       required_argument, NULL, TLS_LISTEN      },
        {"address",          required_argument, NULL, ADDRESS         },
        {"artifacts",        required_argument, NULL, ARTIFACTS       },
        {"socket",           required_argument, NULL, SOCKET          },
        {"threads",          required_argument, NULL, THREADS         },
        {"connections",      required_argument, NULL, CONNECTIONS     },
        {"connections-each", required_argument, NULL, CONNECTIONS_EACH},
        {"head-timeout",     required_argument, NULL, HEAD_TIMEOUT    },
        {"body-timeout",     required_argument, NULL, BODY_TIMEOUT    },
        {"send-timeout",     required_argument, NULL, SEND_TIMEOUT    },
        {"idle-timeout",     required_argument, NULL, IDLE_TIMEOUT    },
        {"debug",            no_argument,       NULL, DEBUG           },
        {"print-routes",     no_argument,       NULL, PRINT_ROUTES    },
        {"help",             no_argument,       NULL, 'h'             },
        {NULL,               0,                 NULL, 0               },
    };
    int processors = get_nprocs(), c, r = 0;
    struct server_options o = {.socket = "/run/nodeseed/seed-server.sock",
                               .threads = (unsigned)(processors > 16 ? 16 : processors),
                               .connections = CONNECTIONS_DEFAULT,
                               .head_s = 30,
                               .body_s = 60,
                               .send_s = 60,
                               .idle_s = 120};
    const char **texts[] = {&o.conf,    &o.state,     &o.listen, &o.tls_listen,
                            &o.address, &o.artifacts, &o.socket};
    const struct {
        const char *name;
        unsigned max, *value;
    } numbers[] = {
        {"threads",          THREADS_MAX,     &o.threads         },
        {"connections",      CONNECTIONS_MAX, &o.connections     },
        {"connections-each", CONNECTIONS_MAX, &o.connections_each},
        {"head-timeout",     TIMEOUT_MAX_S,   &o.head_s          },
        {"body-timeout",     TIMEOUT_MAX_S,   &o.body_s          },
        {"send-timeout",     TIMEOUT_MAX_S,   &o.send_s          },
        {"idle-timeout",     TIMEOUT_MAX_S,   &o.idle_s          },
    };

    while (r == 0 && (c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (c >= CONF && c <= SOCKET)
            *texts[c - CONF] = optarg;
        else if (c >= THREADS && c <= IDLE_TIMEOUT)
            r = read_number(optarg, numbers[c - THREADS].name, numbers[c - THREADS].max,
                            numbers[c - THREADS].value, e);
        else if (c == DEBUG)
            o.debug = true;
        else if (c == PRINT_ROUTES)
            o.print_routes = true;
        else if (c == 'h')
            o.help = true;
        else
            return error_set(e, -EINVAL, "see --help"); /* getopt has said what is wrong */
    }
    if (r == 0 && optind < argc)
        r = error_set(e, -EINVAL, "\"%s\" is not an option", argv[optind]);
    if (r == 0 && !o.print_routes && !o.help)
        r = check_all(&o, e);
    if (!o.connections_each)
        o.connections_each = o.connections > 1 ? o.connections / 2 : 1;
    if (r == 0)
        *ret = o;
    return r;
}
