/* SPDX-License-Identifier: MIT */
/* A launch from plan to exit code: put leftovers right, execute, watch, take back. */
#ifndef SANDBOX_LAUNCH_H
#define SANDBOX_LAUNCH_H

#include "sandbox/plan.h"

/* Carry out PLAN on HOST and stay until the app has ended. Returns the exit code of davit run: the
 * app's own, 128 + n for signal n, or Docker's 125, 126 and 127, said by fail(). Nothing is left
 * behind in any case, but how a detached app ended. TELL: NULL, or where detach_ready() is told
 * once the app runs: -1 afterwards. */
int launch(struct arena *arena, const struct plan *plan, const struct host *host, int *tell);

/* davit run --exec: carry out PLAN in this very process, which becomes the app; does not return
 * once that was executed. A helper process outside says what failed and undoes the host steps, and
 * ends when the app begins. Returns an exit code, after fail(). */
int become(struct arena *arena, const struct plan *plan, const struct host *host);

#endif
