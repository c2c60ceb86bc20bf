/* SPDX-License-Identifier: Apache-2.0 */
#include "install_seed.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

#include "common/file.h"
#include "network.h"

#define TEXT_MAX ((size_t)4 * 1024 * 1024)
#define PROGRAM_MAX ((size_t)64 * 1024 * 1024)
#define KEYGEN_MS 300000
#define PROGRAM "/usr/local/bin/seed-bootstrap"
#define UNIT "seed-bootstrap.service"
/* The installer's own copy of the unit, for images that came without. */
#define UNIT_SOURCE "/usr/share/nodeseed/" UNIT

/* ---- the old UUID ---- */

static const struct {
    enum install_place place;
    const char *pattern; /* of glob(3), below the mounted folder */
} texts[] = {
    {PLACE_ROOT, "/etc/fstab"                  },
    {PLACE_ROOT, "/etc/default/grub"           },
    {PLACE_ROOT, "/etc/default/grub.d/*.cfg"   },
    {PLACE_ROOT, "/etc/kernel/cmdline"         },
    {PLACE_ROOT, "/boot/grub/grub.cfg"         },
    {PLACE_ROOT, "/boot/grub2/grub.cfg"        },
    {PLACE_ROOT, "/boot/extlinux/extlinux.conf"},
    {PLACE_ROOT, "/boot/syslinux/syslinux.cfg" },
    {PLACE_ROOT, "/boot/loader/entries/*.conf" },
    {PLACE_ROOT, "/boot/efi/EFI/*/grub.cfg"    },
    {PLACE_ROOT, "/extlinux.conf"              },
    {PLACE_ROOT, "/syslinux.cfg"               },
    {PLACE_BOOT, "/grub/grub.cfg"              },
    {PLACE_BOOT, "/grub2/grub.cfg"             },
    {PLACE_BOOT, "/extlinux/extlinux.conf"     },
    {PLACE_BOOT, "/syslinux/syslinux.cfg"      },
    {PLACE_BOOT, "/loader/entries/*.conf"      },
    {PLACE_BOOT, "/extlinux.conf"              },
    {PLACE_ESP,  "/EFI/*/grub.cfg"             },
    {PLACE_ESP,  "/loader/entries/*.conf"      },
};

/* *ret: the file had it. */
static int rename_in(const char *path, const char *old_uuid, const char *new_uuid, bool *ret,
                     struct error *e)
{
    _cleanup_free_ char *text = NULL;
    _cleanup_close_ int fd = -1;
    size_t len;
    int r;

    *ret = false;
    r = file_read(AT_FDCWD, path, TEXT_MAX, &text, &len, e);
    if (r < 0)
        return r;
    fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return error_set_errno(e, -errno, "%s", path);
    for (char *p = text; (p = strcasestr(p, old_uuid)); p += strlen(new_uuid)) {
        if (pwrite(fd, new_uuid, strlen(new_uuid), p - text) != (ssize_t)strlen(new_uuid))
            return error_set_errno(e, errno ? -errno : -EIO, "writing %s", path);
        *ret = true;
    }
    return fsync(fd) < 0 ? error_set_errno(e, -errno, "syncing %s", path) : 0;
}

int install_seed_rename(struct context *c, const char *folder, enum install_place place,
                        const char *old_uuid, const char *new_uuid, unsigned *ret_n,
                        struct error *e)
{
    int r = 0;

    *ret_n = 0;
    if (strlen(old_uuid) != strlen(new_uuid) || strcmp(old_uuid, new_uuid) == 0)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(texts) && r == 0; i++) {
        _cleanup_free_ char *pattern = NULL;
        glob_t found = {0};

        if (texts[i].place != place)
            continue;
        pattern = path_join(folder, texts[i].pattern + 1);
        if (!pattern)
            return error_oom(e);
        if (glob(pattern, 0, NULL, &found) != 0)
            found.gl_pathc = 0;
        for (size_t k = 0; k < found.gl_pathc && r == 0; k++) {
            struct stat st;
            bool had;

            /* A link leads out of the image, or to a file that is in the table itself. */
            if (lstat(found.gl_pathv[k], &st) < 0 || !S_ISREG(st.st_mode))
                continue;
            r = rename_in(found.gl_pathv[k], old_uuid, new_uuid, &had, e);
            *ret_n += r == 0 && had;
            if (r == 0 && had)
                step_note(c, "root's UUID in %s", found.gl_pathv[k] + strlen(folder));
        }
        globfree(&found);
    }
    return r;
}

