/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model.h"

/* Gets sets of variables; anything but 0 ends the walk and is its result. */
typedef int precedence_visit(const struct vars *v, void *userdata);

/* Every set that a host has part in, the strongest first. */
int precedence_of_host(const struct inventory *inv, uint32_t host, precedence_visit *visit,
                       void *userdata);

/* The same without what belongs to the host alone. */
int precedence_of_groups(const struct inventory *inv, uint32_t host, precedence_visit *visit,
                         void *userdata);
