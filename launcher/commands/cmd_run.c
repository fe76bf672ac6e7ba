/* SPDX-License-Identifier: MIT */
/* davit run: launch an image in a sandbox, stay with it until it ends, leave nothing. */
#include "commands/app.h"
#include "sandbox/detach.h"
#include "sandbox/failure.h"
#include "sandbox/launch.h"
#include "sandbox/self.h"

/* With --init, davit's program stays inside. */
static int protect(const struct job *job, char **argv)
{
	return CONFIG_SELF && job->sandbox.init ? self_protect(argv) : 0;
}

/* Not while another davit brings up a version of it, which needs the name, and what it keeps. */
static int check_free(const struct job *job)
{
	return CONFIG_UPDATE && job->request.name ? versions_check(verb_root(), job->sandbox.name) :
						    0;
}

static int run(struct job *job)
{
	if (check_free(job) < 0)
		return EXIT_DAVIT;
	if (CONFIG_SIGNATURE && floor_raise(&job->floor, &job->arena) < 0)
		return EXIT_DAVIT;
	if (CONFIG_BECOME && job->sandbox.becomes)
		return become(&job->arena, &job->plan, &job->host);
	if (CONFIG_DETACH && job->sandbox.detached)
		return detach_launch(&job->arena, &job->plan, &job->host);
	return launch(&job->arena, &job->plan, &job->host, NULL);
}

int cmd_run(int argc, char **argv)
{
	struct job job;
	int code = EXIT_DAVIT, ret = job_prepare(&job, argc, argv);

	if (ret == JOB_HELP)
		code = verb_help(verb_find("run")) < 0 ? EXIT_DAVIT : 0;
	else if (ret == 0 && protect(&job, argv) == 0)
		code = run(&job);
	job_close(&job);
	return code;
}
