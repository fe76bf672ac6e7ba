/* SPDX-License-Identifier: MIT */
/* From the moment that the app runs until it has ended: signals, terminal, exit status. */
#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "config.h"
#include "sandbox/streams.h"
#include "sandbox/supervise.h"
#include "sandbox/terminal.h"
#include "sandbox/trim.h"

/* Left to do to davit what they do to any program: those that cannot be caught, faults of davit
 * itself, and the terminal's way of stopping a background process. All others are gathered. */
static const int left_alone[] = {
	SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP,
	SIGSYS,  SIGABRT, SIGXCPU, SIGXFSZ, SIGTTIN, SIGTTOU,
};

enum { LEFT_ALONE_COUNT = sizeof(left_alone) / sizeof(left_alone[0]), TRIM_AFTER = 100 };

/* One app and what has become of it. */
struct watch {
	pid_t pid;
	int status;
	bool ended;
	bool lost;    /* output that could not be written */
	bool hurried; /* a signal came after the end: waste no time on output that nobody takes */
	struct terminal *terminal; /* or NULL */
	struct streams *streams;   /* or NULL */
};

static int gathered_set(sigset_t *set)
{
	struct sigaction action;
	size_t i;

	sigfillset(set);
	for (i = 0; i < LEFT_ALONE_COUNT; i++)
		sigdelset(set, left_alone[i]);
	/* nohup(1) asks that a hang-up does nothing. A blocked signal would be gathered although it
	 * is ignored. Others are forwarded all the same, as Docker does: shells ignore INT for
	 * every background job. */
	if (sigaction(SIGHUP, NULL, &action) < 0)
		return -errno;
	if (action.sa_handler == SIG_IGN)
		sigdelset(set, SIGHUP);
	return 0;
}

int supervise_begin(struct supervisor *supervisor)
{
	/* Where the caller ignores SIGCHLD, the kernel would throw the app's exit status away. */
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;
	int ret = gathered_set(&set);

	supervisor->signals = -1;
	if (ret < 0)
		return fail(-ret, "prepare for signals");
	if (sigaction(SIGCHLD, &action, NULL) < 0 ||
	    sigprocmask(SIG_BLOCK, &set, &supervisor->mask) < 0)
		return fail(errno, "prepare for signals");
	supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (supervisor->signals >= 0)
		return 0;
	ret = fail(errno, "prepare for signals (kernel lacks CONFIG_SIGNALFD?)");
	(void)sigprocmask(SIG_SETMASK, &supervisor->mask, NULL);
	return ret;
}

int supervise_until(const struct supervisor *supervisor, int fd)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct pollfd polls[] = { { .fd = fd, .events = POLLIN },
				  { .fd = supervisor->signals, .events = POLLIN } };
	sigset_t pending;
	size_t i;

	for (;;) {
		if (poll(polls, 2, -1) < 0 && errno != EINTR)
			return 0;
		if (polls[0].revents || sigpending(&pending) < 0)
			return 0;
		for (i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
			if (polls[1].revents && sigismember(&pending, ending[i]) == 1)
				return ending[i];
		}
		/* What is pending now goes to the app, later. */
		if (polls[1].revents)
			polls[1].fd = -1;
	}
}

int supervise_reset(const struct supervisor *supervisor)
{
	/* The kernel's own struct: default action, no flags, an empty mask. */
	static const unsigned char action[64];
	int number;

	/* exec(2) keeps ignored signals ignored. Asked of the kernel, because the C library keeps
	 * two for itself. EINVAL: not to be set. */
	for (number = 1; number < _NSIG; number++) {
		if (syscall(SYS_rt_sigaction, number, action, NULL, _NSIG / 8) < 0 && errno != EINVAL)
			return -errno;
	}
	return sigprocmask(SIG_SETMASK, &supervisor->mask, NULL) < 0 ? -errno : 0;
}

static int app_reap(struct watch *watch)
{
	pid_t pid = waitpid(watch->pid, &watch->status, WNOHANG);

	if (pid < 0)
		return -errno;
	watch->ended = pid == watch->pid;
	return 0;
}

static int signal_take(struct watch *watch, int number)
{
	switch (number) {
	case SIGCHLD:
		return watch->ended ? 0 : app_reap(watch);
	case SIGPIPE:
		/* Ours: the write that caused it says so too. */
		return 0;
	case SIGWINCH:
		if (!CONFIG_TERMINAL || !watch->terminal)
			break;
		terminal_resize(watch->terminal->master);
		return 0;
	case SIGCONT:
		if (CONFIG_TERMINAL && watch->terminal)
			terminal_resume(watch->terminal);
		break;
	default:
		watch->hurried = watch->ended;
		break;
	}
	/* Once reaped, the number may be another process's. Where the kernel refuses, the app has
	 * an identity that is out of our reach; it stays watched. */
	if (!watch->ended)
		(void)kill(watch->pid, number);
	return 0;
}

