/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* First thing in main() of a program that holds keys or tokens: neither it nor what it starts
 * leaves a core file, and nobody but root may look into its memory. Failure leaves things as they
 * were. */
void secrecy_begin(void);
