/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* What is to be seen of a machine without changing anything on it, for whoever decides what it is
 * to become ("seedctl status" shows it while the machine waits):
 *   {"nics":[{"name","mac","driver","link":bool,"speed":MBIT|null}],
 *    "disks":[{"name","size","serial","wwn","path","content":"blank" or words}],
 *    "dmi":{"vendor","product","serial","uuid"},"memory_mb":N,"cpus":N}
 * What is not known is null. At most INSTALL_FACTS_MAX bytes: the last disks are left out first. */
#define INSTALL_FACTS_MAX ((size_t)16 * 1024)

/* Disks are opened for reading only. *ret is a new reference. */
int install_facts_read(const char *root, json_t **ret, struct error *e) _must_check_;
