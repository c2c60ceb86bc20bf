/* SPDX-License-Identifier: Apache-2.0 */
#include "install.h"

#include "disks.h"

static const struct artifact *find(const struct plan *p, enum artifact_kind kind, const char *name)
{
    for (size_t i = 0; i < p->n_artifacts; i++)
        if (p->artifacts[i].kind == kind && (!name || strcmp(p->artifacts[i].name, name) == 0))
            return &p->artifacts[i];
    return NULL;
}

const struct artifact *plan_boot_file(const struct plan *p, const char *name)
{
    return find(p, ARTIFACT_BOOT, name);
}

/* "debian-12, ubuntu-16.04" */
static void list_images(const struct plan *p, struct buf *out)
{
    for (size_t i = 0; i < p->n_artifacts; i++)
        if (p->artifacts[i].kind == ARTIFACT_OS_IMAGE)
            buf_addf(out, "%s%s", out->len ? ", " : "", p->artifacts[i].name);
}

/* The image that is named, or the only one. That there is none at all is told once, by
 * install_check. */
static const struct artifact *read_image(struct reader *r, const struct host *h)
{
    struct inventory_origin where = inventory_host_origin(r->inv, h->inventory_index);
    const json_t *value = reader_host(r, h->inventory_index, VAR_SEED_INSTALL_IMAGE, &where);
    const struct artifact *only = find(r->plan, ARTIFACT_OS_IMAGE, NULL), *image;
    _cleanup_buf_ struct buf names = BUF_INIT(4096);
    char scratch[VALUE_TEXT_SIZE];
    const char *name = value_text(value, scratch);

    if (!only)
        return NULL;
    list_images(r->plan, &names);
    if (buf_check(&names) < 0) {
        r->failed = true;
        return NULL;
    }
    image = name ? find(r->plan, ARTIFACT_OS_IMAGE, name) : only;
    if (!image)
        reader_refuse(r, where,
                      "%s: seed_install_image %.100s: seed_artifacts has the os-images %s",
                      h->pub.name, name, names.data);
    else if (!name && strcmp(names.data, only->name) != 0)
        reader_refuse(r, where, "%s boots by PXE: write which os-image in seed_install_image: %s",
                      h->pub.name, names.data);
    return image;
}

/* The system would be written over the data, or the data disk refused because the system is on it.
 */
static void check_data_disks(struct reader *r, const struct host *h, const json_t *match,
                             struct inventory_origin where)
{
    const json_t *disk;
    size_t i;

    json_array_foreach(h->disks, i, disk) if (json_equal(json_object_get(disk, "match"), match))
    {
        reader_refuse(r, where,
                      "%s: seed_install_disk and disk %zu of seed_data_disks are the same one: the "
                      "system needs a disk of its own",
                      h->pub.name, i + 1);
        return;
    }
}

void install_read_host(struct reader *r, struct host *h)
{
    struct inventory_origin where = inventory_host_origin(r->inv, h->inventory_index);
    char scratch[VALUE_TEXT_SIZE];
    const char *kind, *id, *consoles;
    const json_t *match;

    if (h->pub.boot != BOOT_PXE)
        return;
    if (!plan_host_is_identified(&h->pub))
        reader_refuse(
            r, where,
            "%s boots by PXE and cannot be told apart from others: write seed_mac, seed_uuid "
            "or seed_serial",
            h->pub.name);
    match = reader_host(r, h->inventory_index, VAR_SEED_INSTALL_DISK, &where);
    if (!match || disk_match(match, &kind, &id, NULL) < 0) {
        /* Asked for and refused: told already. */
        if (!inventory_host_var(r->inv, h->inventory_index, "seed_install_disk", NULL))
            reader_refuse(
                r, where,
                "%s boots by PXE: name the disk to install to in seed_install_disk; none is ever "
                "chosen",
                h->pub.name);
        return;
    }
    check_data_disks(r, h, match, where);
    h->install.match_kind = arena_copy(&r->plan->arena, kind);
    h->install.match_id = arena_copy(&r->plan->arena, id);
    h->install.image = read_image(r, h);
    consoles = value_text(reader_host(r, h->inventory_index, VAR_SEED_CONSOLE, NULL), scratch);
    h->install.consoles =
        consoles ? arena_copy(&r->plan->arena, consoles) : r->plan->cluster.install_consoles;
}

/* Every script once, so that what cannot be written into one is found now, and not by a machine
 * that is switched on. Names, MACs and consoles are plain by their own checks. */
static void check_scripts(struct reader *r)
{
    static const enum ipxe_script all[] = {IPXE_BOOT, IPXE_INSTALLER, IPXE_DISK, IPXE_LOCAL};
    static const char root[] = "00000000-0000-0000-0000-000000000000";

    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        _cleanup_buf_ struct buf out = BUF_INIT(16384);
        struct error e = ERROR_INIT;

        if (plan_render_ipxe(r->plan, all[i], SIZE_MAX, root, &out, &e) < 0) {
            reader_refuse(r, reader_origin(r), "boot scripts: %s", e.message);
            return;
        }
    }
}

/* A command line has an end, and a bond's members are on it. */
static void check_script_of(struct reader *r, size_t host)
{
    _cleanup_buf_ struct buf out = BUF_INIT(16384);
    struct error e = ERROR_INIT;

    if (plan_render_ipxe(r->plan, IPXE_INSTALLER, host, "", &out, &e) < 0)
        reader_refuse(r, inventory_host_origin(r->inv, r->plan->hosts[host].inventory_index), "%s",
                      e.message);
}

void install_check(struct reader *r)
{
    static const char *const files[] = {INSTALL_KERNEL, INSTALL_INITRD, INSTALL_GRUB,
                                        INSTALL_GRUB_EFI};
    struct inventory_origin where = reader_where(r, VAR_SEED_ARTIFACTS);
    const struct plan *p = r->plan;
    const char *host = NULL;

    check_scripts(r);
    for (size_t i = 0; i < p->n_hosts; i++)
        if (p->hosts[i].pub.boot == BOOT_PXE) {
            host = host ? host : p->hosts[i].pub.name;
            if (p->hosts[i].install.match_kind && p->hosts[i].pub.n_bond_macs)
                check_script_of(r, i);
        }
    if (!host)
        return;
    if (!find(p, ARTIFACT_OS_IMAGE, NULL))
        reader_refuse(r, where,
                      "%s boots by PXE, but seed_artifacts has no OS image to install: list one "
                      "with kind: os-image",
                      host);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (!find(p, ARTIFACT_BOOT, files[i]))
            reader_refuse(r, where,
                          "%s boots by PXE, but seed_artifacts has no %s: list it with kind: boot",
                          host, files[i]);
}
