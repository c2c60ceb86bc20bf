/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_gpt.h"

#define KIB 1024
/* "Linux filesystem data", UAPI group's Discoverable Partitions Specification */
#define TYPE_LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

int disk_gpt_script(const struct disk_want *want, const struct disk_decision *decision,
                    struct buf *out, struct error *e)
{
    size_t i;

    buf_addf(out, "label: gpt\nlabel-id: %s\n", want->whole.uuid);
    for (i = 0; i < decision->n; i++) {
        const struct disk_action *a = &decision->items[i];

        /* sectors are of 512 or 4096 bytes, so sizes go with a unit */
        buf_addf(out, "start=%lluKiB, size=%lluKiB, type=" TYPE_LINUX ", uuid=%s",
                 (unsigned long long)(a->start / KIB), (unsigned long long)(a->size / KIB),
                 a->volume->part);
        if (a->volume->label[0])
            buf_addf(out, ", name=\"%s\"", a->volume->label);
        buf_add_char(out, '\n');
    }
    return buf_check(out) < 0 ? error_oom(e) : 0;
}
