/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

#include "server.h"

/* The command line. -EINVAL says what is wrong with it: exit code 2. */
int options_parse(int argc, char *argv[], struct server_options *ret, struct error *e) _must_check_;
void options_usage(FILE *out);