/* ---- root ---- */

static bool has(const char *folder, const char *path)
{
    _cleanup_free_ char *full = NULL;
    struct stat st;

    if (asprintf(&full, "%s%s", folder, path) < 0) {
        full = NULL;
        return false;
    }
    return lstat(full, &st) == 0;
}

static int write_at(const char *folder, const char *path, const void *data, size_t len, mode_t mode,
                    struct error *e)
{
    _cleanup_free_ char *full = NULL;
    int r;

    if (asprintf(&full, "%s%s", folder, path) < 0) {
        full = NULL;
        return error_oom(e);
    }
    r = file_make_parents(full, 0755, e);
    return r < 0 ? r : file_write_atomic(AT_FDCWD, full, data, len, mode, e);
}

static int check_root(const char *folder, struct error *e)
{
    static const char *const inits[] = {"/usr/lib/systemd/systemd", "/lib/systemd/systemd"};

    for (size_t i = 0; i < ARRAY_SIZE(inits); i++)
        if (has(folder, inits[i]) && has(folder, "/etc"))
            return 0;
    return error_set(e, -EINVAL,
                     "its root file system has no systemd: is it an image of a whole OS?");
}

static int write_seed(const char *folder, const struct install_config *config, const char *token,
                      struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(8192);
    int r;

    buf_addf(&text,
             "# Written when this machine was installed. See seed-bootstrap(8).\n"
             "server: \"%s\"\nplain: \"%s\"\npin: \"%s\"\nhost: \"%s\"\ntoken: \"%s\"\n",
             config->server, config->plain, config->pin, config->seed_host, token);
    r = buf_check(&text);
    if (r < 0)
        return error_oom(e);
    r = write_at(folder, "/etc/nodeseed/seed.yml", text.data, text.len, 0600, e);
    explicit_bzero(text.data, text.len);
    return r;
}

/* machine-id(5): an empty file is filled in at the next boot. */
static int forget_machine(struct context *c, const char *folder, struct error *e)
{
    static const char *const gone[] = {
        "/var/lib/dbus/machine-id",       "/var/lib/systemd/random-seed",
        "/var/lib/nodeseed/key.pem",      "/var/lib/nodeseed/cert.pem",
        "/var/lib/nodeseed/ca.pem",       "/var/lib/nodeseed/config.json",
        "/var/lib/nodeseed/journal.json",
    };
    int r = write_at(folder, "/etc/machine-id", "", 0, 0444, e);

    for (size_t i = 0; i < ARRAY_SIZE(gone) && r == 0; i++) {
        _cleanup_free_ char *path = path_join(folder, gone[i] + 1);
        struct stat st;

        if (!path)
            return error_oom(e);
        if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
            continue;
        step_note(c, "%s is not taken along", gone[i]);
        if (unlink(path) < 0)
            r = error_set_errno(e, -errno, "%s", path);
    }
    return r;
}

/* New SSH host keys where the image has a server. If its ssh-keygen does not run here, the host
 * step makes them: that is what the mark in /etc/nodeseed/image asks for. */
static int renew_ssh_keys(struct context *c, const char *folder, struct error *e)
{
    const char *const argv[] = {"chroot", folder, "/usr/bin/ssh-keygen", "-A", NULL};
    _cleanup_free_ char *pattern = path_join(folder, "etc/ssh/ssh_host_*_key*");
    struct error why = ERROR_INIT;
    glob_t found = {0};
    int r = 0;

    if (!pattern)
        return error_oom(e);
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && r == 0; i++)
            if (unlink(found.gl_pathv[i]) < 0)
                r = error_set_errno(e, -errno, "%s", found.gl_pathv[i]);
    globfree(&found);
    if (r < 0 || !has(folder, "/usr/bin/ssh-keygen") || !has(folder, "/usr/sbin/sshd"))
        return r;
    if (step_run_program(c, argv, KEYGEN_MS, NULL, &why) == 0) {
        _cleanup_free_ char *mark = path_join(folder, "etc/nodeseed/image");

        /* All that it asks for has been done. */
        if (mark && unlink(mark) < 0 && errno != ENOENT)
            return error_set_errno(e, -errno, "%s", mark);
        return mark ? 0 : error_oom(e);
    }
    step_note(c, "%s; the first boot makes SSH host keys", why.message);
    return write_at(folder, "/etc/nodeseed/image", "", 0, 0644, e);
}

