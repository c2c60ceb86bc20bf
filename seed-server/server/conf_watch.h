/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Watches a configuration folder, its group_vars, host_vars and addons, and every folder below
 * these, also those that hold no file yet: one that appears there changes the inventory. A folder
 * that is watched already stays so; one that cannot be watched is named in the log. Call it before
 * the folder is read, so that nothing slips in between. inotify_fd is borrowed. */
void conf_watch(int inotify_fd, const char *conf);
