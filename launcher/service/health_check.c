/* SPDX-License-Identifier: MIT */
/* One run of an image's health check: a child of this davit, which ends with it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/sys.h"
#include "config.h"
#include "sandbox/join.h"
#include "service/health_check.h"

/* "CMD", WORD… or "CMD-SHELL", TEXT. */
static int command_make(struct texts *command, struct arena *arena, const struct health_wish *wish)
{
	const struct texts *test = &wish->check->test;
	size_t i;
	int ret = 0;

	for (i = 0; strcmp(test->items[0], "CMD-SHELL") == 0 && wish->shell[i] && ret == 0; i++)
		ret = texts_add(arena, command, wish->shell[i]);
	for (i = 1; i < test->count && ret == 0; i++)
		ret = texts_add(arena, command, test->items[i]);
	return ret;
}

static int run(struct arena *arena, const struct health_wish *wish)
{
	struct join_request request = { .user = NULL };
	struct record record = { .dir = -1 };
	struct sandbox sandbox;
	struct plan plan;
	struct host host;
	int ret = command_make(&request.command, arena, wish);

	if (ret == 0)
		ret = host_read(&host);
	if (ret == 0 && CONFIG_LANDLOCK)
		ret = host_read_more(&host);
	if (ret == 0)
		ret = join_open(&record, arena, wish->run_root, wish->name);
	if (ret == 0)
		ret = join_plan(&plan, &sandbox, arena, &record, &request, &host);
	return ret < 0 ? EXIT_DAVIT : join_run(arena, &plan, false);
}

/* Neither what it says nor what davit says of it is for the operator's terminal. */
static _Noreturn void child(const struct health_wish *wish, pid_t parent)
{
	struct arena arena = { 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;
	sigset_t none;

	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || null < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(EXIT_DAVIT);
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (dup2(null, fd) < 0)
			_exit(EXIT_DAVIT);
	}
	_exit(run(&arena, wish));
}

int health_check_begin(struct health_check *check, const struct health_wish *wish, uint64_t end)
{
	const pid_t parent = getpid();
	pid_t pid = sys_fork_alike();

	if (pid == 0)
		child(wish, parent);
	if (pid < 0)
		return fail(-pid, "begin the health check of %s", wish->name);
	*check = (struct health_check){ .pid = pid, .end = end };
	return 0;
}

int health_check_end(const char **why, struct arena *arena, struct health_check *check, uint64_t now)
{
	int status;
	pid_t pid = waitpid(check->pid, &status, WNOHANG);

	if (pid < 0)
		return fail(errno, "wait for a health check");
	if (pid == 0 && now < check->end)
		return 1;
	if (pid == 0) {
		health_check_abandon(check);
		*why = "a health check that ends in time";
		return 1;
	}
	check->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	*why = arena_print(arena, "a health check that passes (exit code %d)",
			   WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return *why ? 1 : fail(ENOMEM, "health check");
}

void health_check_abandon(struct health_check *check)
{
	if (!check->pid)
		return;
	(void)kill(check->pid, SIGKILL);
	while (waitpid(check->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	check->pid = 0;
}
