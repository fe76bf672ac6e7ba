/* SPDX-License-Identifier: MIT */
/* What an image's own configuration says, taken where the command line leaves it open; and what its labels wish for. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "image/oci_config.h"
#include "sandbox/decide.h"
#include "sandbox/policy.h"

#define WISH_PREFIX "io.davit."

enum wish_kind { WISH_TEXT, WISH_LIST, WISH_FLAG, WISH_OTHERS };

/* A label io.davit.NAME that stands for the option of that name. What gives the app more than it
 * has anyway needs a line of the policy that speaks of it; -1: it only restricts. */
struct wish {
	const char *name;
	size_t offset; /* in struct request */
	enum wish_kind kind;
	int key;
};

#define FIELD(field) offsetof(struct request, field)

static const struct wish wishes[] = {
	{ "cap-add", FIELD(cap_add), WISH_LIST, POLICY_CAPABILITIES },
	{ "cap-drop", FIELD(cap_drop), WISH_LIST, -1 },
	{ "cpu-shares", FIELD(cpu_shares), WISH_TEXT, -1 },
	{ "cpus", FIELD(cpus), WISH_TEXT, -1 },
	{ "device", FIELD(device), WISH_LIST, POLICY_DEVICES },
	{ "init", FIELD(init), WISH_FLAG, -1 },
	{ "memory", FIELD(memory), WISH_TEXT, -1 },
	{ "memory-reservation", FIELD(memory_reservation), WISH_TEXT, -1 },
	{ "memory-swap", FIELD(memory_swap), WISH_TEXT, -1 },
	{ "network", FIELD(network), WISH_TEXT, POLICY_NETWORKS },
	/* Not for a launch: davit update waits until the app says that it is ready. */
	{ "notify", 0, WISH_OTHERS, -1 },
	{ "pids-limit", FIELD(pids_limit), WISH_TEXT, -1 },
	{ "read-only", FIELD(read_only), WISH_FLAG, -1 },
	{ "stop-timeout", FIELD(stop_timeout), WISH_TEXT, -1 },
	{ "sysctl", FIELD(sysctl), WISH_LIST, -1 },
	/* Not for a launch: which of two images is newer, and how old the next may be (store/floor.h). */
	{ "version", 0, WISH_OTHERS, -1 },
	{ "version.floor", 0, WISH_OTHERS, -1 },
	{ NULL, 0, WISH_TEXT, -1 },
};

/* Docker: an entrypoint of the command line takes the image's command away too. */
static int take_command(struct request *request, struct arena *arena,
			const struct image_config *config)
{
	const struct texts *rest = request->command.count ? &request->command : &config->command;
	struct texts all = { 0 };
	size_t i;
	int ret = 0;

	if (request->entrypoint)
		return 0;
	for (i = 0; i < config->entrypoint.count && ret == 0; i++)
		ret = texts_add(arena, &all, config->entrypoint.items[i]);
	for (i = 0; i < rest->count && ret == 0; i++)
		ret = texts_add(arena, &all, rest->items[i]);
	request->command = all;
	return ret;
}

/* LIST, with what the image says before it: the last of a name counts. */
static int put_before(struct texts *list, struct arena *arena, const struct texts *first)
{
	struct texts all = { 0 };
	size_t i;
	int ret = 0;

	for (i = 0; i < first->count && ret == 0; i++)
		ret = texts_add(arena, &all, first->items[i]);
	for (i = 0; i < list->count && ret == 0; i++)
		ret = texts_add(arena, &all, list->items[i]);
	*list = all;
	return ret;
}

static int take_labels(struct request *request, struct arena *arena, const char *file,
		       const struct image_config *config)
{
	const struct annotation *label;
	struct texts labels = { 0 };
	int ret = 0;

	for (label = config->labels; label->key && ret == 0; label++) {
		const char *entry = arena_print(arena, "%s=%s", label->key, label->value);

		/* Nothing depends on what else people write into labels. */
		if ((!label->key[0] || strpbrk(label->key, "= \t\n")) &&
		    strncmp(label->key, WISH_PREFIX, sizeof(WISH_PREFIX) - 1) != 0)
			continue;
		if (strpbrk(label->key, "= \t\n"))
			return fail(0, "%s: label '%s': expected a key without blanks and =", file,
				    label->key);
		ret = entry ? texts_add(arena, &labels, entry) : -ENOMEM;
	}
	return ret < 0 ? ret : put_before(&request->label, arena, &labels);
}

static int take_words(struct request *request, const char *file, const struct image_config *config)
{
	const char *user = config->user && config->user[0] ? config->user : NULL;
	const char *workdir = config->workdir && config->workdir[0] ? config->workdir : NULL;

	if (user && (user[0] == ':' || user[strlen(user) - 1] == ':'))
		return fail(0, "%s: config.User '%s': expected USER or USER:GROUP", file, user);
	if (workdir && workdir[0] != '/')
		return fail(0, "%s: config.WorkingDir '%s': expected an absolute path", file,
			    workdir);
	if (!request->user)
		request->user = user;
	if (!request->workdir)
		request->workdir = workdir;
	if (!request->stop_signal && config->stop_signal && config->stop_signal[0])
		request->stop_signal = config->stop_signal;
	return 0;
}

