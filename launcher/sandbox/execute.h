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
	bool failed;  /* it told itself that a step failed */
};

/* Launch PLAN. BOX is filled for execute_undo(), which must follow in any case. Returns 0 once the
 * app's first program was executed; or an exit code, after fail() said which step failed and why;
 * nothing of the box phase is left then. */
int execute_plan(struct running *running, struct box *box, struct arena *arena,
		 const struct plan *plan, const struct supervisor *supervisor);
/* Its parts, for a launch without a parent (become()). The host steps, with BOX filled for
 * execute_undo(). Returns 0 or an exit code, after fail(). */
int execute_host(struct box *box, struct arena *arena, const struct plan *plan);
/* Note down the process that RUNNING names, so that a later davit could find it, and let it go on. As above. */
int execute_release(const struct running *running, const struct box *box);
/* Take its reports until its program runs or it has failed. As above. */
int execute_follow(struct running *running, const struct box *box,
		   const struct supervisor *supervisor);
/* Close the terminal and undo the host steps that were done, the last first. Only after the app's end. */
void execute_undo(struct running *running, struct box *box);

#endif
