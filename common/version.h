/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What --version of all three programs and their User-Agent say. */
#define NODESEED_VERSION "0.1.0"
