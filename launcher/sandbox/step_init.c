/* SPDX-License-Identifier: MIT */
/* Last step of --init: davit stays as process 1, passes signals on and reaps; the app is its child. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "sandbox/step.h"

enum { SIGNAL_BASE = 128, EXIT_LOST = 125, TRIES = 16 };

/* Reap whatever ended. Returns the exit code when it was APP, or -1. Who cannot wait cannot stay. */
static int reap(pid_t app, int options)
{
	int status, code = -1, tries = 0;

	for (;;) {
		pid_t pid = waitpid(-1, &status, options);

		if (pid == app)
			code = WIFSIGNALED(status) ? SIGNAL_BASE + WTERMSIG(status) :
						     WEXITSTATUS(status);
		if (pid == 0 || (pid < 0 && errno == ECHILD))
			return code;
		if (pid < 0 && ++tries == TRIES)
			return EXIT_LOST;
	}
}

/* /proc/1/cmdline is for everybody to read, and davit's arguments and environment may hold secrets.
 * They lie one behind the other, from the program's name on. */
static void hide_arguments(char *const *last)
{
	static const char name[] = "init";
	char *from = program_invocation_name, *end;

	if (prctl(PR_SET_NAME, name) < 0)
		_exit(EXIT_LOST);
	if (!last || !*last)
		return;
	while (last[1])
		last++;
	/* The environment lies behind them. */
	for (end = *last + strlen(*last); environ && *environ; environ++) {
		if (*environ > end)
			end = *environ + strlen(*environ);
	}
	if (end < from + sizeof(name))
		return;
	memset(from, 0, (size_t)(end - from));
	memcpy(from, name, sizeof(name));
}

static _Noreturn void init_run(pid_t app, const sigset_t *all)
{
	int number, code, ret;

	/* Otherwise a reader of the app's output would wait for davit as well, and davit for the socket. */
	if (sys_close_from(STDIN_FILENO) < 0)
		_exit(EXIT_LOST);
	for (;;) {
		ret = sigwait(all, &number);
		if (ret == 0 && number != SIGCHLD) {
			(void)kill(app, number);
			continue;
		}
		/* Without signals there is still the app's end to wait for. */
		code = reap(app, ret == 0 ? WNOHANG : 0);
		if (code >= 0)
			_exit(code);
	}
}

/* In the app's process: wait until process 1 has nothing to read about davit any more, and has closed its end. */
static int wait_until_hidden(int gate[2])
{
	char byte;
	ssize_t got;

	fd_close(&gate[1]);
	do {
		got = read(gate[0], &byte, 1);
	} while (got < 0 && errno == EINTR);
	fd_close(&gate[0]);
	return got < 0 ? -errno : 0;
}

static int app_begin(const struct box *box, const sigset_t *before)
{
	if (setpgid(0, 0) < 0)
		return -errno;
	if (box->terminal >= 0 && tcsetpgrp(STDIN_FILENO, getpid()) < 0)
		return -errno;
	return sigprocmask(SIG_SETMASK, before, NULL) < 0 ? -errno : 0;
}

/* Blocked signals are not ignored even by process 1, so that none is lost. The app gets a process
 * group of its own in the terminal's foreground: a ^C reaches it once, from the terminal, and not
 * again from here. */
int step_init(const struct step *step, struct box *box)
{
	sigset_t all, before;
	int gate[2], ret;
	pid_t app;

	(void)step;
	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, &before) < 0 || pipe2(gate, O_CLOEXEC) < 0)
		return -errno;
	/* Not fork(), which would change the mask and might not put it back. */
	app = sys_fork(0);
	if (app < 0)
		return app;
	if (app > 0) {
		hide_arguments(box->plan->sandbox->own_argv);
		init_run(app, &all);
	}
	ret = wait_until_hidden(gate);
	return ret < 0 ? ret : app_begin(box, &before);
}
