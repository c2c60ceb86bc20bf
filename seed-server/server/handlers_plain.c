/* SPDX-License-Identifier: Apache-2.0 */
#include "common/parse.h"
#include "handlers.h"
#include "metrics.h"
#include "server.h"

/* What a machine needs before it has an identity, and what monitors look at. No secret passes here,
 * and nothing that tells a stranger which hosts there are. */

void handle_healthz(struct server *s, struct http_request *r)
{
    (void)s;
    http_send_text(r, 200, "text/plain", "ok\n", 3);
}

void handle_metrics(struct server *s, struct http_request *r)
{
    _cleanup_buf_ struct buf out = BUF_INIT(1024 * 1024);

    metrics_print(s, &out);
    if (buf_check(&out) < 0)
        http_send_error(r, 500, "out of memory");
    else
        http_send_text(r, 200, "text/plain; version=0.0.4", out.data, out.len);
}

void handle_ca(struct server *s, struct http_request *r)
{
    const char *pem = ca_certificate(s->ca, CA_SEED);

    http_send_text(r, 200, "application/x-pem-file", pem, strlen(pem));
}

static void send_artifact(struct http_request *r, bool by_digest)
{
    char name[256];

    if (http_param(r, 0, name, sizeof(name)) < 0)
        http_send_error(r, 404, "there is no artifact of that name");
    else
        artifacts_send(r->serving->artifacts, r, name, by_digest);
}

void handle_artifact(struct server *s, struct http_request *r)
{
    (void)s;
    send_artifact(r, false);
}

void handle_artifact_digest(struct server *s, struct http_request *r)
{
    (void)s;
    send_artifact(r, true);
}

/* A machine of which the inventory knows nothing gets the same: it then asks to enrol, and is
 * listed as pending with the name that it was given by mistake. */
void handle_nocloud(struct server *s, struct http_request *r)
{
    static const struct {
        const char *name;
        enum document document;
    } kinds[] = {
        {"meta-data",   DOCUMENT_META_DATA  },
        {"user-data",   DOCUMENT_USER_DATA  },
        {"vendor-data", DOCUMENT_VENDOR_DATA},
    };
    char name[256], kind[32];
    size_t host;

    (void)s;
    if (http_param(r, 0, name, sizeof(name)) == 0 && is_dns_name(name) &&
        http_param(r, 1, kind, sizeof(kind)) == 0)
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
            if (strcmp(kind, kinds[i].name) == 0) {
                host = plan_find_host(r->serving->plan, name);
                if (host == SIZE_MAX)
                    serving_send_to_stranger(r->serving, r, name, kinds[i].document);
                else
                    serving_send(r->serving, r, host, kinds[i].document);
                return;
            }
    http_send_error(r, 404, "there is nothing at this address");
}
