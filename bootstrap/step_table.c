/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"
#include "steps.h"

/* A first boot, in order. */
/* clang-format off */
const struct step_row step_table[] = {
    {.step = STEP_IDENTIFY, .always = true, .run = identify_run},
    {.step = STEP_ENROL, .always = true, .run = enrol_run},
    {.step = STEP_CONFIG, .always = true, .run = config_run},
    {.step = STEP_PREFLIGHT, .needs = "preflight", .inputs = {"preflight", "host"},
     .is_done = preflight_is_done, .run = preflight_run},
    {.step = STEP_HOST, .needs = "system", .inputs = {"system", "host"},
     .is_done = host_is_done, .run = host_run},
    {.step = STEP_DISKS, .needs = "disks", .inputs = {"disks", "cluster"},
     .is_done = disks_is_done, .run = disks_run},
    {.step = STEP_REPORT, .always = true, .run = report_run},
    {.run = NULL},
};
/* clang-format on */
