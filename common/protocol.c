/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol.h"

#include "mem.h"

static const struct {
    const char *name, *doing;
} steps[] = {
    [STEP_INSTALL] = {"install",       "installing"                },
    [STEP_IDENTIFY] = {"identify",      "identifying the machine"   },
    [STEP_ENROL] = {"enrol",         "enrolling"                 },
    [STEP_CONFIG] = {"config",        "fetching the configuration"},
    [STEP_PREFLIGHT] = {"preflight",     "checking the machine"      },
    [STEP_HOST] = {"host",          "setting up the host"       },
    [STEP_DISKS] = {"disks",         "preparing disks"           },
    [STEP_ARTIFACTS] = {"artifacts",     "fetching artifacts"        },
    [STEP_ETCD] = {"etcd",          "joining etcd"              },
    [STEP_CONTROL_PLANE] = {"control-plane", "joining the control plane" },
    [STEP_NODE] = {"node",          "joining as a node"         },
    [STEP_ADDONS] = {"addons",        "installing addons"         },
    [STEP_REPORT] = {"report",        "reporting ready"           },
};
_Static_assert(ARRAY_SIZE(steps) == STEP_COUNT, "every step has a row");

const char *step_name(enum step step)
{
    return (unsigned)step < STEP_COUNT ? steps[step].name : NULL;
}

const char *step_doing(enum step step)
{
    return (unsigned)step < STEP_COUNT ? steps[step].doing : NULL;
}

int step_find(const char *name)
{
    for (int i = 0; i < STEP_COUNT; i++)
        if (strcmp(steps[i].name, name) == 0)
            return i;
    return -1;
}
