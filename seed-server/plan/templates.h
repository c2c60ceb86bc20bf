/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "common/error.h"

/* The texts of templates/, built into the program. A placeholder is @name@; its value goes in
 * through the escaper of the file's type (templates.c), so that a value can never become syntax. */
enum template {
    TEMPLATE_KUBELET_SERVICE,
    TEMPLATE_KUBELET_DROP_IN,
    TEMPLATE_ETCD_SERVICE,
    TEMPLATE_CONTAINERD,
    TEMPLATE_CONTAINERD_SERVICE,
    TEMPLATE_COREFILE,
    TEMPLATE_IPXE_BOOT,
    TEMPLATE_IPXE_INSTALLER,
    TEMPLATE_IPXE_DISK,
    TEMPLATE_IPXE_LOCAL,
    TEMPLATE_IPXE_STRANGER,
    TEMPLATE_FETCH_BOOTSTRAP,
    TEMPLATE_SCRUB_TOKEN,
    TEMPLATE_BOOTSTRAP_UNIT, /* bootstrap/seed-bootstrap.service; nothing in it to fill */
    TEMPLATE_COUNT
};

/* values: name, value, name, value, …, NULL. -EINVAL for a value that the file's type cannot hold
 * and for a placeholder without a value. */
int template_fill(enum template t, const char *const *values, struct buf *out,
                  struct error *e) _must_check_;
