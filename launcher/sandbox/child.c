/* SPDX-License-Identifier: MIT */
/* What the child does between clone and exec. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "sandbox/child.h"

/* Wait for davit's word that it knows the child; nothing but its end can come instead. */
static int wait_for_go(const struct box *box)
{
	char byte;
	ssize_t got;

	do {
		got = recv(box->report, &byte, 1, 0);
	} while (got < 0 && errno == EINTR);
	return got == 1 ? 0 : -ESRCH;
}

static int child_begin(const struct box *box, const struct supervisor *supervisor)
{
	int ret = supervise_reset(supervisor);

	if (ret < 0)
		return ret;
	/* Modes are what the steps say. The app gets the usual mask later. */
	umask(0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return wait_for_go(box);
}

static void child_report(const struct box *box, enum report_kind kind, size_t step, int error)
{
	const struct report report = { .kind = kind, .step = (uint32_t)step, .error = error };

	(void)sys_send(box->report, &report, sizeof(report), -1);
}

_Noreturn void child_run(struct box *box, const struct supervisor *supervisor)
{
	const struct plan *plan = box->plan;
	size_t i = plan->first[PHASE_BOX];
	int ret = child_begin(box, supervisor);

	for (; ret == 0 && i < plan->count; i++) {
		if (i == plan->count - 1)
			child_report(box, REPORT_READY, i, 0);
		ret = step_do(box, i);
		if (ret < 0)
			break;
	}
	child_report(box, REPORT_FAILED, box->differs ? box->differs : i, -ret);
	_exit(EXIT_FAILURE);
}
