/* SPDX-License-Identifier: MIT */
/* What the child does between clone and exec. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "sandbox/child.h"
#include "sandbox/failure.h"

/* Wait for davit's word that it knows the child; nothing but its end can come instead. What the box
 * phase does ends with its namespaces, and so with the child; the rest is only done for a davit
 * that could be found again. */
static int wait_for_go(const struct box *box)
{
	char byte;
	ssize_t got;

	do {
		got = recv(box->report, &byte, 1, 0);
	} while (got < 0 && errno == EINTR);
	return got == 1 ? 0 : -ESRCH;
}

/* A process that davit itself is has no davit to die with. */
static int child_begin(const struct box *box, const struct supervisor *supervisor)
{
	int ret = supervise_reset(supervisor);

	if (ret < 0)
		return ret;
	/* Modes are what the steps say. The app gets the usual mask later. */
	if (umask(0) > 0777)
		return -EPERM;
	if (CONFIG_BECOME && box->plan->sandbox->becomes)
		return 0;
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;
}

static void child_report(const struct box *box, enum report_kind kind, size_t step, int error)
{
	const struct report report = { .kind = kind, .step = (uint32_t)step, .error = error };

	/* By write(2), which hardly any filter forbids: it is loaded by now. */
	if (write(box->report, &report, sizeof(report)) < 0)
		(void)sys_send(box->report, &report, sizeof(report), -1);
}

/* The helper says why it failed, undoes, and tells what to end with. */
static int wait_for_code(const struct box *box)
{
	uint8_t message[HELPER_MESSAGE];
	ssize_t got;

	/* davit's word that it knows the child may come before. */
	do {
		got = recv(box->report, message, sizeof(message), 0);
	} while ((got < 0 && errno == EINTR) || got == 1);
	if (got == sizeof(message))
		return message[0];
	fail(got < 0 ? errno : 0,
	     "the helper that undoes a failed launch has ended; the next davit run undoes it");
	return EXIT_DAVIT;
}

/* What the app itself could answer comes after this. A process that joins has no socket from there on. */
static bool is_ready(const struct plan *plan, size_t i)
{
	return plan->joins ? plan->steps[i].kind == STEP_FORGET : i == plan->count - 1;
}

_Noreturn void child_run(struct box *box, const struct supervisor *supervisor)
{
	const struct plan *plan = box->plan;
	size_t i = plan->first[plan_has_helper(plan) ? PHASE_LAST : PHASE_BOX];
	int ret = child_begin(box, supervisor);

	for (; ret == 0 && i < plan->count; i++) {
		if (i == plan->first[PHASE_LAST])
			ret = wait_for_go(box);
		if (ret < 0)
			break;
		if (is_ready(plan, i))
			child_report(box, REPORT_READY, i, 0);
		ret = step_do(box, i);
		if (ret < 0)
			break;
	}
	child_report(box, REPORT_FAILED, box->differs ? box->differs : i, -ret);
	if (CONFIG_CMD_EXEC && box->handover.outcome)
		*box->handover.outcome = (struct report){ REPORT_FAILED, (uint32_t)i, -ret };
	_exit(CONFIG_BECOME && plan->sandbox->becomes ? wait_for_code(box) : EXIT_FAILURE);
}
