/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"
#include "steps.h"

/* A first boot, in order. */
const struct step_row step_table[] = {
    {.step = STEP_IDENTIFY, .always = true, .run = identify_run},
    {.step = STEP_ENROL,  .always = true, .run = enrol_run},
    {.step = STEP_CONFIG,    .always = true, .run = config_run},
    {.step = STEP_DISKS,
     .needs = "disks",
     .inputs = {"disks", "cluster"},
     .is_done = disks_is_done,
     .run = disks_run},
    {.run = NULL  },
};
