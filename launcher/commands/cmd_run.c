/* SPDX-License-Identifier: MIT */
/* davit run: launch an image in a sandbox, stay with it until it ends, leave nothing. */
#include "base/fd.h"
#include "base/log.h"
#include "commands/commands.h"
#include "commands/job.h"
#include "sandbox/execute.h"
#include "sandbox/oom.h"
#include "sandbox/state.h"
#include "sandbox/supervise.h"

/* From a plan to the exit code of davit run. */
static int launch(struct job *job, struct supervisor *supervisor)
{
	struct running running;
	struct box box;
	int code = execute_plan(&running, &box, &job->arena, &job->plan, supervisor), status, ret;

	if (code == 0) {
		ret = supervise_wait(supervisor, running.pid, running.terminal,
				     job->sandbox.interactive, &status);
		code = ret < 0 ? EXIT_DAVIT : supervise_code(status);
		if (CONFIG_CGROUP)
			oom_report(&job->sandbox, &job->host);
	}
	fd_close(&running.terminal);
	execute_undo(&box);
	return code;
}

int cmd_run(int argc, char **argv)
{
	struct supervisor supervisor = { .signals = -1 };
	struct job job;
	int code = EXIT_DAVIT, ret = job_prepare(&job, argc, argv);

	if (ret == JOB_HELP) {
		code = verb_help(verb_find("run")) < 0 ? EXIT_DAVIT : 0;
	} else if (ret == 0 && supervise_begin(&supervisor) == 0) {
		state_tidy(job.sandbox.run_root, &job.host);
		code = launch(&job, &supervisor);
	}
	supervise_end(&supervisor);
	job_close(&job);
	return code;
}
