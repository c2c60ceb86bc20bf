/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"

/* What a SCSI device says about itself in its vital product data (SPC-4, 7.8). Kernels from 4.5 on
 * show the pages in sysfs; older ones have to be asked. */

#define SCSI_PAGE_MAX 512
#define SCSI_PAGE_SERIAL 0x80
#define SCSI_PAGE_IDENTITY 0x83

/* The unit serial number of page 0x80, blanks trimmed; NULL when the page is not one, holds nothing
 * printable, or without memory. */
char *scsi_serial(const uint8_t *page, size_t len) _must_check_;

/* The device's own NAA or EUI-64 designator of page 0x83 as lower case hex; NAA is preferred. NULL
 * when there is none. */
char *scsi_wwn(const uint8_t *page, size_t len) _must_check_;

/* INQUIRY with EVPD on an open device. The number of bytes, or a negative errno. */
int scsi_read_page(int fd, uint8_t page, uint8_t ret[SCSI_PAGE_MAX]) _must_check_;
