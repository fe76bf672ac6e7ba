/* SPDX-License-Identifier: MIT */
/* Run the steps of a plan in order: davit does the host phase, a child in new namespaces the others. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "config.h"
#include "sandbox/execute.h"
#include "sandbox/fault.h"
#include "sandbox/remedy.h"
#include "sandbox/report.h"
#include "sandbox/state.h"

static int step_do(struct box *box, size_t number)
{
	const struct step *step = &box->plan->steps[number];
	int ret = 0;

	if (CONFIG_FAULT)
		ret = fault_check(box, number);
	return ret < 0 ? ret : step_classes[step->kind].run(step, box);
}

static int step_failed(const struct plan *plan, size_t number, int error)
{
	const struct step *step = &plan->steps[number];
	const char *remedy = remedy_find(step, error);
	struct arena arena = { NULL };
	const char *words = plan_print_step(&arena, step);

	fail(0, "%s: %s%s%s%s", words ? words : step_classes[step->kind].name, strerror(error), remedy ? " (" : "",
	     remedy ? remedy : "", remedy ? ")" : "");
	arena_close(&arena);
	if (step->kind != STEP_EXEC)
		return EXIT_DAVIT;
	return error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT;
}

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

static _Noreturn void child_run(struct box *box, const struct supervisor *supervisor)
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
	child_report(box, REPORT_FAILED, i, -ret);
	_exit(EXIT_DAVIT);
}

/* Take the child's reports until its program runs or it has failed. Returns 0 or an exit code. */
static int follow(struct running *running, const struct box *box)
{
	struct report report;
	bool ready = false;

	for (;;) {
		autoclose int fd = -1;
		ssize_t got = sys_receive(box->report, &report, sizeof(report), &fd);

		if (got == 0 && ready)
			return 0;
		if (got != sizeof(report)) {
			fail(got < 0 ? (int)-got : 0, "the sandbox ended before its command was started%s",
			     got < 0 ? "" : " (killed, perhaps for want of memory)");
			return EXIT_DAVIT;
		}
		if (report.kind == REPORT_FAILED && report.step < box->plan->count)
			return step_failed(box->plan, report.step, report.error);
		if (CONFIG_FAULT && report.kind == REPORT_KILL)
			raise(SIGKILL);
		if (report.kind == REPORT_TERMINAL)
			running->terminal = steal_fd(&fd);
		ready = report.kind == REPORT_READY;
	}
}

static int host_run(struct box *box, size_t *done)
{
	const struct plan *plan = box->plan;

	for (*done = 0; *done < plan->first[PHASE_BOX]; (*done)++) {
		int ret = step_do(box, *done);

		if (ret < 0)
			return step_failed(plan, *done, -ret);
	}
	fd_close(&box->lock);
	return 0;
}

/* The child joins its cgroups first and only then unshares the cgroup namespace, in a step of its own. */
static int child_start(struct running *running, struct box *box, const struct supervisor *supervisor)
{
	unsigned long namespaces = box->plan->sandbox->namespaces & ~(unsigned long)CLONE_NEWCGROUP;
	int pair[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(errno, "make a socket for the sandbox");
	running->pid = sys_fork(namespaces);
	if (running->pid == 0) {
		close(pair[0]);
		box->report = pair[1];
		child_run(box, supervisor);
	}
	close(pair[1]);
	box->report = pair[0];
	if (running->pid < 0) {
		ret = (int)running->pid;
		running->pid = 0;
		return fail(-ret, "make namespaces (%s)", remedy_namespaces(-ret));
	}
	ret = state_write_pid(box->state, running->pid);
	if (ret < 0)
		return fail(-ret, "write %s/pid", box->plan->sandbox->state);
	ret = (int)sys_send(box->report, "", 1, -1);
	/* A child that is gone already has left its reason in the socket. */
	return ret < 0 && ret != -EPIPE ? fail(-ret, "start the sandbox") : 0;
}

static int box_open(struct box *box, struct arena *arena, const struct plan *plan)
{
	*box = (struct box){ .plan = plan, .report = -1, .lock = -1, .state = -1, .loop = -1, .root = -1,
			     .terminal = -1, .home = "HOME=/root" };
	box->env = arena_alloc(arena, (plan->sandbox->env.count + 2) * sizeof(*box->env));
	return box->env ? 0 : fail(ENOMEM, "environment");
}

static void child_end(struct running *running)
{
	if (running->pid > 0) {
		kill(running->pid, SIGKILL);
		while (waitpid(running->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	running->pid = 0;
	fd_close(&running->terminal);
}

int execute_plan(struct running *running, struct box *box, struct arena *arena, const struct plan *plan,
		 const struct supervisor *supervisor)
{
	int ret;

	*running = (struct running){ .terminal = -1 };
	if (box_open(box, arena, plan) < 0)
		return EXIT_DAVIT;
	ret = host_run(box, &box->done);
	if (ret)
		return ret;
	ret = child_start(running, box, supervisor) < 0 ? EXIT_DAVIT : follow(running, box);
	fd_close(&box->report);
	if (ret)
		child_end(running);
	return ret;
}

void execute_undo(struct box *box)
{
	if (box->done && box->lock < 0)
		box->lock = state_lock(box->plan->sandbox->run_root);
	while (box->done > 0) {
		const struct step *step = &box->plan->steps[--box->done];

		if (step_classes[step->kind].undo)
			step_classes[step->kind].undo(step, box);
	}
	fd_close(&box->lock);
}
