/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

/* Who may have which certificate, and what it says, as one table. Names come from the plan; the CSR
 * gives nothing but the public key. */

#define KUBELET_CLIENT_DAYS 365 /* the kubelet renews it itself */
#define DAY_S UINT64_C(86400)

enum names { NAMES_NONE, NAMES_HOST, NAMES_HOST_AND_LOCAL };

static const struct {
    const char *purpose, *ca;
    unsigned roles;           /* any of these; 0: every host */
    const char *common_name;  /* NULL: the host's name; "": its node user */
    const char *organization; /* may be NULL */
    enum names names;
    bool server, client;
    unsigned days; /* at most; 0: as long as the cluster's others */
} profiles[] = {
    {"node",                  "seed",       0,            NULL,                         "nodeseed:nodes",      NAMES_NONE,           false, true,  0},
 /* Of an installer, which lives in a machine's memory. */
    {"installer",             "seed",       0,            NULL,                         "nodeseed:installers", NAMES_NONE,           false, true,  1},
 /* etcd's own gateway is a client of its server with the server's certificate. */
    {"etcd-server",           "etcd",       ROLE_ETCD,    NULL,                         NULL,                  NAMES_HOST_AND_LOCAL, true,  true,  0},
    {"etcd-peer",             "etcd",       ROLE_ETCD,    NULL,                         NULL,                  NAMES_HOST_AND_LOCAL, true,  true,  0},
    {"etcd-client",           "etcd",       ROLE_ETCD,    NULL,                         NULL,                  NAMES_NONE,           false, true,  0},
    {"apiserver-etcd-client", "etcd",       ROLE_MASTER,  "kube-apiserver-etcd-client", "system:masters",
     NAMES_NONE,                                                                                                                     false, true,  0},
    {"kubelet-client",        "kubernetes", ROLE_KUBELET, "",                           "system:nodes",        NAMES_NONE,           false, true,
     KUBELET_CLIENT_DAYS                                                                                                                            },
    {"kubelet-server",        "kubernetes", ROLE_KUBELET, "",                           "system:nodes",        NAMES_HOST,           true,  false, 0},
};

int plan_cert_profile(const struct plan *p, size_t host, const char *purpose,
                      struct cert_profile *ret, struct error *e)
{
    struct cert_profile c = {0};
    const struct host *h;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(profiles); i++)
        if (strcmp(profiles[i].purpose, purpose) == 0)
            break;
    if (i == ARRAY_SIZE(profiles))
        return error_set(e, -ENOENT, "no certificate is for '%.40s'", purpose);
    if (host >= p->n_hosts)
        return error_set(e, -ENOENT, "no host of that number");
    h = &p->hosts[host];
    if (profiles[i].roles && !(profiles[i].roles & h->pub.roles))
        return error_set(e, -EPERM, "%s has no role that takes a certificate for %s", h->pub.name,
                         purpose);

    c.ca = profiles[i].ca;
    c.common_name = !profiles[i].common_name   ? h->pub.name
                    : *profiles[i].common_name ? profiles[i].common_name
                                               : h->node_user;
    c.organization = profiles[i].organization;
    c.server_auth = profiles[i].server;
    c.client_auth = profiles[i].client;
    c.life_s = p->cluster.certificate_life_s;
    if (profiles[i].days && c.life_s > profiles[i].days * DAY_S)
        c.life_s = profiles[i].days * DAY_S;
    if (profiles[i].names != NAMES_NONE) {
        c.dns[0] = h->pub.name;
        c.ips[0] = h->pub.ip;
    }
    if (profiles[i].names == NAMES_HOST_AND_LOCAL) {
        c.dns[1] = "localhost";
        c.ips[1] = "127.0.0.1";
    }
    *ret = c;
    return 0;
}
