/* SPDX-License-Identifier: MIT */
/* Host step: the sandbox's own directory in /run/davit, locked for as long as this davit lives. */
#include "base/fd.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

/* Nobody tidies up in the run directory between the making of the directory and its lock. */
int step_state(const struct step *step, struct box *box)
{
	autoclose int lock = state_lock(box->plan->sandbox->run_root);

	if (lock < 0)
		return lock;
	box->state = state_make(step->target);
	return box->state < 0 ? box->state : 0;
}

/* What could not be removed is found again by this directory. */
void undo_state(const struct step *step, struct box *box)
{
	if (!box->stuck)
		state_remove(step->target);
	fd_close(&box->state);
}
