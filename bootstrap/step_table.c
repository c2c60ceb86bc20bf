/* SPDX-License-Identifier: Apache-2.0 */
#include "install_network.h"
#include "step.h"
#include "steps.h"

/* A first boot, in order. */
/* clang-format off */
const struct step_row step_table[] = {
    {.step = STEP_IDENTIFY, .in_passing = true, .run = identify_run},
    {.step = STEP_ENROL, .in_passing = true, .run = enrol_run},
    {.step = STEP_CONFIG, .in_passing = true, .run = config_run},
    {.step = STEP_PREFLIGHT, .needs = "preflight", .inputs = {"preflight", "host"},
     .in_passing = true, .is_done = preflight_is_done, .run = preflight_run},
    {.step = STEP_HOST, .needs = "system", .inputs = {"system", "host"},
     .is_done = host_is_done, .run = host_run},
    {.step = STEP_DISKS, .needs = "disks", .inputs = {"disks", "cluster"},
     .is_done = disks_is_done, .run = disks_run},
    {.step = STEP_ARTIFACTS, .needs = "artifacts", .inputs = {"artifacts"},
     .is_done = artifacts_is_done, .run = artifacts_run},
    {.step = STEP_ETCD, .roles = NODE_ROLE_ETCD, .needs = "etcd", .inputs = {"etcd", "cluster"},
     .gated = true, .is_done = etcd_is_done, .run = etcd_run},
    {.step = STEP_CONTROL_PLANE, .roles = NODE_ROLE_MASTER, .needs = "control_plane",
     .inputs = {"control_plane", "kubelet", "cluster"}, .gated = true,
     .is_done = control_plane_is_done, .run = control_plane_run},
    {.step = STEP_NODE, .roles = NODE_ROLE_MASTER | NODE_ROLE_NODE, .needs = "node",
     .inputs = {"node", "kubelet"}, .gated = true, .is_done = node_is_done, .run = node_run},
    {.step = STEP_ADDONS, .roles = NODE_ROLE_MASTER, .needs = "addons", .inputs = {"addons"},
     .gated = true, .is_done = addons_is_done, .run = addons_run},
    {.step = STEP_REPORT, .run = report_run},
    {.run = NULL},
};

/* What comes before it on a blank machine, in the installer. Bringing up the network is part of
 * finding out where this is. */
const struct step_row install_steps[] = {
    {.step = STEP_IDENTIFY, .in_passing = true, .run = identify_run},
    {.step = STEP_IDENTIFY, .in_passing = true, .run = install_network_run},
    {.step = STEP_ENROL, .in_passing = true, .run = enrol_run},
    {.step = STEP_INSTALL, .in_passing = true, .run = install_run},
    {.run = NULL},
};
/* clang-format on */
