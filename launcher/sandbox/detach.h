/* SPDX-License-Identifier: MIT */
/* A launch whose davit stays in the background. */
#ifndef SANDBOX_DETACH_H
#define SANDBOX_DETACH_H

#include "sandbox/plan.h"

/* Carry out PLAN on HOST in a process of its own, and return once its app runs, after the sandbox's
 * name was printed, or has not been started. Returns 0, or the exit code of davit run; said by
 * fail(). */
int detach_launch(struct arena *arena, const struct plan *plan, const struct host *host);
/* The same, but the name is not printed. */
int detach_quietly(struct arena *arena, const struct plan *plan, const struct host *host);
/* In that process: the app runs. Leave the caller's session, directory and streams, then tell it
 * over TELL, which is closed. Returns 0, or -errno when nobody is told any more. */
int detach_ready(int tell);

#endif
