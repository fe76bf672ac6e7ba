/* SPDX-License-Identifier: MIT */
/* A change of an app's version by a process of its own. */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "commands/guardian.h"

static void end_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

static int work(const char *name, char **argv, struct update *update)
{
	struct arena arena = { 0 };
	struct app app;
	int ret = app_open(&app, &arena, name, APP_CHANGE, argv);

	if (ret == 0) {
		ret = update_do(&app, update);
		app_close(&app);
	}
	arena_close(&arena);
	return ret == 0 ? 0 : EXIT_FAILED;
}

/* Out of the terminal's way, whose Ctrl-C the other one passes on; nobody need listen to what it says. */
static _Noreturn void worker(const char *name, char **argv, struct update *update)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN }, usual = { .sa_handler = SIG_DFL };
	int code = EXIT_FAILED;
	sigset_t set;

	end_set(&set);
	update->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	/* Shells ignore INT for every background job. */
	if (update->signals < 0 || setsid() < 0 || sigaction(SIGPIPE, &ignore, NULL) < 0 ||
	    sigaction(SIGINT, &usual, NULL) < 0 || sigaction(SIGTERM, &usual, NULL) < 0)
		fail(errno, "%s: begin", name);
	else
		code = work(name, argv, update);
	_exit(code);
}

/* What is CALLED_OFF is not tried again by itself. */
static int recover(const char *name, char **argv, bool ran, bool called_off)
{
	struct arena arena = { 0 };
	struct app app;
	int ret;

	fail(0, "%s: %s: going back", name,
	     called_off ? "called off by a signal" : "the davit that was at it was killed");
	ret = app_open(&app, &arena, name, APP_WAIT, argv);
	if (ret == 0) {
		app.goes_back = true;
		ret = app_recover(&app, ran);
		if (ret < 0 && ran)
			app_tell_down(&app);
		if (ret >= 0 && called_off && app.versions.items[VERSION_TRIAL].is_there) {
			app.versions.items[VERSION_TRIAL] = (struct version){ .is_there = false };
			ret = app_write(&app);
		}
		app_close(&app);
	}
	arena_close(&arena);
	return ret;
}

/* Returns its wait status, or -1 said. */
static int watch(pid_t pid, const sigset_t *set)
{
	int status, number;

	for (;;) {
		const pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return status;
		if (ended < 0) {
			fail(errno, "wait");
			return -1;
		}
		number = sigwaitinfo(set, NULL);
		if (number > 0 && number != SIGCHLD)
			(void)kill(pid, number);
	}
}

/* Whether the app runs now, or something of it is to be put right. */
static int look(bool *ran, const char *name, char **argv)
{
	struct arena arena = { 0 };
	struct app app;
	int ret = app_open(&app, &arena, name, APP_READ, argv);

	if (ret == 0) {
		*ran = app.runs || version_is_tried(&app.versions.items[VERSION_TRIAL]);
		app_close(&app);
	}
	arena_close(&arena);
	return ret;
}

int guardian_run(const char *name, char **argv, struct update *update)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	bool ran = false;
	sigset_t set, before;
	int status;
	pid_t pid;

	if (look(&ran, name, argv) < 0)
		return EXIT_FAILED;
	end_set(&set);
	sigaddset(&set, SIGCHLD);
	if (sigaction(SIGCHLD, &usual, NULL) < 0 || sigprocmask(SIG_BLOCK, &set, &before) < 0) {
		fail(errno, "signals");
		return EXIT_FAILED;
	}
	pid = sys_fork_alike();
	if (pid == 0) {
		/* Its own children are waited for one by one. */
		sigset_t child;

		sigemptyset(&child);
		sigaddset(&child, SIGCHLD);
		(void)sigprocmask(SIG_UNBLOCK, &child, NULL);
		worker(name, argv, update);
	}
	status = pid < 0 ? -1 : watch(pid, &set);
	if (pid < 0)
		fail(-pid, "%s: begin", name);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (status >= 0 && WIFEXITED(status))
		return WEXITSTATUS(status);
	if (pid > 0)
		(void)recover(name, argv, ran, status >= 0 && WTERMSIG(status) != SIGKILL);
	return EXIT_FAILED;
}