/* An image that was not baked gets the program that is running here, and the unit. */
static int install_program(struct context *c, const char *folder, struct error *e)
{
    static const char *const units[] = {"/etc/systemd/system/" UNIT, "/lib/systemd/system/" UNIT,
                                        "/usr/lib/systemd/system/" UNIT};
    _cleanup_free_ char *unit = NULL, *program = NULL, *wants = NULL,
                        *source = context_path(c, UNIT_SOURCE);
    size_t unit_len, program_len;
    int r;

    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (has(folder, units[i]))
            return 0;
    if (!source)
        return error_oom(e);
    r = file_read(AT_FDCWD, source, TEXT_MAX, &unit, &unit_len, NULL);
    if (r < 0)
        return error_set(e, -EINVAL,
                         "it has no unit " UNIT " (images/bake puts it in), and this installer has "
                         "none to give it");
    r = file_read(AT_FDCWD, "/proc/self/exe", PROGRAM_MAX, &program, &program_len, e);
    if (r < 0)
        return r;
    step_note(c, "the image has no " UNIT ", it gets the installer's own");
    r = write_at(folder, PROGRAM, program, program_len, 0755, e);
    if (r == 0)
        r = write_at(folder, units[0], unit, unit_len, 0644, e);
    if (r == 0) {
        wants = path_join(folder, "etc/systemd/system/multi-user.target.wants/" UNIT);
        if (!wants)
            return error_oom(e);
        r = file_make_parents(wants, 0755, e);
    }
    if (r == 0 && symlink(units[0], wants) < 0 && errno != EEXIST)
        r = error_set_errno(e, -errno, "%s", wants);
    return r;
}

/* cloud-init would wait for a source of data that is not there, and go by DHCP in its stead. */
static int silence_cloud_init(struct context *c, const char *folder, struct error *e)
{
    if (!has(folder, "/etc/cloud"))
        return 0;
    step_note(c, "cloud-init is switched off");
    return write_at(folder, "/etc/cloud/cloud-init.disabled",
                    "# The machine was installed by nodeseed, which configures it.\n",
                    strlen("# The machine was installed by nodeseed, which configures it.\n"), 0644,
                    e);
}

static void note_network(const char *text, void *userdata)
{
    struct context *c = userdata;

    step_note(c, "%s", text);
}

/* Addresses where the inventory has them; else the image's own network is as good as any. */
static int write_network(struct context *c, const char *folder, const json_t *value,
                         const char *nic, struct error *e)
{
    enum network_change change;
    struct network n;
    int r;

    if (!value)
        return 0;
    r = network_parse(value, &n, e);
    if (r < 0)
        return error_wrap(e, "network");
    if (n.bond == BOND_NONE && !nic[0])
        return error_set(e, -EINVAL,
                         "nothing says which network card the address is for: boot this machine by "
                         "the taskbox's /boot.ipxe, which passes BOOTIF");
    if (n.bond == BOND_NONE) {
        memcpy(n.nics[0].mac, nic, sizeof(n.nics[0].mac));
        n.nics[0].name[0] = '\0';
        n.n_nics = 1;
    }
    return network_write(folder, &n, true, &change, note_network, c, e);
}

int install_seed_root(struct context *c, const char *folder, const struct install_config *config,
                      const char *token, const char *nic, struct error *e)
{
    int r = check_root(folder, e);

    if (r == 0)
        r = install_program(c, folder, e);
    if (r == 0)
        r = silence_cloud_init(c, folder, e);
    if (r == 0)
        r = forget_machine(c, folder, e);
    if (r == 0)
        r = renew_ssh_keys(c, folder, e);
    if (r == 0)
        r = write_network(c, folder, config->network, nic, e);
    if (r == 0)
        r = write_seed(folder, config, token, e);
    return r;
}
