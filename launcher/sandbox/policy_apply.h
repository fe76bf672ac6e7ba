/* SPDX-License-Identifier: MIT */
/* Hold a decision against the device's policy. */
#ifndef SANDBOX_POLICY_APPLY_H
#define SANDBOX_POLICY_APPLY_H

#include "sandbox/policy.h"
#include "sandbox/sandbox.h"

/* Refuse what goes beyond POLICY, which must outlive the sandbox, and take default capabilities
 * only as far as it goes. HERE: the sandbox is for this machine, so look at what its names lead to.
 * Nothing is done where there is no policy. Returns 0, or -errno said by fail(). */
int policy_apply(struct sandbox *sandbox, struct policy *policy, struct arena *arena,
		 const struct host *host, bool here);

#endif
