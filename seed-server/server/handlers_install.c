/* SPDX-License-Identifier: Apache-2.0 */
#include "arm.h"
#include "handlers.h"
#include "host_key.h"
#include "install_record.h"
#include "installs.h"
#include "server.h"

/* Blank machines: what iPXE asks on the plain plane, and what an installer asks with its
 * certificate. Reports are handlers_report.c's. */

#define SCRIPT_MAX 16384

static void send_script(struct http_request *r, enum ipxe_script script, size_t host,
                        const char *root)
{
    _cleanup_buf_ struct buf text = BUF_INIT(SCRIPT_MAX);
    struct error e = ERROR_INIT;

    if (plan_render_ipxe(r->serving->plan, script, host, root, &text, &e) < 0)
        http_send_failure(r, &e);
    else
        http_send_buf(r, 200, "text/plain", &text);
}

void handle_boot_script(struct server *s, struct http_request *r)
{
    (void)s;
    send_script(r, IPXE_BOOT, SIZE_MAX, "");
}

/* The SMBIOS serial number comes as hex of its bytes: iPXE would percent-escape some of them. */
static void read_serial(struct http_request *r, struct enrol_claim *claim)
{
    char hex[2 * sizeof(claim->serial)], text[sizeof(claim->serial)] = "";
    size_t len;

    if (http_query_text(r, "serial", hex, sizeof(hex)) < 0)
        return;
    len = strlen(hex) / 2;
    if (len == 0 || parse_hex(hex, text, len, NULL) < 0 || strlen(text) != len)
        return;
    while (len && text[len - 1] == ' ')
        text[--len] = '\0';
    if (!identifier_is_placeholder(text))
        memcpy(claim->serial, text, len + 1);
}

static void read_claim(struct http_request *r, struct enrol_claim *claim)
{
    static const char *const macs[] = {"mac",  "net0", "net1", "net2", "net3",
                                       "net4", "net5", "net6", "net7"};
    char text[64];

    for (size_t i = 0; i < ARRAY_SIZE(macs); i++)
        if (http_query_text(r, macs[i], text, sizeof(text)) == 0 &&
            parse_mac(text, claim->macs[claim->macs_n], NULL) == 0)
            claim->macs_n++;
    if (http_query_text(r, "uuid", text, sizeof(text)) == 0 && !identifier_is_placeholder(text) &&
        parse_uuid(text, claim->uuid, NULL) < 0)
        claim->uuid[0] = '\0';
    read_serial(r, claim);
}

/* Whether an installer of this host would be let in at all. One that would not is started as any
 * stranger's is: until an administrator rearms the host, nothing tells that there is one. */
static bool may_install(const struct store_view *view, const struct plan *plan, const char *host)
{
    struct host_key removed = host_key("removed", host), quarantine = host_key("quarantine", host);

    return arm_is_open(view, plan, host, NULL) && !store_view_get(view, removed.text, NULL) &&
           !store_view_get(view, quarantine.text, NULL);
}

void handle_machine_script(struct server *s, struct http_request *r)
{
    static const struct {
        enum ipxe_script script;
        const char *words;
    } boots[] = {
        [INSTALL_BOOT_INSTALLER] = {IPXE_INSTALLER, "the installer"              },
        [INSTALL_BOOT_DISK] = {IPXE_DISK,      "the disk that was installed"},
        [INSTALL_BOOT_LOCAL] = {IPXE_LOCAL,     "its own disk"               },
    };
    _cleanup_(install_stored_done) struct install_stored stored = {0};
    const struct plan *plan = r->serving->plan;
    struct enrol_claim claim = {.host = NULL};
    const char *unknown = "";
    enum install_boot boot;
    size_t host;

    read_claim(r, &claim);
    host = enrol_find_host(plan, &claim, &unknown);
    if (host == SIZE_MAX) {
        installs_say(s->installs, "a machine with MAC %s boots the installer, to be shown: %s",
                     claim.macs_n ? claim.macs[0] : "unknown", unknown);
        boot = install_boot_decide(BOOT_PXE, NULL);
    } else {
        const struct plan_host *h = plan_host(plan, host);
        _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);

        install_stored_read(view, h->name, &stored);
        boot = install_boot_decide(h->boot, &stored.record);
        if (boot == INSTALL_BOOT_INSTALLER && !may_install(view, plan, h->name)) {
            host = SIZE_MAX;
            installs_say(s->installs, "%s is not armed and boots the installer, to be shown",
                         h->name);
        } else {
            installs_say(s->installs, "%s boots %s", h->name, boots[boot].words);
        }
    }
    send_script(r, boots[boot].script, host, stored.record.root_uuid);
}

/* ---- with an installer's certificate -------------------------------------------------------- */

void handle_install(struct server *s, struct http_request *r)
{
    installs_ask(s->installs, r);
}

void handle_install_handover(struct server *s, struct http_request *r)
{
    installs_hand_over(s->installs, r);
}

void handle_install_done(struct server *s, struct http_request *r)
{
    installs_done(s->installs, r);
}

void handle_install_log(struct server *s, struct http_request *r)
{
    log_take(s, r, plan_host(r->serving->plan, r->host)->name, STEP_INSTALL);
}
