/* SPDX-License-Identifier: MIT */
/* davit plan: print what davit run would do, step by step, and do nothing. */
#include <errno.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/job.h"

int cmd_plan(int argc, char **argv)
{
	struct job job;
	char *text;
	int ret = job_prepare(&job, argc, argv);

	if (ret == JOB_HELP) {
		ret = verb_help(verb_find("plan"));
	} else if (ret == 0) {
		text = plan_print(&job.arena, &job.plan);
		ret = text ? say(text) : fail(ENOMEM, "plan");
	}
	job_close(&job);
	if (ret == JOB_USAGE)
		return EXIT_USAGE;
	return ret < 0 ? EXIT_FAILED : 0;
}
