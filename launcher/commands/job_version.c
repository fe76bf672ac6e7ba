/* SPDX-License-Identifier: MIT */
/* What a launch has to do with the versions of an app: how it is launched again, and how it tells that it is ready. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/job.h"
#include "commands/options.h"
#include "image/oci_config.h"

/* Where an app finds the socket; the directory is a tmpfs of its own. */
#define NOTIFY_INSIDE "/run/davit-notify"
#define LABEL_NOTIFY "io.davit.notify"

/* Given otherwise, or gathered already, or of this one launch. */
static const char *const passed_over[] = { "cidfile",    "detach", "env-file", "exec",
					   "label-file", "name",   "run-root" };

static bool is_passed_over(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(passed_over) / sizeof(passed_over[0]); i++) {
		if (strcmp(name, passed_over[i]) == 0)
			return true;
	}
	return false;
}

static void add(struct job *job, const char *name, const char *value)
{
	struct arena *arena = &job->arena;
	const char *word = value ? arena_print(arena, "--%s=%s", name, value) :
				   arena_print(arena, "--%s", name);

	if (word)
		(void)texts_add(arena, &job->again[0], word);
}

static void add_option(struct job *job, const struct option *option)
{
	const void *field = (const char *)&job->request + option->offset;
	const struct texts *list = field;
	const char *text = NULL;
	size_t i;

	if (option->kind == OPTION_FLAG && *(const bool *)field)
		add(job, option->name, NULL);
	if (option->kind == OPTION_TEXT)
		text = *(const char *const *)field;
	if (text)
		add(job, option->name, text);
	for (i = 0; option->kind == OPTION_LIST && i < list->count; i++)
		add(job, option->name, list->items[i]);
}

int job_words(struct job *job)
{
	const struct option *option;

	if (!job->request.detach || !job->request.name)
		return 0;
	for (option = options; option->name; option++) {
		if (!is_passed_over(option->name))
			add_option(job, option);
	}
	job->again[1] = job->request.command;
	return job->arena.failed ? fail(ENOMEM, "%s", job->request.name) : 0;
}

/* davit's own mount: the policy, which was asked before, is about those of the operator. */
static int share_socket(struct sandbox *sandbox, struct arena *arena, const char *socket)
{
	const size_t count = sandbox->volume_count;
	struct volume *volumes = arena_alloc(arena, (count + 1) * sizeof(*volumes));

	if (!volumes)
		return fail(ENOMEM, "%s", sandbox->name);
	if (count)
		memcpy(volumes, sandbox->volumes, count * sizeof(*volumes));
	volumes[count] = (struct volume){ .source = socket, .target = NOTIFY_INSIDE };
	sandbox->volumes = volumes;
	sandbox->volume_count = count + 1;
	return decide_env_put(&sandbox->env, arena, "NOTIFY_SOCKET=" NOTIFY_INSIDE);
}

/* What the image's label says. */
static int asks(bool *out, const struct job *job)
{
	const char *label = annotation_find(job->image.config->labels, LABEL_NOTIFY);

	if (!label)
		return 0;
	if (strcmp(label, "true") != 0 && strcmp(label, "false") != 0)
		return fail(0, "%s: label " LABEL_NOTIFY "=%s: expected true or false",
			    job->image.path, label);
	*out = *out || label[0] == 't';
	return 0;
}

int job_version(struct job *job)
{
	int ret = 0;

	if (job->request.detach && job->request.name)
		job->sandbox.again = job->again;
	if (job->notify)
		ret = asks(&job->notifies, job);
	return ret == 0 && job->notify && job->notifies ?
		       share_socket(&job->sandbox, &job->arena, job->notify) :
		       ret;
}
