/* SPDX-License-Identifier: MIT */
/* Last step of --init: davit stays as process 1, passes signals on and reaps; the app is its child. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"
#include "sandbox/step.h"

enum { SIGNAL_BASE = 128 };

/* Reap whatever ended. Returns the exit code when it was APP, or -1. */
static int reap(pid_t app)
{
	int status, code = -1;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == app)
			code = WIFSIGNALED(status) ? SIGNAL_BASE + WTERMSIG(status) :
						     WEXITSTATUS(status);
	}
	return code;
}

/* /proc/1/cmdline is for everybody to read, and davit's arguments and environment may hold secrets.
 * They lie one behind the other, from the program's name on. */
static void hide_arguments(char *const *last)
{
	static const char name[] = "init";
	char *from = program_invocation_name, *end;

	(void)prctl(PR_SET_NAME, name);
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
	int number, code;

	/* Otherwise a reader of the app's output would wait for davit as well. */
	(void)sys_close_from(STDIN_FILENO);
	for (;;) {
		if (sigwait(all, &number) != 0)
			continue;
		if (number != SIGCHLD) {
			(void)kill(app, number);
			continue;
		}
		code = reap(app);
		if (code >= 0)
			_exit(code);
	}
}

/* Blocked signals are not ignored even by process 1, so that none is lost. The app gets a process
 * group of its own in the terminal's foreground: a ^C reaches it once, from the terminal, and not
 * again from here. */
int step_init(const struct step *step, struct box *box)
{
	sigset_t all, before;
	pid_t app;

	(void)step;
	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, &before) < 0)
		return -errno;
	app = fork();
	if (app < 0)
		return -errno;
	if (app > 0) {
		hide_arguments(box->plan->sandbox->own_argv);
		init_run(app, &all);
	}
	setpgid(0, 0);
	if (box->terminal >= 0)
		tcsetpgrp(STDIN_FILENO, getpid());
	return sigprocmask(SIG_SETMASK, &before, NULL) < 0 ? -errno : 0;
}
