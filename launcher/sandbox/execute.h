/* SPDX-License-Identifier: MIT */
/* Carry out a plan: host steps here, the rest in a child inside new namespaces; and take it back. */
#ifndef SANDBOX_EXECUTE_H
#define SANDBOX_EXECUTE_H

#include "sandbox/failure.h"
#include "sandbox/step.h"
#include "sandbox/supervise.h"

/* An app that runs. */
struct running {
	pid_t pid;
	int terminal; /* master of its terminal, or -1 */
};

/* Launch PLAN. BOX is filled for execute_undo(), which must follow in any case. Returns 0 once the
 * app's first program was executed; or an exit code, after fail() said which step failed and why;
 * nothing of the box phase is left then. */
int execute_plan(struct running *running, struct box *box, struct arena *arena,
		 const struct plan *plan, const struct supervisor *supervisor);
/* Close the terminal and undo the host steps that were done, the last first. Only after the app's end. */
void execute_undo(struct running *running, struct box *box);

#endif
