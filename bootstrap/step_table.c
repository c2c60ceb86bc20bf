/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"
#include "steps.h"

/* A first boot, in order. A row is added together with its step's file. */
const struct step_row step_table[] = {
    {.run = NULL},
};
