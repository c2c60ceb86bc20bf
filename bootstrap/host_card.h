/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "network.h"
#include "step.h"

/* Which network card config.system.network is for. A bond names its cards. Otherwise one is chosen
 * once, by what leads to the taskbox at the time, and remembered in the journal: at a later boot
 * something else may lead there, because a cable is out or a switch is slow, and that changes
 * nothing. Only when the card is gone from the machine is another one chosen: a new one, or one
 * that was idle; never one that was in use beside it, which has a network of its own. A member of a
 * bond that is not there keeps the name that it had. */

/* Fills n->nics in. With apply, says in the step's log what was noticed. Changes nothing. -ENODEV
 * when the bond's cards or the chosen one are gone and nothing takes their place, -ENETUNREACH when
 * there is nothing to choose by; both name the cards that are there. */
int host_card_find(struct context *c, struct network *n, bool apply, struct error *e) _must_check_;

/* Keeps what was found, before anything is written for it. n NULL: nothing is to be kept any more.
 */
int host_card_remember(struct context *c, const struct network *n, struct error *e) _must_check_;

/* "eth0 (52:54:00:00:00:0a) has no carrier: look at its cable"; "" while a card of n's has one, or
 * it cannot be told. */
void host_card_describe_link(struct context *c, const struct network *n, char *ret, size_t size);
