/* SPDX-License-Identifier: MIT */
/* Gather what a launch refers to (environment, files, this machine's facts), then decide and plan. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "commands/commands.h"
#include "commands/env.h"
#include "commands/job.h"
#include "commands/options.h"

enum { FACTS_ROOM = 4096, SECCOMP_ROOM = 131072, SUBORDINATE_ROOM = 65536 };

static int job_env(struct job *job)
{
	struct request *request = &job->request;
	struct texts env = { 0 }, labels = { 0 };
	int ret = env_gather(&env, &job->arena, &request->env_file, &request->env);

	request->env = env;
	if (ret == 0 && (request->label.count || request->label_file.count))
		ret = label_gather(&labels, &job->arena, &request->label_file, &request->label);
	request->label = labels;
	return ret;
}

/* Facts that cost time, and that few launches need. */
static bool wants_more(const struct request *request)
{
	return request->cpuset_cpus || request->cpuset_mems || request->blkio_weight ||
	       request->cgroup_parent || request->device_read_bps.count ||
	       request->device_write_bps.count || request->device_read_iops.count ||
	       request->device_write_iops.count || request->security_opt.count;
}

/* The first so many of the controllers. */
static size_t wants_controllers(const struct request *request)
{
	if (request->pids_limit || request->pid)
		return CONTROLLER_PIDS + 1;
	if (request->cpus || request->cpu_period || request->cpu_quota || request->cpu_shares)
		return CONTROLLER_CPU + 1;
	return request->memory || request->memory_swap || request->memory_reservation ?
		       CONTROLLER_MEMORY + 1 :
		       0;
}

static int job_host(struct job *job)
{
	const char *path = job->request.host_file;
	char text[FACTS_ROOM];
	ssize_t got;

	if (!path) {
		int ret = host_read(&job->host);

		if (ret == 0 && wants_more(&job->request))
			return host_read_more(&job->host);
		return ret == 0 ?
			       host_read_controllers(&job->host, wants_controllers(&job->request)) :
			       ret;
	}
	if (!CONFIG_CMD_PLAN)
		return fail(0, "--host: not in this build (CONFIG_CMD_PLAN)");
	got = sys_read_file(text, sizeof(text), AT_FDCWD, path);
	if (got < 0)
		return fail((int)-got, "--host %s", path);
	return host_parse(&job->host, text, path);
}

/* A file that is not there gives nobody anything. */
static int subordinate_read(const char **text, struct arena *arena, const char *path)
{
	char *data = arena_alloc(arena, SUBORDINATE_ROOM);
	ssize_t got = data ? sys_read_file(data, SUBORDINATE_ROOM, AT_FDCWD, path) : -ENOMEM;

	if (got < 0 && got != -ENOENT)
		return fail((int)-got, "--userns: %s", path);
	*text = got < 0 ? NULL : data;
	return 0;
}

static int job_userns(struct job *job)
{
	struct request *request = &job->request;
	int ret = 0;

	if (!CONFIG_USERNS || !userns_user(request))
		return 0;
	ret = subordinate_read(&request->subuid, &job->arena, "/etc/subuid");
	return ret < 0 ? ret : subordinate_read(&request->subgid, &job->arena, "/etc/subgid");
}

/* What --security-opt seccomp= names: a compiled filter or, where the compiler is built in, a policy. */
static int job_seccomp(struct job *job)
{
	const char *path = CONFIG_SECURITY_OPT ? security_seccomp_file(&job->request) : NULL;
	char *data;
	ssize_t got;

	if (!path)
		return 0;
	data = arena_alloc(&job->arena, SECCOMP_ROOM);
	got = data ? sys_read_file(data, SECCOMP_ROOM, AT_FDCWD, path) : -ENOMEM;
	if (got < 0)
		return fail((int)-got, "--security-opt seccomp=%s", path);
	job->request.seccomp_data = data;
	job->request.seccomp_size = (size_t)got;
	return 0;
}

static int job_open(struct job *job)
{
	const char *reference = job->request.image;
	int ret = CONFIG_IMAGE_OCI ? job_image(job) :
				     image_open(&job->image, &job->arena, reference, NULL);

	if (ret == IMAGE_MISSING && CONFIG_STORE && reference[0] && reference[0] != '/' &&
	    reference[0] != '.')
		return fail(0,
			    "%s: no such file, and no image of that name (davit images lists them%s)",
			    reference, CONFIG_REGISTRY ? ", davit pull fetches more" : "");
	return ret == IMAGE_MISSING ? fail(ENOENT, "open image %s", reference) : ret;
}

void job_begin(struct job *job, char **argv)
{
	*job = (struct job){ .image = { .fd = -1 }, .request = { .own_argv = argv } };
}

/* What the environment and the policy say. */
static int job_surroundings(struct job *job)
{
	struct request *request = &job->request;
	const char *verb = request->own_argv[0];
	int ret;

	if (!request->run_root)
		request->run_root = getenv("DAVIT_RUN_ROOT");
	if (request->run_root && !request->run_root[0])
		request->run_root = NULL;
	request->root = verb_root();
	if (request->host_file && strcmp(verb, "plan") != 0)
		return fail(0, "--host is for davit plan: davit %s is for this machine", verb);
	ret = policy_read(&job->policy, &job->arena, policy_directory());
	request->may_be_privileged = job->policy.lines[POLICY_PRIVILEGED].number != 0;
	return ret;
}

static int job_decide(struct job *job)
{
	int ret = sandbox_decide(&job->sandbox, &job->arena, &job->request, &job->image, &job->host);

	if (ret == 0)
		ret = policy_apply(&job->sandbox, &job->policy, &job->arena, &job->host,
				   !job->request.host_file);
	if (CONFIG_UPDATE && ret == 0)
		ret = job_version(job);
	if (CONFIG_PROGRAM_CHECK && ret == 0)
		ret = job_program(job);
	return ret;
}

int job_make(struct job *job)
{
	int ret = job_surroundings(job);

	if (ret == 0)
		ret = job_env(job);
	if (CONFIG_UPDATE && ret == 0)
		ret = job_words(job);
	if (ret == 0)
		ret = job_open(job);
	if (ret == 0)
		ret = job_host(job);
	if (CONFIG_VERITY && ret == 0)
		ret = job_verity(job);
	if (ret == 0)
		ret = job_userns(job);
	if (ret == 0)
		ret = job_seccomp(job);
	if (ret == 0)
		ret = job_decide(job);
	if (ret == 0)
		ret = plan_make(&job->plan, &job->arena, &job->sandbox, &job->host);
	job->plan.verified = job->verified;
	return ret;
}

int job_prepare(struct job *job, int argc, char **argv)
{
	int ret;

	job_begin(job, argv);
	ret = options_parse(&job->request, &job->arena, argc, argv);
	if (ret)
		return ret < 0 ? JOB_USAGE : JOB_HELP;
	return job_make(job);
}

void job_close(struct job *job)
{
	image_close(&job->image);
	arena_close(&job->arena);
}
