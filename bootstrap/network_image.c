/* SPDX-License-Identifier: Apache-2.0 */
#include <glob.h>

#include "common/file.h"
#include "network_files.h"

#define PERMANENT_MAC_SINCE 245 /* systemd.network(5) */
#define PATTERNS 8

/* Places in an image, of which one is enough; distributions differ in where /lib is. */
static const char *const netplan[PATTERNS] = {"/usr/sbin/netplan", "/usr/bin/netplan"};
static const char *const libnetplan[PATTERNS] = {"/usr/lib/*/libnetplan.so.*",
                                                 "/usr/lib64/libnetplan.so.*"};
static const char *const ifupdown[PATTERNS] = {"/sbin/ifup", "/usr/sbin/ifup"};
static const char *const networkd[PATTERNS] = {"/lib/systemd/systemd-networkd",
                                               "/usr/lib/systemd/systemd-networkd"};
/* What `systemctl enable` leaves; an alias by D-Bus name is part of it in all releases. */
static const char *const networkd_enabled[PATTERNS] = {
    "/etc/systemd/system/dbus-org.freedesktop.network1.service",
    "/etc/systemd/system/*.wants/systemd-networkd.service"};
static const char *const resolved_enabled[PATTERNS] = {
    "/etc/systemd/system/dbus-org.freedesktop.resolve1.service",
    "/etc/systemd/system/*.wants/systemd-resolved.service"};
static const char *const resolvconf[PATTERNS] = {"/sbin/resolvconf", "/usr/sbin/resolvconf",
                                                 "/usr/bin/resolvconf",
                                                 "/etc/network/if-up.d/resolved"};
static const char *const cloud[PATTERNS] = {"/etc/cloud"};
static const char *const libsystemd[PATTERNS] = {
    "/lib/systemd/libsystemd-shared-*.so", "/usr/lib/systemd/libsystemd-shared-*.so",
    "/lib/*/systemd/libsystemd-shared-*.so", "/usr/lib/*/systemd/libsystemd-shared-*.so"};

/* Calls seen for each path that is there; its part in root is left out. */
static int look_for(const char *root, const char *const patterns[PATTERNS],
                    void (*seen)(const char *path, void *userdata), void *userdata, struct error *e)
{
    for (size_t i = 0; i < PATTERNS && patterns[i]; i++) {
        _cleanup_free_ char *full = path_join(root, patterns[i]);
        glob_t found = {0};
        int r;

        if (!full)
            return error_oom(e);
        r = glob(full, GLOB_NOSORT, NULL, &found);
        for (size_t k = 0; r == 0 && k < found.gl_pathc; k++)
            seen(found.gl_pathv[k] + strlen(root), userdata);
        globfree(&found);
        if (r == GLOB_NOSPACE)
            return error_oom(e);
    }
    return 0;
}

static void see(const char *path, void *userdata)
{
    (void)path;
    *(bool *)userdata = true;
}

/* libsystemd-shared-252.so, libsystemd-shared-255.4-1.fc40.so: the library is of the release. The
 * one before there was such a library, 229, is older than any that matters. */
static void see_release(const char *path, void *userdata)
{
    unsigned *release = userdata, number;

    if (sscanf(strrchr(path, '/') + 1, "libsystemd-shared-%u", &number) == 1 && number > *release)
        *release = number;
}

int network_image_read(const char *root, struct network_image *ret, struct error *e)
{
    bool has_netplan = false, has_libnetplan = false, has_ifupdown = false, has_networkd = false;
    bool has_resolved = false, has_resolvconf = false;
    struct network_image image = {.backend = NETWORK_NOBODY};
    const struct {
        const char *const *patterns;
        bool *found;
    } looks[] = {
        {netplan,          &has_netplan           },
        {libnetplan,       &has_libnetplan        },
        {ifupdown,         &has_ifupdown          },
        {networkd,         &has_networkd          },
        {networkd_enabled, &image.networkd_enabled},
        {resolved_enabled, &has_resolved          },
        {resolvconf,       &has_resolvconf        },
        {cloud,            &image.cloud_init      },
    };
    unsigned release = 0;
    int r = look_for(root, libsystemd, see_release, &release, e);

    for (size_t i = 0; i < ARRAY_SIZE(looks) && r >= 0; i++)
        r = look_for(root, looks[i].patterns, see, looks[i].found, e);
    if (r < 0)
        return r;
    if (has_netplan)
        image.backend = NETWORK_NETPLAN;
    else if (has_ifupdown && !(has_networkd && image.networkd_enabled))
        image.backend = NETWORK_IFUPDOWN; /* networkd is in every systemd, and mostly off */
    else if (has_networkd)
        image.backend = NETWORK_NETWORKD;
    image.permanent_mac = release >= PERMANENT_MAC_SINCE;
    image.netplan_routes = has_libnetplan;
    image.resolver = image.backend == NETWORK_IFUPDOWN ? has_resolvconf : has_resolved;
    *ret = image;
    return 0;
}
