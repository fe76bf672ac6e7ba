/* SPDX-License-Identifier: MIT */
/* davit run --exec: davit makes the sandbox around itself and becomes the app, so that nobody stays to watch it. */
#ifndef SANDBOX_BECOME_H
#define SANDBOX_BECOME_H

#include "sandbox/plan.h"

/* Carry out PLAN in this very process; does not return once the app was executed. A helper process
 * outside says what failed and undoes the host steps, and ends when the app begins. Returns an exit
 * code, after fail(). */
int become(struct arena *arena, const struct plan *plan, const struct host *host);

#endif
