/* SPDX-License-Identifier: MIT */
/* Host steps: pipes in place of the caller's terminal or of no terminal at all, and the ring that a
 * detached app's output goes to. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "sandbox/step.h"

/* davit's end must not block: the app may read or write when it likes. */
static int make_pipe(struct box *box, int number)
{
	int pair[2], flags;
	const int ours = number == STDIN_FILENO ? 1 : 0;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	box->pipes[number] = pair[ours];
	box->streams[number] = pair[1 - ours];
	flags = fcntl(pair[ours], F_GETFL);
	return flags < 0 || fcntl(pair[ours], F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int step_streams(const struct step *step, struct box *box)
{
	int i, ret = 0;

	for (i = 0; i < STREAMS && ret == 0; i++) {
		if (step->flags & 1UL << i)
			ret = make_pipe(box, i);
	}
	if (ret < 0)
		undo_streams(step, box);
	return ret;
}

void undo_streams(const struct step *step, struct box *box)
{
	int i;

	(void)step;
	for (i = 0; i < STREAMS; i++) {
		fd_close(&box->pipes[i]);
		fd_close(&box->streams[i]);
	}
}
