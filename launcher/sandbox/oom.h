/* SPDX-License-Identifier: MIT */
/* Whether the memory limit ended something. */
#ifndef SANDBOX_OOM_H
#define SANDBOX_OOM_H

#include "sandbox/sandbox.h"

/* Say how many processes of the ended sandbox the kernel killed because of its memory limit, if
 * any: then it returns true. Before the cgroup is removed. */
bool oom_report(const struct sandbox *sandbox, const struct host *host);

#endif
