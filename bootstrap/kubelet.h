/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* The config's "kubelet": its files, certificates, container runtime and unit. On a master the
 * control plane's static pods need it, so that the step before the node's brings it up already. */

/* Refuses (-EPERM) files of another cluster; call before anything is written below /etc/kubernetes.
 */
int kubelet_claim(struct context *c, struct error *e) _must_check_;

/* *ret: does the config bring the runtime's unit? Then the runtime itself is one of the artifacts,
 * and those that are programs have to be there before it can run. */
int kubelet_brings_runtime(struct context *c, bool *ret, struct error *e) _must_check_;

/* Makes its container runtime run as configured, before there is a kubelet: images are imported
 * into it. A runtime that this machine does not have, or a host without a kubelet, is no failure.
 */
int kubelet_runtime_bring_up(struct context *c, struct error *e) _must_check_;

/* Makes it run as configured; restarts what runs with an older configuration. */
int kubelet_bring_up(struct context *c, struct error *e) _must_check_;

/* *ret: are its files and certificates in place and its unit active? */
int kubelet_check(struct context *c, bool *ret, struct error *e) _must_check_;
