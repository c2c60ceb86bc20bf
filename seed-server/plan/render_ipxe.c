/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>

#include "install.h"
#include "model.h"
#include "templates.h"

/* iPXE scripts (ipxe.org/scripting), for the version of 2019 that Debian has: plain HTTP, no
 * imgverify. They go to whoever asks, so they hold no secret; what is loaded verifies, by the pin
 * on its command line, whom it talks to. */

#define SCRIPT_ARGUMENTS_MAX 1024 /* well below the 2048 bytes that Linux takes on x86 */

static const char *digest_of(const struct plan *p, const char *boot_file)
{
    const struct artifact *a = plan_boot_file(p, boot_file);

    return a ? a->sha256 : "";
}

/* Without a URL of its own (seedctl on a machine that has no server) a plan has relative ones,
 * which iPXE understands as well. */
static const char *base(const struct plan *p)
{
    return p->server_url ? p->server_url : "";
}

static const char *host_words(const struct host *h)
{
    return h ? h->pub.name : "an unknown machine";
}

/* Adds " key=value", where the value must be one word: the template's escaper refuses what could
 * end the line, this what could begin another argument. */
static int add_argument(struct buf *out, const char *key, const char *value, struct error *e)
{
    if (!*value || strpbrk(value, " \t"))
        return error_set(e, -EINVAL, "'%.100s' cannot be the kernel argument %s", value, key);
    buf_addf(out, " %s=%s", key, value);
    return 0;
}

static int add_bond(struct buf *out, const struct host *h, struct error *e)
{
    _cleanup_buf_ struct buf value = BUF_INIT(SCRIPT_ARGUMENTS_MAX);

    buf_addf(&value, "%s:", h->pub.bond_mode);
    for (size_t i = 0; i < h->pub.n_bond_macs; i++)
        buf_addf(&value, "%s%s", i ? "," : "", h->pub.bond_macs[i]);
    if (buf_check(&value) < 0)
        return error_set(e, -EINVAL, "%s: seed_bond has too many members for a command line",
                         h->pub.name);
    return add_argument(out, "nodeseed.bond", value.data, e);
}

/* "tty0 ttyS0,115200n8" → " console=tty0 console=ttyS0,115200n8" */
static int add_consoles(struct buf *out, const char *consoles, struct error *e)
{
    char word[64];
    size_t len;
    int r;

    while (*(consoles += strspn(consoles, " "))) {
        len = strcspn(consoles, " ");
        if (len >= sizeof(word))
            return error_set(e, -EINVAL, "'%.100s' is no console", consoles);
        memcpy(word, consoles, len);
        word[len] = '\0';
        r = add_argument(out, "console", word, e);
        if (r < 0)
            return r;
        consoles += len;
    }
    return 0;
}

static int arguments(const struct plan *p, const struct host *h, struct buf *out, struct error *e)
{
    char number[16];
    int r;

    buf_add_str(out, "boot=nodeseed initrd=" INSTALL_INITRD);
    r = p->server_tls_url ? add_argument(out, "nodeseed.server", p->server_tls_url, e) : 0;
    if (r == 0 && p->server_url)
        r = add_argument(out, "nodeseed.plain", p->server_url, e);
    if (r == 0 && p->ca_pin)
        r = add_argument(out, "nodeseed.pin", p->ca_pin, e);
    if (r == 0 && h && h->pub.vlan) {
        (void)snprintf(number, sizeof(number), "%u", h->pub.vlan);
        r = add_argument(out, "nodeseed.vlan", number, e);
    }
    if (r == 0 && h && h->pub.n_bond_macs)
        r = add_bond(out, h, e);
    if (r == 0 && h && h->pub.mtu) {
        (void)snprintf(number, sizeof(number), "%u", h->pub.mtu);
        r = add_argument(out, "nodeseed.mtu", number, e);
    }
    if (r == 0)
        r = add_consoles(
            out, h && h->install.consoles ? h->install.consoles : p->cluster.install_consoles, e);
    if (r == 0 && buf_check(out) < 0)
        r = error_set(e, -EINVAL, "%s: the installer's command line is too long",
                      h ? h->pub.name : "the plan");
    return r;
}

/* The kernel's ip= (nfsroot.rst: client, server, gateway, netmask, host name, device, autoconf,
 * DNS); "" where what iPXE has from DHCP is right. On a tagged network, which iPXE is not on, it is
 * the inventory's address, or asked for anew. */
static void address(const struct host *h, char ret[256])
{
    const char *dns;
    uint32_t mask;

    ret[0] = '\0';
    if (!h || !h->pub.vlan)
        return;
    if (!h->prefix) {
        (void)snprintf(ret, 256, "::::::dhcp");
        return;
    }
    mask = UINT32_MAX << (32 - h->prefix);
    dns = json_string_value(json_array_get(h->dns, 0));
    (void)snprintf(ret, 256, "%s::%s:%u.%u.%u.%u:::off:%s", h->pub.ip, h->gateway ? h->gateway : "",
                   mask >> 24, mask >> 16 & 255, mask >> 8 & 255, mask & 255,
                   dns ? dns : ""); /* fits: four addresses */
}

static int installer(const struct plan *p, const struct host *h, struct buf *out, struct error *e)
{
    _cleanup_buf_ struct buf words = BUF_INIT(SCRIPT_ARGUMENTS_MAX);
    char ip[256];
    int r = arguments(p, h, &words, e);

    if (r < 0)
        return r;
    address(h, ip);
    {
        const char *const values[] = {
            "host",        host_words(h),
            "url",         base(p),
            "kernel",      digest_of(p, INSTALL_KERNEL),
            "kernel_name", INSTALL_KERNEL,
            "initrd",      digest_of(p, INSTALL_INITRD),
            "initrd_name", INSTALL_INITRD,
            "ip",          ip,
            "arguments",   words.data,
            NULL,
        };

        return template_fill(TEMPLATE_IPXE_INSTALLER, values, out, e);
    }
}

static bool has_installer(const struct plan *p)
{
    return plan_boot_file(p, INSTALL_KERNEL) && plan_boot_file(p, INSTALL_INITRD);
}

int plan_render_ipxe(const struct plan *p, enum ipxe_script script, size_t host, const char *root,
                     struct buf *out, struct error *e)
{
    const struct host *h = host < p->n_hosts ? &p->hosts[host] : NULL;
    const char *const values[] = {
        "url",      base(p),
        "host",     host_words(h),
        "root",     root,
        "grub",     digest_of(p, INSTALL_GRUB),
        "grub_efi", digest_of(p, INSTALL_GRUB_EFI),
        NULL,
    };

    switch (script) {
    case IPXE_BOOT:
        return template_fill(TEMPLATE_IPXE_BOOT, values, out, e);
    case IPXE_INSTALLER:
        return has_installer(p) ? installer(p, h, out, e)
                                : template_fill(TEMPLATE_IPXE_STRANGER, values, out, e);
    case IPXE_DISK:
        if (*digest_of(p, INSTALL_GRUB) && *digest_of(p, INSTALL_GRUB_EFI))
            return template_fill(TEMPLATE_IPXE_DISK, values, out, e);
        break; /* no host is installed by PXE any more */
    case IPXE_LOCAL:
        break;
    }
    return template_fill(TEMPLATE_IPXE_LOCAL, values, out, e);
}
