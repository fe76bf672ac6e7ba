/* SPDX-License-Identifier: MIT */
/* Host step: the sandbox's own directory in /run/davit, locked for as long as this davit lives. */
#include <errno.h>
#include <sys/file.h>

#include "base/fd.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

/* The run directory stays locked until the host phase is over: nobody tidies up in it meanwhile,
 * and launches of one image at the same time find each other's loop device. What is made by its
 * descriptor is removed by it. */
int step_state(const struct step *step, struct box *box)
{
	const struct sandbox *sandbox = box->plan->sandbox;
	int ret;

	(void)step;
	/* An admission has locked it already. */
	if (box->run_root < 0)
		box->run_root = state_lock(sandbox->run_root);
	if (box->run_root < 0)
		return box->run_root;
	box->state = state_make(box->run_root, sandbox->name);
	if (box->state >= 0)
		return 0;
	ret = box->state;
	fd_close(&box->run_root);
	return ret;
}

/* What could not be removed is found again by this directory. */
void undo_state(const struct step *step, struct box *box)
{
	(void)step;
	while (flock(box->run_root, LOCK_EX) < 0 && errno == EINTR)
		;
	if (!box->stuck)
		state_remove(box->run_root, box->plan->sandbox->name);
	fd_close(&box->state);
	fd_close(&box->run_root);
}
