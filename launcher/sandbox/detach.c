/* SPDX-License-Identifier: MIT */
/* A launch whose davit stays in the background. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sys.h"
#include "sandbox/detach.h"
#include "sandbox/failure.h"
#include "sandbox/launch.h"

/* Until now messages could still be said to the caller, and its Ctrl-C ends the launch. */
int detach_ready(int tell)
{
	autoclose int end = tell;
	autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const int code = 0;
	int fd;

	if (null < 0 || setsid() < 0 || chdir("/") < 0)
		return -errno;
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (dup2(null, fd) < 0)
			return -errno;
	}
	return sys_write_all(end, &code, sizeof(code));
}

static _Noreturn void watcher_run(struct arena *arena, const struct plan *plan,
				  const struct host *host, int tell)
{
	int code = sys_close_inherited();

	if (code < 0) {
		fail(-code, "close what the caller had open");
		code = EXIT_DAVIT;
	} else {
		code = launch(arena, plan, host, &tell);
	}
	if (tell >= 0)
		(void)sys_write_all(tell, &code, sizeof(code));
	_exit(code);
}

/* The first word of the watcher: 0, or why there is none to come. */
static int watcher_follow(int from)
{
	int code;
	ssize_t got;

	do {
		got = read(from, &code, sizeof(code));
	} while (got < 0 && errno == EINTR);
	if (got == sizeof(code))
		return code;
	fail(got < 0 ? errno : 0, "the davit in the background ended before the command was started");
	return EXIT_DAVIT;
}

int detach_quietly(struct arena *arena, const struct plan *plan, const struct host *host)
{
	int pair[2], code;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0) {
		fail(errno, "detach");
		return EXIT_DAVIT;
	}
	pid = sys_fork_alike();
	if (pid == 0) {
		fd_close(&pair[0]);
		watcher_run(arena, plan, host, pair[1]);
	}
	fd_close(&pair[1]);
	if (pid < 0) {
		fail(-pid, "detach");
		fd_close(&pair[0]);
		return EXIT_DAVIT;
	}
	code = watcher_follow(pair[0]);
	fd_close(&pair[0]);
	/* One that failed is not left for others to reap. */
	if (code)
		(void)waitpid(pid, NULL, 0);
	return code;
}

int detach_launch(struct arena *arena, const struct plan *plan, const struct host *host)
{
	const char *line = arena_print(arena, "%s\n", plan->sandbox->name);
	int code;

	if (!line) {
		fail(ENOMEM, "detach");
		return EXIT_DAVIT;
	}
	code = detach_quietly(arena, plan, host);
	return code == 0 && say(line) < 0 ? EXIT_DAVIT : code;
}
