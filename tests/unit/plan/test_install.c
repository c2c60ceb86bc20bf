/* SPDX-License-Identifier: Apache-2.0 */
/* seed_boot=pxe: what the inventory must say for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"
#include "pxe_plan.h"
#include "seed-server/plan/model.h"

static void complete(void **state)
{
    struct made m = make_plan(guide_pxe(MAC DISK), LIST FILES OS("debian"), NULL);
    const struct host *h;

    (void)state;
    if (!m.plan)
        fail_msg("%s", m.problems);
    h = &m.plan->hosts[plan_find_host(m.plan, "node2")];
    assert_int_equal(h->pub.boot, BOOT_PXE);
    assert_string_equal(h->install.match_kind, "serial");
    assert_string_equal(h->install.match_id, "OS2");
    assert_string_equal(h->install.image->name, "debian");
    assert_int_equal(h->install.image->raw_size, 4194304);
    assert_string_equal(h->install.image->compression, "zstd");
    assert_int_equal(plan_settings(m.plan)->install_parallel, 50);
    assert_null(m.plan->hosts[0].install.match_kind);
    made_done(&m);
}

/* What boots machines is served by its name and its digest, and is in no node's config. */
static void not_for_nodes(void **state)
{
    struct made m = make_plan(guide_pxe(MAC DISK), LIST FILES OS("debian"), NULL);
    json_t *config = config_of(&m, "node2");

    (void)state;
    assert_int_equal(json_array_size(at(config, "/artifacts")), 0);
    assert_string_equal(plan_artifact(m.plan, 4)->name, "debian");
    assert_null(plan_artifact(m.plan, 5));
    json_decref(config);
    made_done(&m);
}

static void identifies(void **state)
{
    const char *vars = LIST FILES OS("debian");

    (void)state;
    assert_refused(guide_pxe(DISK), vars, "hosts.ini:3: node2 boots by PXE and cannot be told");
    assert_silent(guide_pxe(DISK MAC), vars, "told apart");
    assert_silent(guide_pxe(DISK "seed_serial=ABC123"), vars, "told apart");
    assert_refused(guide_pxe(DISK "seed_serial='Default string'"), vars,
                   "seed_serial: vendors give this value to many machines");
    assert_refused(guide_pxe(DISK "seed_uuid=00000000-0000-0000-0000-000000000000"), vars,
                   "seed_uuid: vendors give this value to many machines");
}

static void the_disk(void **state)
{
    const char *vars = LIST FILES OS("debian");

    (void)state;
    assert_refused(guide_pxe(MAC), vars, "name the disk to install to in seed_install_disk");
    assert_refused(guide_pxe(MAC "seed_install_disk=/dev/sda"), vars,
                   "seed_install_disk: expected the disk as exactly one of serial");
    assert_refused(guide_pxe(MAC "\"seed_install_disk={'size': 'largest'}\""), vars,
                   "not by 'size'");
    assert_refused(guide_pxe(MAC DISK "\"seed_data_disks=[{'match': {'serial': 'OS2'}}]\""), vars,
                   "seed_install_disk and disk 1 of seed_data_disks are the same one");
    assert_silent(guide_pxe(MAC DISK "\"seed_data_disks=[{'match': {'serial': 'DATA2'}}]\""), vars,
                  "the same one");
}

static void the_image(void **state)
{
    const char *two = LIST FILES OS("debian") OS("ubuntu");
    struct made m;

    (void)state;
    assert_refused(guide_pxe(MAC DISK), LIST FILES,
                   "node2 boots by PXE, but seed_artifacts has no OS image to install");
    assert_refused(guide_pxe(MAC DISK), two, "seed_install_image: debian, ubuntu");
    assert_refused(guide_pxe(MAC DISK "seed_install_image=arch"), two,
                   "seed_install_image arch: seed_artifacts has the os-images debian, ubuntu");
    assert_refused(guide_pxe(MAC DISK "seed_install_image=installer.vmlinuz"), two,
                   "seed_install_image installer.vmlinuz");
    m = make_plan(guide_pxe(MAC DISK "seed_install_image=ubuntu"), two, NULL);
    if (!m.plan)
        fail_msg("%s", m.problems);
    assert_string_equal(m.plan->hosts[1].install.image->name, "ubuntu");
    made_done(&m);
}

static void the_boot_files(void **state)
{
    const char *none = "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\n";

    (void)state;
    assert_refused(guide_pxe(MAC DISK), none, "has no installer.vmlinuz: list it with kind: boot");
    assert_refused(guide_pxe(MAC DISK), LIST OS("debian") BOOT("installer.vmlinuz"),
                   "has no installer.initrd");
    assert_refused(guide_pxe(MAC DISK),
                   LIST OS("debian") BOOT("installer.vmlinuz") BOOT("installer.initrd"),
                   "has no grub-local.pxe");
    assert_refused(guide_pxe(MAC DISK),
                   LIST OS("debian") BOOT("installer.vmlinuz") BOOT("installer.initrd")
                       BOOT("grub-local.pxe"),
                   "has no grub-local.efi");
    assert_silent(GUIDE, none, "boots by PXE");
}

static void trust(void **state)
{
    const char *vars = LIST FILES OS("debian");

    (void)state;
    assert_refused(guide_pxe(MAC DISK "seed_trust=token"), vars,
                   "seed_trust=token cannot go with seed_boot=pxe, where everybody could read the "
                   "token: write approve or first-use, or boot by cloud-init or image");
    assert_silent(guide_pxe(MAC DISK "seed_trust=approve"), vars, "seed_trust=token");
}

static void artifact_kinds(void **state)
{
#define BAD(item, words)                                                                           \
    assert_refused(GUIDE, LIST "- {name: x, size: 4096, sha256: '" DIGEST "', " item "}\n", words)
    (void)state;
    BAD("kind: disk", "kind: expected binary, image, os-image or boot, not 'disk'");
    BAD("kind: os-image, compression: bzip2, raw_size: 4194304",
        "compression: expected none, gzip, xz or zstd, not 'bzip2'");
    BAD("kind: os-image, compression: xz", "raw_size");
    BAD("kind: os-image, compression: xz, raw_size: 4194305", "raw_size: expected");
    BAD("kind: os-image, compression: xz, raw_size: 4096", "raw_size: expected");
    BAD("kind: os-image", "raw_size: expected");
    BAD("kind: os-image, raw_size: 4194304", "an image that is not compressed has 4096 bytes");
    BAD("kind: boot, roles: [node]", "roles: nodes do not fetch what is of kind boot: drop it");
    BAD("kind: os-image, compression: xz, raw_size: 4194304, roles: [node]", "of kind os-image");
#undef BAD
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complete),   cmocka_unit_test(not_for_nodes),
        cmocka_unit_test(identifies), cmocka_unit_test(the_disk),
        cmocka_unit_test(the_image),  cmocka_unit_test(the_boot_files),
        cmocka_unit_test(trust),      cmocka_unit_test(artifact_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
