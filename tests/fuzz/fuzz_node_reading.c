/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "bootstrap/artifact.h"
#include "bootstrap/disk_marker.h"
#include "bootstrap/disk_plan.h"
#include "bootstrap/disk_record.h"
#include "bootstrap/disk_scsi.h"
#include "bootstrap/fstab.h"
#include "bootstrap/image_import.h"
#include "bootstrap/mark_patch.h"
#include "bootstrap/volumes.h"
#include "common/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define UUID "aaaaaaaa-0000-4000-8000-000000000001"
#define PLACE "/mnt/disks/" UUID

/* What a machine is read by: the first byte says as what. */
static void read_pages(const uint8_t *data, size_t size)
{
    free(scsi_serial(data, size));
    free(scsi_wwn(data, size));
}

/* One line is ours afterwards, and a second edit changes nothing. */
static void edit_fstab(const char *text)
{
    struct error e = ERROR_INIT;
    char *once = NULL, *twice = NULL;

    if (fstab_edit(text, UUID, PLACE, "ext4", &once, &e) < 0)
        return;
    if (fstab_edit(once, UUID, PLACE, "ext4", &twice, &e) < 0 || strcmp(once, twice) != 0 ||
        !strstr(once, "UUID=" UUID " " PLACE " ext4 "))
        abort();
    free(once);
    free(twice);
}

static void read_base64(const char *text)
{
    struct error e = ERROR_INIT;
    char *out = NULL;
    size_t len;

    if (base64_decode(text, &out, &len, &e) == 0 && len > strlen(text))
        abort();
    free(out);
}

/* A marker that is accepted is the same after being written and read again. */
static void read_marker(const char *text, size_t size)
{
    struct disk_marker a = {.incarnation = 0}, b = {.incarnation = 0};
    _cleanup_buf_ struct buf out = BUF_INIT(64 * 1024);
    struct error e = ERROR_INIT;

    if (disk_marker_parse(text, size, &a, &e) < 0)
        return;
    if (disk_marker_print(&a, &out, &e) < 0 || disk_marker_parse(out.data, out.len, &b, &e) < 0 ||
        memcmp(&a, &b, sizeof(a)) != 0)
        abort();
}

/* Every volume is right below the folder, and none is there twice. */
static void read_mounts(const char *text)
{
    _cleanup_volume_mounts_ struct volume_mounts m = {.n = 0};
    struct error e = ERROR_INIT;

    if (volume_mounts_parse(text, "", "/mnt/disks", &m, &e) < 0)
        return;
    for (size_t i = 0; i < m.n; i++)
        if (strncmp(m.items[i].path, "/mnt/disks/", 11) != 0 ||
            (i && strcmp(m.items[i - 1].path, m.items[i].path) >= 0))
            abort();
}

static void read_lists(const char *text, size_t size)
{
    _cleanup_json_ json_t *json = NULL;
    struct artifact *artifacts = NULL;
    struct disk_record record;
    struct disk_want *wants = NULL;
    struct error e = ERROR_INIT;
    size_t n;

    if (json_parse(text, size, 64 * 1024, &json, &e) < 0)
        return;
    if (artifacts_parse(json, &artifacts, &n, &e) == 0)
        free(artifacts);
    if (disk_wants_parse(json, &wants, &n, &e) == 0)
        free(wants);
    if (disk_record_parse(json, &record, &e) == 0)
        json_decref(disk_record_to_json(&record));
}

/* RFC 7386 */
static void merge(json_t *target, const json_t *patch)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)patch, key, value)
    {
        if (json_is_null(value)) {
            (void)json_object_del(target, key);
        } else if (json_is_object(value)) {
            if (!json_is_object(json_object_get(target, key)))
                (void)json_object_set_new(target, key, json_object());
            merge(json_object_get(target, key), value);
        } else {
            (void)json_object_set(target, key, value);
        }
    }
}

/* [Node, wanted]: what a patch makes of a Node needs no other, and has all that is wanted. */
static void patch_node(const char *text, size_t size)
{
    _cleanup_json_ json_t *pair = NULL, *patch = NULL, *again = NULL;
    const json_t *wanted, *labels;
    struct error e = ERROR_INIT;
    const char *key;
    json_t *node, *value;

    if (json_parse(text, size, 64 * 1024, &pair, &e) < 0 || json_array_size(pair) != 2)
        return;
    node = json_array_get(pair, 0);
    wanted = json_array_get(pair, 1);
    if (mark_patch(node, wanted, &patch, &e) < 0)
        return;
    if (patch)
        merge(node, patch);
    if (mark_patch(node, wanted, &again, &e) < 0 || again)
        abort();
    labels = json_object_get(json_object_get(node, "metadata"), "labels");
    json_object_foreach(json_object_get(wanted, "labels"), key, value)
    {
        if (!json_equal(json_object_get(labels, key), value))
            abort();
    }
}

static bool has(const json_t *list, const json_t *text)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (json_equal(item, text))
            return true;
    }
    return false;
}

/* What ctr lists, where the half before the first empty line was there before: nothing of that is
 * new, and what is new is listed. */
static void list_images(char *text)
{
    _cleanup_json_ json_t *had = NULL, *had_layers = NULL, *now = NULL, *digests = NULL,
                          *layers = NULL, *new_layers = NULL, *names = NULL;
    char *list = strstr(text, "\n\n");
    struct error e = ERROR_INIT;
    const json_t *item;
    size_t i, kept = 0;

    if (!list)
        return;
    *list++ = '\0';
    if (image_import_digests(text, &had, &e) < 0 ||
        image_import_layers(text, &had_layers, &e) < 0 ||
        image_import_digests(list, &now, &e) < 0 || image_import_layers(list, &layers, &e) < 0 ||
        image_import_new_digests(list, had, &digests, &e) < 0 ||
        image_import_new_layers(list, had_layers, &new_layers, &kept, &e) < 0 ||
        image_import_new_names(list, had, &names, &e) < 0)
        return;
    json_array_foreach(digests, i, item)
    {
        if (has(had, item) || !has(now, item))
            abort();
    }
    json_array_foreach(new_layers, i, item)
    {
        if (has(had_layers, item) || !has(layers, item))
            abort();
    }
    if (json_array_size(new_layers) + kept > json_array_size(layers))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = size ? malloc(size) : NULL;

    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0]) {
    case 'p':
        read_pages(data + 1, size - 1);
        break;
    case 'f':
        edit_fstab(text);
        break;
    case 'b':
        read_base64(text);
        break;
    case 'm':
        read_marker(text, size - 1);
        break;
    case 'j':
        read_lists(text, size - 1);
        break;
    case 'n':
        patch_node(text, size - 1);
        break;
    case 'v':
        read_mounts(text);
        break;
    case 'l':
        list_images(text);
        break;
    case 'i':
        (void)image_is_listed(text, "k8s.gcr.io/pause:3.2", "sha256:1111");
        break;
    default:
        break;
    }
    return 0;
}
