/* SPDX-License-Identifier: MIT */
/* For a sandbox in a user namespace: the box phase, done by a process with davit's own rights. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "sandbox/failure.h"
#include "sandbox/helper.h"
#include "sandbox/userns.h"

/* As the shell counts: 128 + n for signal n. */
enum { SIGNAL_BASE = 128 };

static _Noreturn void helper_main(struct box *box, pid_t child, const struct supervisor *supervisor)
{
	const struct plan *plan = box->plan;
	struct report report = { .kind = REPORT_FAILED };
	size_t i = plan->first[PHASE_BOX];
	int ret = supervise_reset(supervisor);

	umask(0);
	if (ret == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		ret = -errno;
	if (ret == 0)
		ret = userns_enter(box, child);
	for (; ret == 0 && i < plan->first[PHASE_LAST]; i++) {
		ret = step_do(box, i);
		if (ret < 0)
			break;
	}
	if (ret == 0)
		_exit(EXIT_SUCCESS);
	report.step = (uint32_t)(box->differs ? box->differs : i);
	report.error = -ret;
	(void)!write(box->report, &report, sizeof(report));
	_exit(EXIT_FAILURE);
}

/* Returns 0 when the helper has ended, or an exit code. */
static int follow(const struct box *box, int socket, const struct supervisor *supervisor)
{
	autoclose int none = -1;
	struct report report;
	int signal = supervise_until(supervisor, socket);
	ssize_t got = signal ? 0 : sys_receive(socket, &report, sizeof(report), &none);

	if (signal) {
		fail(0, "ended by signal %d before the command was started", signal);
		return SIGNAL_BASE + signal;
	}
	if (got == 0)
		return 0;
	if (CONFIG_FAULT && got == sizeof(report) && report.kind == REPORT_KILL)
		(void)kill(getpid(), SIGKILL);
	if (got == sizeof(report) && report.step < box->plan->count)
		return failure_say(&box->plan->steps[report.step], report.error);
	fail(got < 0 ? (int)-got : 0, "hear of the sandbox");
	return EXIT_DAVIT;
}

static int reap(pid_t helper, int code)
{
	int status = 0;

	if (code)
		(void)kill(helper, SIGKILL);
	while (waitpid(helper, &status, 0) < 0) {
		if (errno != EINTR)
			return EXIT_DAVIT;
	}
	if (code || status == 0)
		return code;
	fail(0, "the sandbox ended before it was made (killed, perhaps for want of memory)");
	return EXIT_DAVIT;
}

static int refuse(int error, const char *what)
{
	fail(error, "%s", what);
	return EXIT_DAVIT;
}

int helper_run(struct box *box, pid_t child, const struct supervisor *supervisor)
{
	int pair[2], own = box->report, ret = userns_map(box, child);
	pid_t helper;

	if (ret < 0)
		return refuse(-ret, "write the id maps of the user namespace");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return refuse(errno, "make a socket for the sandbox");
	helper = userns_fork(box, child);
	if (helper == 0) {
		fd_close(&own);
		fd_close(&pair[0]);
		box->report = pair[1];
		helper_main(box, child, supervisor);
	}
	fd_close(&pair[1]);
	ret = helper < 0 ? refuse((int)-helper, "make a process for the sandbox") :
			   reap(helper, follow(box, pair[0], supervisor));
	fd_close(&pair[0]);
	fd_close(&box->users);
	return ret;
}
