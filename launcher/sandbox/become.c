/* SPDX-License-Identifier: MIT */
/* Launch without a parent: davit itself goes through the steps and ends in the app's program. What
 * must be done from outside (say why it failed, undo, note the process down) is done by a helper
 * that is gone when the app begins. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "sandbox/child.h"
#include "sandbox/execute.h"
#include "sandbox/launch.h"
#include "sandbox/state.h"

enum { TRIES = 3 };

/* Out of the cgroups, so that they can be removed while it waits for its exit code: up to where they are mounted. */
static void cgroups_leave(const struct box *box, const struct host *host, pid_t app)
{
	char path[PATH_MAX], number[16];
	size_t i;

	snprintf(number, sizeof(number), "%d", (int)app);
	for (i = 0; i < CONTROLLER_COUNT; i++) {
		if (!box->plan->sandbox->cgroups[i])
			continue;
		snprintf(path, sizeof(path), "%s/cgroup.procs", host->controllers[i].path);
		(void)sys_write_file(AT_FDCWD, path, number);
	}
}

/* What failed was said by the process itself, which waits for its exit code; or it must not go on. */
static _Noreturn void outsider_run(struct box *box, const struct supervisor *supervisor,
				   const struct host *host, pid_t app)
{
	struct running running = { .pid = app, .terminal = -1 };
	int code = execute_release(&running, box);
	uint8_t message[HELPER_MESSAGE];

	if (code == 0)
		code = execute_follow(&running, box, supervisor);
	if (code == 0)
		_exit(EXIT_SUCCESS);
	if (!running.failed)
		(void)kill(app, SIGKILL);
	else
		cgroups_leave(box, host, app);
	execute_undo(&running, box);
	message[0] = message[1] = (uint8_t)code;
	(void)sys_send(box->report, message, sizeof(message), -1);
	_exit(EXIT_SUCCESS);
}

/* A child of a child, so that the app does not inherit a process that it would have to wait for. */
static int outsider_start(struct box *box, const struct supervisor *supervisor,
			  const struct host *host, int pair[2])
{
	const pid_t app = getpid();
	pid_t between, helper;
	int status = 0, tries = 0;

	/* Numbers below that would be whole groups of processes to kill(2). */
	if (app < 1)
		return -ESRCH;
	between = sys_fork_alike();
	if (between == 0) {
		helper = sys_fork_alike();
		if (helper != 0)
			_exit(helper < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
		fd_close(&pair[1]);
		box->report = pair[0];
		outsider_run(box, supervisor, host, app);
	}
	if (between < 0)
		return between;
	while (waitpid(between, &status, 0) < 0) {
		if (errno != EINTR && ++tries == TRIES)
			return -errno;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : -EAGAIN;
}

static int become_with(struct box *box, const struct supervisor *supervisor, const struct host *host)
{
	int pair[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		fail(errno, "make a socket for the helper");
		return EXIT_DAVIT;
	}
	ret = outsider_start(box, supervisor, host, pair);
	fd_close(&pair[0]);
	if (ret < 0) {
		fd_close(&pair[1]);
		fail(-ret, "start the helper that undoes a failed launch");
		return EXIT_DAVIT;
	}
	box->report = pair[1];
	child_run(box, supervisor);
}

int become(struct arena *arena, const struct plan *plan, const struct host *host)
{
	struct supervisor supervisor = { .signals = -1 };
	struct running running = { .terminal = -1 };
	struct box box;
	int code = EXIT_DAVIT;

	state_tidy(plan->sandbox->run_root, host);
	if (supervise_begin(&supervisor) < 0)
		return code;
	code = execute_host(&box, arena, plan);
	if (code == 0)
		code = become_with(&box, &supervisor, host);
	box.code = code;
	execute_undo(&running, &box);
	supervise_end(&supervisor);
	return code;
}
