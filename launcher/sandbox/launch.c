/* SPDX-License-Identifier: MIT */
/* One launch, attached: from a plan to the exit code of its app. */
#include "config.h"
#include "sandbox/execute.h"
#include "sandbox/failure.h"
#include "sandbox/launch.h"
#include "sandbox/oom.h"
#include "sandbox/state.h"

static int execute_and_wait(struct arena *arena, const struct plan *plan, const struct host *host,
			    struct supervisor *supervisor)
{
	const struct sandbox *sandbox = plan->sandbox;
	struct running running;
	struct box box;
	int code = execute_plan(&running, &box, arena, plan, supervisor), status;

	if (code == 0) {
		int ret = supervise_wait(supervisor, running.pid, running.terminal,
					 sandbox->interactive, &status);

		code = ret < 0 ? EXIT_DAVIT : supervise_code(status);
		if (CONFIG_CGROUP)
			oom_report(sandbox, host);
	}
	execute_undo(&running, &box);
	return code;
}

int launch(struct arena *arena, const struct plan *plan, const struct host *host)
{
	struct supervisor supervisor = { .signals = -1 };
	int code = EXIT_DAVIT;

	state_tidy(plan->sandbox->run_root, host);
	if (supervise_begin(&supervisor) == 0)
		code = execute_and_wait(arena, plan, host, &supervisor);
	supervise_end(&supervisor);
	return code;
}
