/* SPDX-License-Identifier: MIT */
/* Host step: the sandbox's own directory in /run/davit, locked for as long as this davit lives. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "sandbox/ending.h"
#include "sandbox/state.h"
#include "sandbox/step.h"

/* For a davit that tidies up after this one was killed: before there is any cgroup. */
static int note(const struct box *box, const char *text, const char *file)
{
	const char *name = box->plan->sandbox->name;
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", name, file);
	if (symlinkat(text, box->run_root, path) == 0)
		return 0;
	ret = -errno;
	(void)state_remove(box->run_root, name, 0);
	return ret;
}

/* The run directory stays locked until the host phase is over: nobody tidies up in it meanwhile,
 * and launches of one image at the same time find each other's loop device. What is made by its
 * descriptor is removed by it. */
int step_state(const struct step *step, struct box *box)
{
	const struct sandbox *sandbox = box->plan->sandbox;
	int ret;

	/* An admission has locked it already. */
	if (box->run_root < 0)
		box->run_root = state_lock(sandbox->run_root);
	if (box->run_root < 0)
		return box->run_root;
	box->state = state_make(box->run_root, sandbox->name);
	ret = box->state < 0 ? box->state : 0;
	if (ret == 0 && step->source)
		ret = note(box, step->source, STATE_PARENT);
	if (ret == 0 && CONFIG_BECOME && sandbox->becomes)
		ret = note(box, "pid", STATE_UNWATCHED); /* a file that is there */
	if (ret == 0)
		return 0;
	fd_close(&box->run_root);
	return ret;
}

/* What could not be removed is found again by this directory. */
void undo_state(const struct step *step, struct box *box)
{
	int ret = 0;

	while (flock(box->run_root, LOCK_EX) < 0 && errno == EINTR)
		;
	if (!box->stuck && CONFIG_DETACH && box->kept)
		ret = ending_commit(box->run_root, box->plan->sandbox->name);
	else if (!box->stuck)
		ret = state_remove(box->run_root, box->plan->sandbox->name, box->code);
	if (ret < 0)
		warn("%s: cannot be removed now, the next davit run will: %s", step->target,
		     strerror(-ret));
	fd_close(&box->state);
	fd_close(&box->run_root);
}
