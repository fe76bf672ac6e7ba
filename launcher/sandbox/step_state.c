/* SPDX-License-Identifier: MIT */
/* Host step: the sandbox's own directory in /run/davit, locked for as long as this davit lives. */
#include <errno.h>
#include <sys/file.h>

#include "base/fd.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

/* Nobody tidies up in the run directory between the making of the directory and its lock. The
 * descriptor of the run directory stays: what is made by it is removed by it. */
int step_state(const struct step *step, struct box *box)
{
	const struct sandbox *sandbox = box->plan->sandbox;
	int ret;

	(void)step;
	box->run_root = state_lock(sandbox->run_root);
	if (box->run_root < 0)
		return box->run_root;
	box->state = state_make(box->run_root, sandbox->name);
	if (box->state >= 0 && flock(box->run_root, LOCK_UN) == 0)
		return 0;
	ret = box->state < 0 ? box->state : -errno;
	if (box->state >= 0)
		state_remove(box->run_root, sandbox->name);
	fd_close(&box->state);
	fd_close(&box->run_root);
	return ret;
}

/* What could not be removed is found again by this directory. */
void undo_state(const struct step *step, struct box *box)
{
	(void)step;
	if (!box->stuck)
		state_remove(box->run_root, box->plan->sandbox->name);
	fd_close(&box->state);
	fd_close(&box->run_root);
}
