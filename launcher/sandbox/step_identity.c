/* SPDX-License-Identifier: MIT */
/* Last steps: who the app runs as, its resource limits, and that it never gains privileges. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys.h"
#include "sandbox/step.h"

int step_rlimit(const struct step *step, struct box *box)
{
	const struct rlimit limit = { .rlim_cur = step->numbers[0], .rlim_max = step->numbers[1] };

	(void)box;
	return setrlimit((int)step->flags, &limit) < 0 ? -errno : 0;
}

/* Changing ids clears the parent death signal (prctl(2)), so it is set again; had davit ended in
 * between, its end of the socket would be closed. */
static int die_with_parent(const struct box *box)
{
	char byte;
	ssize_t got;

	if (CONFIG_BECOME && box->plan->sandbox->becomes)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	got = recv(box->report, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	if (got < 0)
		return errno == EAGAIN ? 0 : -errno;
	return got == 0 ? -ESRCH : 0;
}

int step_ids(const struct step *step, struct box *box)
{
	int ret;

	(void)step;
	/* For capabilities that another user is to hold; cleared at exec. */
	if (box->plan->sandbox->ambient && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	ret = sys_set_ids(box->uid, box->gid, box->groups, (size_t)box->group_count);
	return ret < 0 ? ret : die_with_parent(box);
}

int step_no_new_privs(const struct step *step, struct box *box)
{
	(void)step;
	(void)box;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
