/* SPDX-License-Identifier: MIT */
/* Host step: the ring that a detached app's output goes to. */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "sandbox/step.h"

int step_log(const struct step *step, struct box *box)
{
	autoclose int dir = openat(box->run_root, box->plan->sandbox->name,
				   O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return dir < 0 ? -errno : ring_make(&box->log, dir, "log", (uint32_t)step->numbers[0]);
}

/* The file goes, or stays, with the directory. */
void undo_log(const struct step *step, struct box *box)
{
	(void)step;
	ring_close(&box->log);
}
