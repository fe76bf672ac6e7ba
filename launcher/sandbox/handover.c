/* SPDX-License-Identifier: MIT */
/* From a process that joins a sandbox to the one that it makes there: which it is, and what became of it. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sandbox/failure.h"
#include "sandbox/handover.h"

/* As the shell counts: 128 + n for signal n. */
enum { SIGNAL_BASE = 128, LOOK_EVERY = 100000000, KILL_LOOKS = 20 };

static void *page_make(size_t size)
{
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

int handover_open(struct handover *handover)
{
	handover->pid = page_make(sizeof(*handover->pid));
	handover->outcome = page_make(sizeof(*handover->outcome));
	return handover->pid && handover->outcome ? 0 : -ENOMEM;
}

void handover_close(struct handover *handover)
{
	if (handover->pid)
		(void)munmap(handover->pid, sizeof(*handover->pid));
	if (handover->outcome)
		(void)munmap(handover->outcome, sizeof(*handover->outcome));
	*handover = (struct handover){ NULL, NULL };
}

/* Until a child has ended; or for the tenth of a second after which signals are looked for. */
static void wait_a_little(void)
{
	const struct timespec time = { .tv_nsec = LOOK_EVERY };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	(void)sigtimedwait(&set, NULL, &time);
}

static bool has_ended(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) != 0;
}

/* Not for ever: in a frozen cgroup v1, even a killed process stays. */
static void end_process(pid_t pid)
{
	int i;

	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	for (i = 0; i < KILL_LOOKS && !has_ended(pid); i++)
		wait_a_little();
}

/* Returns 0 when JOINER has ended, or the signal that came first. */
static int wait_for(pid_t joiner)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	const pid_t own = getpid();
	sigset_t pending;
	size_t i;

	while (!has_ended(joiner)) {
		wait_a_little();
		if (sigpending(&pending) < 0)
			continue;
		for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
			if (sigismember(&pending, ending[i]) == 1 && !has_ended(joiner))
				return ending[i];
		}
	}
	/* Whoever watches the new process next looks at it once; without that, perhaps never. Not
	 * raise(3) at first: a child of sys_fork_alike() would send it to its parent. */
	if (own <= 0 || kill(own, SIGCHLD) < 0)
		(void)raise(SIGCHLD);
	return 0;
}

static int judge(const struct box *box, pid_t pid)
{
	const struct report outcome = *box->handover.outcome;

	if (outcome.error > 0 && outcome.step < box->plan->count)
		return failure_say(&box->plan->steps[outcome.step], outcome.error);
	if (pid > 0)
		return 0;
	fail(0, "the sandbox ended before the command was started (or it has no memory left)");
	return EXIT_DAVIT;
}

int handover_take(pid_t *pid, const struct box *box, pid_t joiner)
{
	int signal = wait_for(joiner), code;

	if (signal)
		end_process(joiner);
	*pid = *box->handover.pid;
	if (signal)
		fail(0, "ended by signal %d before the command was started", signal);
	code = signal ? SIGNAL_BASE + signal : judge(box, *pid);
	if (code) {
		end_process(*pid);
		*pid = 0;
	}
	return code;
}
