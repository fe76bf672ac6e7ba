/* SPDX-License-Identifier: MIT */
/* For a sandbox in a user namespace: the box phase, done by a process with davit's own rights. */
#ifndef SANDBOX_HELPER_H
#define SANDBOX_HELPER_H

#include "sandbox/step.h"
#include "sandbox/supervise.h"

/* Write the id maps of CHILD, which waits, and carry out the box phase in its namespaces. Returns 0
 * once the helper has done so and is gone, or an exit code, said by fail(). */
int helper_run(struct box *box, pid_t child, const struct supervisor *supervisor);

#endif
