/* SPDX-License-Identifier: MIT */
/* One launch, attached or in the background: from a plan to the exit code of its app. */
#include <signal.h>

#include "config.h"
#include "sandbox/detach.h"
#include "sandbox/ending.h"
#include "sandbox/execute.h"
#include "sandbox/launch.h"
#include "sandbox/oom.h"
#include "sandbox/state.h"

/* The caller learns that the app runs. If it is gone meanwhile, the app must not go on unseen. */
static void app_announce(const struct running *running, int *tell)
{
	const int fd = *tell;

	*tell = -1;
	if (detach_ready(fd) < 0)
		(void)kill(running->pid, SIGKILL);
}

/* Returns the exit code. */
static int app_watch(const struct running *running, struct box *box, struct supervisor *supervisor)
{
	const struct sandbox *sandbox = box->plan->sandbox;
	const struct app app = { .pid = running->pid,
				 .terminal = running->terminal,
				 .pipes = box->pipes,
				 .log = sandbox->log_size ? &box->log : NULL,
				 .interactive = sandbox->interactive };
	int status, ret = supervise_wait(supervisor, &app, &status);

	return ret < 0 ? EXIT_DAVIT : supervise_code(status);
}

static int execute_and_wait(struct arena *arena, const struct plan *plan, const struct host *host,
			    struct supervisor *supervisor, int *tell)
{
	const struct sandbox *sandbox = plan->sandbox;
	struct running running;
	struct box box;
	bool oom = false;

	box.code = execute_plan(&running, &box, arena, plan, supervisor);
	box.started = box.code == 0;
	if (box.started) {
		if (CONFIG_DETACH && tell)
			app_announce(&running, tell);
		box.code = app_watch(&running, &box, supervisor);
		/* An app that got over it is not interrupted by the news, which cost a look. */
		if (CONFIG_CGROUP && (box.code || sandbox->detached))
			oom = oom_report(sandbox, host);
		if (CONFIG_DETACH && sandbox->detached && !sandbox->remove)
			box.kept = ending_keep(box.run_root, sandbox->name, box.code, oom) == 0;
	}
	execute_undo(&running, &box);
	return box.code;
}

int launch(struct arena *arena, const struct plan *plan, const struct host *host, int *tell)
{
	struct supervisor supervisor = { .signals = -1 };
	int code = EXIT_DAVIT;

	state_tidy(plan->sandbox->run_root, host);
	if (supervise_begin(&supervisor) == 0)
		code = execute_and_wait(arena, plan, host, &supervisor, tell);
	supervise_end(&supervisor);
	return code;
}
