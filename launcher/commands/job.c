/* SPDX-License-Identifier: MIT */
/* Gather what a launch refers to (environment, files, this machine's facts), then decide and plan. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "commands/commands.h"
#include "commands/job.h"
#include "commands/options.h"
#include "sandbox/policy_apply.h"

enum { ENV_FILE_ROOM = 65536, FACTS_ROOM = 4096 };

/* NAME alone means: with the value that davit itself has; unset, it is left out. */
static int env_add(struct arena *arena, struct texts *list, const char *entry)
{
	const char *value;

	if (!strchr(entry, '=') && entry[0]) {
		value = getenv(entry);
		if (!value)
			return 0;
		entry = arena_print(arena, "%s=%s", entry, value);
	}
	return entry ? texts_add(arena, list, entry) : -ENOMEM;
}

/* Docker's form: NAME=VALUE or NAME per line, taken as it stands; # begins a comment line. */
static int env_file_read(struct arena *arena, struct texts *list, const char *path)
{
	char *text = arena_alloc(arena, ENV_FILE_ROOM), *line, *rest;
	ssize_t got = text ? sys_read_file(text, ENV_FILE_ROOM, AT_FDCWD, path) : -ENOMEM;
	unsigned int number = 0;
	size_t length;

	if (got < 0)
		return fail((int)-got, "--env-file %s", path);
	if (strlen(text) != (size_t)got)
		return fail(0, "--env-file %s: expected text, not a NUL byte", path);
	for (rest = text; (line = strsep(&rest, "\n"));) {
		number++;
		line += strspn(line, " \t");
		length = strlen(line);
		if (length && line[length - 1] == '\r')
			line[length - 1] = '\0';
		if (!line[0] || line[0] == '#')
			continue;
		if (line[0] == '=' || strcspn(line, " \t") < strcspn(line, "="))
			return fail(0, "%s:%u: expected NAME=VALUE or the NAME of a variable", path,
				    number);
		if (env_add(arena, list, line) < 0)
			return fail(ENOMEM, "--env-file %s", path);
	}
	return 0;
}

/* Files first, so that --env overrides them. */
static int job_env(struct job *job)
{
	const struct request *request = &job->request;
	struct texts list = { 0 };
	size_t i;
	int ret = 0;

	if (request->env_file.count && !CONFIG_ENV_FILE)
		return fail(0, "--env-file: not in this build (CONFIG_ENV_FILE)");
	for (i = 0; i < request->env_file.count && ret == 0; i++)
		ret = env_file_read(&job->arena, &list, request->env_file.items[i]);
	if (ret < 0)
		return ret;
	for (i = 0; i < request->env.count && ret == 0; i++)
		ret = env_add(&job->arena, &list, request->env.items[i]);
	job->request.env = list;
	return ret < 0 ? fail(-ret, "--env") : 0;
}

static int job_host(struct job *job)
{
	const char *path = job->request.host_file;
	char text[FACTS_ROOM];
	ssize_t got;

	if (!path)
		return host_read(&job->host);
	if (!CONFIG_CMD_PLAN)
		return fail(0, "--host: not in this build (CONFIG_CMD_PLAN)");
	got = sys_read_file(text, sizeof(text), AT_FDCWD, path);
	if (got < 0)
		return fail((int)-got, "--host %s", path);
	return host_parse(&job->host, text, path);
}

int job_prepare(struct job *job, int argc, char **argv)
{
	int ret;

	*job = (struct job){ .image = { .fd = -1 }, .request = { .own_argv = argv } };
	ret = options_parse(&job->request, &job->arena, argc, argv);
	if (ret)
		return ret < 0 ? JOB_USAGE : JOB_HELP;
	if (!job->request.run_root)
		job->request.run_root = getenv("DAVIT_RUN_ROOT");
	if (job->request.run_root && !job->request.run_root[0])
		job->request.run_root = NULL;
	if (job->request.host_file && strcmp(argv[0], "plan") != 0)
		return fail(0, "--host is for davit plan: davit %s is for this machine", argv[0]);
	ret = policy_read(&job->policy, &job->arena, policy_directory());
	if (ret == 0)
		ret = job_env(job);
	if (ret == 0)
		ret = job_host(job);
	if (ret == 0)
		ret = image_open(&job->image, &job->arena, job->request.image);
	if (ret == 0)
		ret = sandbox_decide(&job->sandbox, &job->arena, &job->request, &job->image,
				     &job->host);
	if (ret == 0)
		ret = policy_apply(&job->sandbox, &job->policy, &job->arena, &job->host,
				   !job->request.host_file);
	return ret == 0 ? plan_make(&job->plan, &job->arena, &job->sandbox, &job->host) : ret;
}

void job_close(struct job *job)
{
	image_close(&job->image);
	arena_close(&job->arena);
}