/* They are absolute and without "..": the rest of what a mount may not be asked for. */
static int take_volumes(struct request *request, const char *file, const struct image_config *config)
{
	size_t i;

	for (i = 0; i < config->volumes.count; i++) {
		const char *path = config->volumes.items[i] + strspn(config->volumes.items[i], "/.");

		if (!path[0] || (strncmp(path, "proc", 4) == 0 && (!path[4] || path[4] == '/')))
			return fail(0,
				    "%s: config.Volumes '%s': expected a directory other than / and not in /proc",
				    file, config->volumes.items[i]);
	}
	request->image_volumes = config->volumes;
	return 0;
}

/* What the label says after all: the command line may have given another value, or none, for it. */
static const char *label_value(const struct request *request, const char *key)
{
	const size_t length = strlen(key);
	const char *value = "";
	size_t i;

	for (i = 0; i < request->label.count; i++) {
		const char *entry = request->label.items[i];

		if (strncmp(entry, key, length) == 0 && (entry[length] == '=' || !entry[length]))
			value = entry[length] ? entry + length + 1 : "";
	}
	return value;
}

static bool is_given(const struct request *request, const struct wish *wish)
{
	const void *field = (const char *)request + wish->offset;

	if (wish->kind == WISH_LIST)
		return ((const struct texts *)field)->count > 0;
	return wish->kind == WISH_TEXT ? *(const char *const *)field != NULL : *(const bool *)field;
}

/* Words between commas or blanks. */
static int wish_list(struct texts *list, struct arena *arena, const char *value)
{
	while (*value) {
		const size_t length = strcspn(value, ", ");
		const char *word = arena_copy(arena, value, length);

		if (!word || (length && texts_add(arena, list, word) < 0))
			return -ENOMEM;
		value += length;
		value += *value != '\0';
	}
	return 0;
}

static int wish_take(struct request *request, struct arena *arena, const char *file,
		     const struct wish *wish, const char *value)
{
	void *field = (char *)request + wish->offset;

	if (wish->kind == WISH_LIST)
		return wish_list(field, arena, value);
	if (wish->kind == WISH_TEXT) {
		*(const char **)field = value;
		return 0;
	}
	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return fail(0, "%s: label " WISH_PREFIX "%s=%s: expected true or false", file,
			    wish->name, value);
	*(bool *)field = value[0] == 't';
	return 0;
}

/* Asking for what every app has is no wish. */
static bool is_modest(const struct wish *wish, const char *value)
{
	return wish->key == POLICY_NETWORKS && strcmp(value, "none") == 0;
}

static int take_wish(struct request *request, struct arena *arena, const char *file,
		     const struct policy *policy, const char *key)
{
	const char *name = key + strlen(WISH_PREFIX), *value = label_value(request, key);
	const struct wish *wish = wishes;

	while (wish->name && strcmp(wish->name, name) != 0)
		wish++;
	if (!wish->name)
		return fail(0,
			    "%s: label %s: no wish that davit knows (give --label %s= to launch without it)",
			    file, key, key);
	if (!value[0] || wish->kind == WISH_OTHERS || is_given(request, wish))
		return 0;
	if (wish->key >= 0 && !is_modest(wish, value) && !policy->lines[wish->key].number)
		return fail(0,
			    "%s wishes --%s %s (label %s), of which the policy says nothing: allow it by %s = in davit.conf, or give --%s or --label %s=",
			    file, name, value, key, policy_key_name((enum policy_key)wish->key),
			    name, key);
	return wish_take(request, arena, file, wish, value);
}

static int take_wishes(struct request *request, struct arena *arena, const char *file,
		       const struct image_config *config, const struct policy *policy)
{
	const struct annotation *label;
	int ret = 0;

	for (label = config->labels; label->key && ret == 0; label++) {
		if (strncmp(label->key, WISH_PREFIX, strlen(WISH_PREFIX)) == 0)
			ret = take_wish(request, arena, file, policy, label->key);
	}
	return ret;
}

int request_take_config(struct request *request, struct arena *arena, const struct image *image,
			const struct policy *policy)
{
	const struct image_config *config = image->config;
	int ret = take_command(request, arena, config);

	if (ret == 0)
		ret = put_before(&request->env, arena, &config->env);
	if (ret == 0)
		ret = take_labels(request, arena, image->path, config);
	if (ret == -ENOMEM)
		return fail(ENOMEM, "%s", image->path);
	if (ret == 0)
		ret = take_words(request, image->path, config);
	if (ret == 0)
		ret = take_volumes(request, image->path, config);
	return ret < 0 ? ret : take_wishes(request, arena, image->path, config, policy);
}
