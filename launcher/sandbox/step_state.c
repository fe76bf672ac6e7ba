/* SPDX-License-Identifier: MIT */
/* Host step: the sandbox's own directory in /run/davit, locked for as long as this davit lives. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

/* Nobody tidies up in the run directory between the making of the directory and its lock. */
int step_state(const struct step *step, struct box *box)
{
	autoclose int lock = state_lock(box->plan->sandbox->run_root);
	int ret;

	if (lock < 0)
		return lock;
	if (mkdir(step->target, 0700) < 0)
		return -errno;
	box->state = open(step->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (box->state >= 0 && flock(box->state, LOCK_EX | LOCK_NB) == 0)
		return 0;
	ret = -errno;
	state_remove(-1, step->target);
	fd_close(&box->state);
	return ret;
}

void undo_state(const struct step *step, struct box *box)
{
	/* What could not be removed is found again by this directory. */
	if (!box->stuck)
		state_remove(box->state, step->target);
	fd_close(&box->state);
}
