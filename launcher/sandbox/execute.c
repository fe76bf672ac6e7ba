/* SPDX-License-Identifier: MIT */
/* Run the steps of a plan in order: davit does the host phase, a child in new namespaces the others. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "sandbox/child.h"
#include "sandbox/execute.h"
#include "sandbox/handover.h"
#include "sandbox/state.h"

/* As the shell counts: 128 + n for signal n. */
enum { SIGNAL_BASE = 128 };

/* ECONNRESET: the child went without having read all that it was sent; what it said comes next. unix(7) */
static ssize_t report_take(struct report *report, int *fd, const struct box *box)
{
	ssize_t got = sys_receive(box->report, report, sizeof(*report), fd);

	return got == -ECONNRESET ? sys_receive(box->report, report, sizeof(*report), fd) : got;
}

int execute_follow(struct running *running, const struct box *box, const struct supervisor *supervisor)
{
	struct report report;
	bool ready = false;

	for (;;) {
		autoclose int fd = -1;
		int signal = supervise_until(supervisor, box->report);
		ssize_t got = signal ? 0 : report_take(&report, &fd, box);

		if (signal) {
			fail(0, "ended by signal %d before the command was started", signal);
			return SIGNAL_BASE + signal;
		}
		if (got == 0 && ready)
			return 0;
		if (got != sizeof(report)) {
			fail(got < 0 ? (int)-got : 0,
			     "the sandbox ended before its command was started%s",
			     got < 0 ? "" : " (killed, perhaps for want of memory)");
			return EXIT_DAVIT;
		}
		running->failed = report.kind == REPORT_FAILED;
		if (running->failed && report.step < box->plan->count)
			return failure_say(&box->plan->steps[report.step], report.error);
		if (CONFIG_FAULT && report.kind == REPORT_KILL)
			(void)kill(getpid(), SIGKILL);
		if (report.kind == REPORT_TERMINAL)
			running->terminal = steal_fd(&fd);
		ready = report.kind == REPORT_READY;
	}
}

static int host_run(struct box *box)
{
	const struct plan *plan = box->plan;

	for (box->done = 0; box->done < plan->first[PHASE_BOX]; box->done++) {
		int ret = step_do(box, box->done);

		if (ret < 0)
			return failure_say(&plan->steps[box->done], -ret);
	}
	if (box->run_root >= 0 && flock(box->run_root, LOCK_UN) < 0) {
		fail(errno, "unlock %s", plan->sandbox->run_root);
		return EXIT_DAVIT;
	}
	return 0;
}

/* Where there is a cgroup v2, into it; if that cannot be, the child joins it in a step of its own. */
static pid_t box_fork(struct box *box, unsigned long namespaces)
{
	pid_t pid = -ENOSYS;

	if (box->cgroup2 >= 0)
		pid = sys_fork_into(namespaces, box->cgroup2);
	if (pid == 0)
		box->joined2 = true;
	return pid < 0 ? sys_fork(namespaces) : pid;
}

/* The app's ends are its own now: davit is to see the end of its output. */
static void streams_leave(struct box *box)
{
	int i;

	for (i = 0; i < STREAMS; i++)
		fd_close(&box->streams[i]);
}

/* The child joins its cgroups first and only then unshares the cgroup namespace, in a step of its
 * own. Returns 0 or an exit code. */
static int child_start(struct running *running, struct box *box, const struct supervisor *supervisor)
{
	unsigned long namespaces =
		box->plan->joins ? 0 :
				   box->plan->sandbox->namespaces & ~(unsigned long)CLONE_NEWCGROUP;
	pid_t pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		fail(errno, "make a socket for the sandbox");
		return EXIT_DAVIT;
	}
	pid = box_fork(box, namespaces);
	if (pid == 0) {
		fd_close(&pair[0]);
		box->report = pair[1];
		child_run(box, supervisor);
	}
	fd_close(&pair[1]);
	box->report = pair[0];
	streams_leave(box);
	if (pid < 0)
		return failure_say_namespaces((int)-pid);
	running->pid = pid;
	return 0;
}

int execute_release(const struct running *running, const struct box *box)
{
	ssize_t ret =
		box->plan->joins ? 0 : state_write_pid(box->state, running->pid, box->plan->record);

	if (ret == 0 && CONFIG_DETACH)
		ret = pidfile_write(box, running->pid);
	if (ret == 0)
		ret = sys_send(box->report, "", 1, -1);
	/* A child that is gone already has left its reason in the socket. */
	if (ret >= 0 || ret == -EPIPE || ret == -ESRCH)
		return 0;
	fail((int)-ret, "write %s/pid", box->plan->sandbox->state);
	return EXIT_DAVIT;
}

static void child_end(struct running *running)
{
	if (running->pid > 0) {
		(void)kill(running->pid, SIGKILL);
		while (waitpid(running->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	running->pid = 0;
	fd_close(&running->terminal);
}

int execute_host(struct box *box, struct arena *arena, const struct plan *plan)
{
	return box_open(box, arena, plan) < 0 ? EXIT_DAVIT : host_run(box);
}

int execute_plan(struct running *running, struct box *box, struct arena *arena,
		 const struct plan *plan, const struct supervisor *supervisor)
{
	int ret;

	*running = (struct running){ .terminal = -1 };
	ret = execute_host(box, arena, plan);
	if (ret)
		return ret;
	ret = child_start(running, box, supervisor);
	if (CONFIG_USERNS && ret == 0 && plan_has_helper(plan))
		ret = helper_run(box, running->pid, supervisor);
	if (ret == 0)
		ret = execute_release(running, box);
	if (ret == 0)
		ret = execute_follow(running, box, supervisor);
	if (CONFIG_CMD_EXEC && ret == 0 && plan->joins)
		ret = handover_take(&running->pid, box, running->pid);
	fd_close(&box->report);
	if (ret)
		child_end(running);
	return ret;
}

void execute_undo(struct running *running, struct box *box)
{
	fd_close(&running->terminal);
	if (CONFIG_CMD_EXEC)
		handover_close(&box->handover);
	while (box->done > 0) {
		const struct step *step = &box->plan->steps[--box->done];

		if (step_classes[step->kind].undo)
			step_classes[step->kind].undo(step, box);
	}
	fd_close(&box->lock);
}
