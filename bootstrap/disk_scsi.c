/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_scsi.h"

#include <scsi/sg.h>
#include <sys/ioctl.h>

#include "common/parse.h"

#define INQUIRY 0x12
#define INQUIRY_TIMEOUT_MS 5000

/* A page is [type, code, length high, length low, data…]. The data's length as the page says it,
 * cut to what was read; 0 when it is another page. */
static size_t page_length(const uint8_t *page, size_t len, uint8_t code)
{
    size_t n;

    if (len < 4 || page[1] != code)
        return 0;
    n = (size_t)page[2] << 8 | page[3];
    return n > len - 4 ? len - 4 : n;
}

char *scsi_serial(const uint8_t *page, size_t len)
{
    size_t n = page_length(page, len, SCSI_PAGE_SERIAL), i;
    const char *s = (const char *)page + 4;

    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\0'))
        n--;
    while (n > 0 && *s == ' ') {
        s++;
        n--;
    }
    for (i = 0; i < n; i++)
        if (s[i] <= 0x20 || s[i] >= 0x7f)
            return NULL;
    return n ? strndup(s, n) : NULL;
}

char *scsi_wwn(const uint8_t *page, size_t len)
{
    size_t n = page_length(page, len, SCSI_PAGE_IDENTITY), at = 0, best_len = 0;
    const uint8_t *best = NULL;
    char *text;
    int best_kind = 0;

    while (n - at >= 4) {
        const uint8_t *d = page + 4 + at;
        int set = d[0] & 0x0f, association = d[1] >> 4 & 3, kind = d[1] & 0x0f;
        size_t size = d[3];

        if (size > n - at - 4)
            break;
        /* binary, of the logical unit (not of its port), EUI-64 (2) or NAA (3) */
        if (set == 1 && association == 0 && (kind == 2 || kind == 3) && size >= 8 &&
            kind > best_kind) {
            best = d + 4;
            best_len = size;
            best_kind = kind;
        }
        at += 4 + size;
    }
    if (!best)
        return NULL;
    text = malloc(2 * best_len + 1);
    if (text)
        format_hex(best, best_len, text);
    return text;
}

int scsi_read_page(int fd, uint8_t page, uint8_t ret[SCSI_PAGE_MAX])
{
    uint8_t command[6] = {INQUIRY, 1, page, SCSI_PAGE_MAX >> 8, SCSI_PAGE_MAX & 0xff, 0}, sense[32];
    struct sg_io_hdr request = {
        .interface_id = 'S',
        .dxfer_direction = SG_DXFER_FROM_DEV,
        .cmd_len = sizeof(command),
        .cmdp = command,
        .mx_sb_len = sizeof(sense),
        .sbp = sense,
        .dxfer_len = SCSI_PAGE_MAX,
        .dxferp = ret,
        .timeout = INQUIRY_TIMEOUT_MS,
    };

    if (ioctl(fd, SG_IO, &request) < 0)
        return -errno;
    if ((request.info & SG_INFO_OK_MASK) != SG_INFO_OK || request.resid < 0 ||
        request.resid > SCSI_PAGE_MAX)
        return -EIO;
    return SCSI_PAGE_MAX - request.resid;
}