/* The next gathered signal, or 0 when there is none, or -errno. */
static int signal_next(int signals)
{
	struct signalfd_siginfo info;
	ssize_t got = read(signals, &info, sizeof(info));

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return (int)info.ssi_signo;
}

/* True when there is nothing left to wait for. */
static bool watch_over(const struct watch *watch)
{
	if (!watch->ended)
		return false;
	if (watch->hurried)
		return true;
	if (CONFIG_TERMINAL && watch->terminal)
		return terminal_drain(watch->terminal);
	return !watch->streams || streams_drain(watch->streams);
}

/* Fills POLLS, of which *count are used; returns the longest time to wait. */
static int watch_wait_for(const struct watch *watch, struct pollfd *polls, nfds_t *count)
{
	if (CONFIG_TERMINAL && watch->terminal) {
		*count = TERMINAL_POLLS;
		return terminal_wait_for(watch->terminal, polls);
	}
	*count = watch->streams ? STREAMS : 0;
	return watch->streams ? streams_wait_for(watch->streams, polls) : -1;
}

/* Both carry three streams at most. */
enum { WATCH_POLLS = STREAMS };

/* Until something happens, with as little memory as can be. As poll(2). */
static int watch_idle(struct pollfd *polls, nfds_t count)
{
	int ready, err;

	trim_memory((const void *)app_reap);
	ready = poll(polls, count, -1);
	err = errno;
	if (trim_end() < 0)
		return -1;
	errno = err;
	return ready;
}

/* An app that runs on will be waited for long, with little memory: but first it gets the processor. */
static int watch_loop(struct watch *watch, int signals)
{
	bool trimmed = false;

	while (!watch_over(watch)) {
		struct pollfd polls[1 + WATCH_POLLS] = { { .fd = signals, .events = POLLIN } };
		nfds_t count;
		const int timeout = watch_wait_for(watch, polls + 1, &count);
		const bool idle = timeout < 0 && !trimmed;
		int number = 0, ready = poll(polls, 1 + count, idle ? TRIM_AFTER : timeout);

		if (ready == 0 && idle) {
			trimmed = true;
			ready = watch_idle(polls, 1 + count);
		}
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (polls[0].revents)
			number = signal_next(signals);
		if (number > 0)
			number = signal_take(watch, number);
		if (number < 0)
			return number;
		if (CONFIG_TERMINAL && watch->terminal)
			terminal_carry(watch->terminal, polls + 1);
		else if (watch->streams)
			streams_carry(watch->streams, polls + 1);
	}
	return 0;
}

/* A function of its own: without a terminal, the buffers take no memory. */
static __attribute__((noinline)) int watch_terminal(struct watch *watch, int signals, int master,
						    bool interactive)
{
	struct terminal terminal;
	int ret = terminal_begin(&terminal, master, interactive);

	if (ret < 0)
		return ret;
	watch->terminal = &terminal;
	ret = watch_loop(watch, signals);
	watch->lost = terminal_end(&terminal) < 0;
	watch->terminal = NULL;
	return ret;
}

/* A function of its own, for the same reason. */
static __attribute__((noinline)) int watch_streams(struct watch *watch, int signals,
						   const struct app *app)
{
	struct streams streams;
	int ret;

	streams_begin(&streams, app->pipes, app->log ? app->terminal : -1, app->log);
	watch->streams = &streams;
	ret = watch_loop(watch, signals);
	watch->lost = streams_end(&streams) < 0;
	watch->streams = NULL;
	return ret;
}

static bool has_pipes(const struct app *app)
{
	return app->log || app->pipes[0] >= 0 || app->pipes[1] >= 0 || app->pipes[2] >= 0;
}

/* An app that is not watched any more must not go on. */
static void app_kill(const struct watch *watch)
{
	if (watch->ended || kill(watch->pid, SIGKILL) < 0)
		return;
	while (waitpid(watch->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

int supervise_wait(struct supervisor *supervisor, const struct app *app, int *status)
{
	struct watch watch = { .pid = app->pid };
	int ret;

	if (CONFIG_TERMINAL && app->terminal >= 0 && !app->log)
		ret = watch_terminal(&watch, supervisor->signals, app->terminal, app->interactive);
	else if (has_pipes(app))
		ret = watch_streams(&watch, supervisor->signals, app);
	else
		ret = watch_loop(&watch, supervisor->signals);
	if (ret < 0) {
		app_kill(&watch);
		return fail(-ret, "watch the app");
	}
	*status = watch.status;
	/* Said already. An app that went well has not, when what it said was lost. */
	return watch.lost && watch.status == 0 ? -EIO : 0;
}

void supervise_end(struct supervisor *supervisor)
{
	if (supervisor->signals < 0)
		return;
	/* What is still pending was meant for the app, or is our own SIGPIPE: it must not hit davit once unblocked. */
	while (signal_next(supervisor->signals) > 0)
		continue;
	fd_close(&supervisor->signals);
	(void)sigprocmask(SIG_SETMASK, &supervisor->mask, NULL);
}

int supervise_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
