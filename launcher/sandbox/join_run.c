/* SPDX-License-Identifier: MIT */
/* A further process in a sandbox that runs, from its plan to its exit code. */
#include <errno.h>

#include "base/log.h"
#include "config.h"
#include "sandbox/execute.h"
#include "sandbox/join.h"
#include "sandbox/pause.h"

int join_open(struct record *record, struct arena *arena, const char *run_root, const char *name)
{
	int ret = record_open_running(record, arena, run_root, name);

	/* Whoever enters a frozen cgroup stands still, too. */
	if (ret < 0 || !CONFIG_CMD_PAUSE || !pause_is_on(record->dir))
		return ret;
	ret = fail(0, "%s is paused: davit unpause %s first", record->name, record->name);
	record_close(record);
	return ret;
}

static int execute_and_wait(struct arena *arena, const struct plan *plan, bool detach,
			    struct supervisor *supervisor)
{
	struct running running;
	struct box box;
	int code = execute_plan(&running, &box, arena, plan, supervisor), status;

	if (code == 0 && !detach) {
		const struct app app = { .pid = running.pid,
					 .terminal = running.terminal,
					 .pipes = box.pipes,
					 .interactive = plan->sandbox->interactive };
		int ret = supervise_wait(supervisor, &app, &status);

		code = ret < 0 ? EXIT_DAVIT : supervise_code(status);
	}
	execute_undo(&running, &box);
	return code;
}

int join_run(struct arena *arena, const struct plan *plan, bool detach)
{
	struct supervisor supervisor = { .signals = -1 };
	int code = EXIT_DAVIT;

	if (supervise_begin(&supervisor) == 0)
		code = execute_and_wait(arena, plan, detach, &supervisor);
	supervise_end(&supervisor);
	return code;
}
