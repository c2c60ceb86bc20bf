/* SPDX-License-Identifier: Apache-2.0 */
#include "templates.h"

#include <ctype.h>
#include <stdbool.h>

/* The bytes of a file as an object: found from the repository's root, where the compiler runs. A
 * change of a template makes templates.o anew (Makefile). */
#define EMBED(symbol, path)                                                                        \
    __asm__(".pushsection .rodata\n"                                                               \
            ".global template_" #symbol "\n"                                                       \
            "template_" #symbol ":\n"                                                              \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    extern const char template_##symbol[]

EMBED(kubelet_service, "templates/kubelet.service");
EMBED(kubelet_drop_in, "templates/kubelet-drop-in.conf");
EMBED(etcd_service, "templates/etcd.service");
EMBED(containerd, "templates/containerd.toml");
EMBED(containerd_service, "templates/containerd.service");
EMBED(corefile, "templates/Corefile");
EMBED(fetch_bootstrap, "templates/fetch-bootstrap");
EMBED(scrub_token, "templates/scrub-token");
EMBED(bootstrap_service, "bootstrap/seed-bootstrap.service");
EMBED(ipxe_boot, "templates/boot.ipxe");
EMBED(ipxe_installer, "templates/installer.ipxe");
EMBED(ipxe_disk, "templates/disk.ipxe");
EMBED(ipxe_local, "templates/local.ipxe");
EMBED(ipxe_stranger, "templates/stranger.ipxe");

/* systemd.syntax(7): inside a line, perhaps inside double quotes; '%' begins a specifier, and '$' a
 * variable. */
static bool escape_unit(const char *value, struct buf *out)
{
    for (; *value; value++) {
        if (strchr("\"\\'$", *value) || iscntrl((unsigned char)*value))
            return false;
        if (*value == '%')
            buf_add_char(out, '%');
        buf_add_char(out, *value);
    }
    return true;
}

/* A basic string of TOML, between double quotes. */
static bool escape_toml(const char *value, struct buf *out)
{
    for (; *value; value++) {
        if (iscntrl((unsigned char)*value))
            return false;
        if (*value == '"' || *value == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, *value);
    }
    return true;
}

/* CoreDNS' Corefile has no quoting worth the name: plain words only. */
static bool escape_word(const char *value, struct buf *out)
{
    const char *c;

    for (c = value; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
            return false;
    buf_add_str(out, value);
    return c > value;
}

/* A line of an iPXE script (ipxe.org/scripting) knows no quotes: "${" expands a setting, "||" and
 * "&&" end a command, '#' begins a comment. What is left is enough for addresses, URLs, names and
 * kernel arguments. */
static bool escape_ipxe(const char *value, struct buf *out)
{
    const char *c;

    for (c = value; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(" ._-:/,=+@[]", *c))
            return false;
    buf_add_str(out, value);
    return true;
}

/* Between single quotes in a shell's program nothing is special but their end. */
static bool escape_shell(const char *value, struct buf *out)
{
    const char *c;

    for (c = value; *c; c++)
        if (*c == '\'' || iscntrl((unsigned char)*c))
            return false;
    buf_add_str(out, value);
    return true;
}

static const struct {
    const char *name, *text;
    bool (*escape)(const char *value, struct buf *out);
} templates[TEMPLATE_COUNT] = {
    [TEMPLATE_KUBELET_SERVICE] = {"kubelet.service",      template_kubelet_service,    escape_unit },
    [TEMPLATE_KUBELET_DROP_IN] = {"kubelet-drop-in.conf", template_kubelet_drop_in,    escape_unit },
    [TEMPLATE_ETCD_SERVICE] = {"etcd.service",         template_etcd_service,       escape_unit },
    [TEMPLATE_CONTAINERD] = {"containerd.toml",      template_containerd,         escape_toml },
    [TEMPLATE_CONTAINERD_SERVICE] = {"containerd.service",   template_containerd_service,
                                  escape_unit                                                      },
    [TEMPLATE_COREFILE] = {"Corefile",             template_corefile,           escape_word },
    [TEMPLATE_FETCH_BOOTSTRAP] = {"fetch-bootstrap",      template_fetch_bootstrap,    escape_shell},
    [TEMPLATE_SCRUB_TOKEN] = {"scrub-token",          template_scrub_token,        escape_shell},
    [TEMPLATE_BOOTSTRAP_UNIT] = {"bootstrap's unit",     template_bootstrap_service,  escape_unit },
    [TEMPLATE_IPXE_BOOT] = {"boot.ipxe",            template_ipxe_boot,          escape_ipxe },
    [TEMPLATE_IPXE_INSTALLER] = {"installer.ipxe",       template_ipxe_installer,     escape_ipxe },
    [TEMPLATE_IPXE_DISK] = {"disk.ipxe",            template_ipxe_disk,          escape_ipxe },
    [TEMPLATE_IPXE_LOCAL] = {"local.ipxe",           template_ipxe_local,         escape_ipxe },
    [TEMPLATE_IPXE_STRANGER] = {"stranger.ipxe",        template_ipxe_stranger,      escape_ipxe },
};

static const char *value_of(const char *const *values, const char *name, size_t len)
{
    for (; *values; values += 2)
        if (strlen(values[0]) == len && memcmp(values[0], name, len) == 0)
            return values[1];
    return NULL;
}

int template_fill(enum template t, const char *const *values, struct buf *out, struct error *e)
{
    const char *text = templates[t].text, *at, *end, *value;

    for (;;) {
        at = strchrnul(text, '@');
        buf_add(out, text, (size_t)(at - text));
        if (!*at)
            break;
        end = strchr(at + 1, '@');
        value = end ? value_of(values, at + 1, (size_t)(end - at - 1)) : NULL;
        if (!value)
            return error_set(e, -EINVAL, "template %s: no value for %.30s", templates[t].name, at);
        if (!templates[t].escape(value, out))
            return error_set(e, -EINVAL, "template %s: '%.100s' cannot be written there",
                             templates[t].name, value);
        text = end + 1;
    }
    return buf_check(out) < 0 ? error_oom(e) : 0;
}
