/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model.h"

/* FOLDER/addons: Kubernetes manifests, YAML (a stream of documents) or JSON, in the order of their
 * files' names, into inv->addons as inventory_addons() says. What has another ending than .yaml,
 * .yml or .json, and folders, are named as skipped; hidden files and README are left out. What the
 * documents say is not looked at. */
#define ADDON_FILE_MAX (2 * 1024 * 1024)
#define ADDON_FILES_MAX 256

int addons_folder_load(struct inventory *inv, const char *folder, struct error *e) _must_check_;
