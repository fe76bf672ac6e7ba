/* SPDX-License-Identifier: MIT */
/* The lines of davit.conf, "key = value": every one is understood, or the file is refused. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "base/match.h"
#include "base/text.h"
#include "config.h"
#include "sandbox/capability.h"
#include "sandbox/policy_key.h"

static int take_capability(struct policy *policy, struct arena *arena, const char *word)
{
	uint64_t mask = capability_defaults();

	(void)arena;
	if (strcmp(word, "default") != 0 && capability_parse(&mask, word) < 0)
		return -EINVAL;
	policy->capabilities |= mask;
	return 0;
}

static int take_namespace(struct policy *policy, struct arena *arena, const char *word)
{
	static const struct {
		const char *word;
		unsigned long flag;
	} words[] = {
		{ "cgroup", CLONE_NEWCGROUP },
		{ "ipc", CLONE_NEWIPC },
		{ "pid", CLONE_NEWPID },
		{ "uts", CLONE_NEWUTS },
	};
	size_t i;

	(void)arena;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i].word) == 0) {
			policy->shared |= words[i].flag;
			return 0;
		}
	}
	return -EINVAL;
}

static int take_network(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	if (strcmp(word, "host") == 0)
		policy->shared |= CLONE_NEWNET;
	else if (strcmp(word, "none") != 0)
		return -EINVAL;
	return 0;
}

/* Room for one more at the end of a list that is never long. */
static void *list_grow(struct arena *arena, const void *list, size_t count, size_t size)
{
	void *longer = arena_alloc(arena, (count + 1) * size);

	if (longer && count)
		memcpy(longer, list, count * size);
	return longer;
}

static int take_device(struct policy *policy, struct arena *arena, const char *word)
{
	struct policy_device *list;

	if (!policy_path_below(word, "/") || !match_is_pattern(word))
		return -EINVAL;
	list = list_grow(arena, policy->devices, policy->device_count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list[policy->device_count++] =
		(struct policy_device){ .name = word, .plain = !strpbrk(word, "*?[") };
	policy->devices = list;
	return 0;
}

static int take_image(struct policy *policy, struct arena *arena, const char *word)
{
	struct policy_path *list;

	if (!policy_path_below(word, "/"))
		return -EINVAL;
	list = list_grow(arena, policy->images, policy->image_count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list[policy->image_count++] = (struct policy_path){ .path = word, .read_only = true };
	policy->images = list;
	return 0;
}

static int take_path(struct policy *policy, struct arena *arena, const char *word)
{
	const char *mode = strrchr(word, ':');
	struct policy_path *list, path = { .path = word };

	if (mode) {
		path.read_only = strcmp(mode, ":ro") == 0;
		if (!path.read_only && strcmp(mode, ":rw") != 0)
			return -EINVAL;
		path.path = arena_copy(arena, word, (size_t)(mode - word));
	}
	list = list_grow(arena, policy->paths, policy->path_count, sizeof(*list));
	if (!list || !path.path)
		return -ENOMEM;
	if (!policy_path_below(path.path, "/"))
		return -EINVAL;
	list[policy->path_count++] = path;
	policy->paths = list;
	return 0;
}

static int take_size(uint64_t *size, const char *word)
{
	return text_size(size, word) < 0 || !*size ? -EINVAL : 0;
}

static int take_memory(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	return take_size(&policy->memory, word);
}

static int take_memory_per_app(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	return take_size(&policy->memory_per_app, word);
}

static int take_cpus(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	return text_thousandths(&policy->cpus_per_app, word, UINT32_MAX) < 0 ||
			       !policy->cpus_per_app ?
		       -EINVAL :
		       0;
}

static int take_pids(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	return text_number(&policy->pids_per_app, word, INT32_MAX) < 0 || !policy->pids_per_app ?
		       -EINVAL :
		       0;
}

static int take_truth(bool *truth, const char *word, const char *yes, const char *no)
{
	*truth = strcmp(word, yes) == 0;
	return *truth || strcmp(word, no) == 0 ? 0 : -EINVAL;
}

static int take_no_new_privileges(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	return take_truth(&policy->no_new_privileges, word, "yes", "no");
}

static int take_privileged(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	return take_truth(&policy->privileged, word, "yes", "no");
}

static int take_userns(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	return take_truth(&policy->userns, word, "required", "any");
}

/* davit's own filter is always allowed. */
static int take_seccomp(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	if (strcmp(word, "file") == 0)
		policy->seccomp_file = true;
	else if (strcmp(word, "unconfined") == 0)
		policy->seccomp_unconfined = true;
	else if (strcmp(word, "default") != 0)
		return -EINVAL;
	return 0;
}

static int take_verify(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	if (strcmp(word, "signed") == 0)
		policy->verify = VERIFY_SIGNED;
	else if (strcmp(word, "none") == 0)
		policy->verify = VERIFY_NOTHING;
	else if (strcmp(word, "digest") != 0)
		return -EINVAL;
	return 0;
}

static int take_verity(struct policy *policy, struct arena *arena, const char *word)
{
	(void)arena;
	return take_truth(&policy->verity, word, "require", "auto");
}

#define PATH_EXPECTED "an absolute path without .."

static const struct policy_key_row keys[POLICY_KEY_COUNT] = {
	[POLICY_CAPABILITIES] = { "capabilities", take_capability,
				  "the name of a capability, default, ALL or none", true },
	[POLICY_CPUS_PER_APP] = { "cpus-per-app", take_cpus, "a number of processors, such as 0.5",
				  false },
	[POLICY_DEVICES] = { "devices", take_device, PATH_EXPECTED ", with * ? or [ ], or none",
			     true },
	[POLICY_HOST_NAMESPACES] = { "host-namespaces", take_namespace,
				     "cgroup, ipc, pid, uts or none", true },
	[POLICY_IMAGES] = { "images", take_image, PATH_EXPECTED ", or none", true },
	[POLICY_MEMORY] = { "memory", take_memory, "a size, such as 64m", false },
	[POLICY_MEMORY_PER_APP] = { "memory-per-app", take_memory_per_app, "a size, such as 16m",
				    false },
	[POLICY_NETWORKS] = { "networks", take_network, "host or none", true },
	[POLICY_NO_NEW_PRIVILEGES] = { "no-new-privileges", take_no_new_privileges, "yes or no",
				       false },
	[POLICY_PATHS] = { "paths", take_path, PATH_EXPECTED ", with :ro or nothing, or none", true },
	[POLICY_PIDS_PER_APP] = { "pids-per-app", take_pids, "a number of processes", false },
	[POLICY_PRIVILEGED] = { "privileged", take_privileged, "yes or no", false },
	[POLICY_SECCOMP] = { "seccomp", take_seccomp, "default, file or unconfined", true },
	[POLICY_USERNS] = { "userns", take_userns, "required or any", false },
	[POLICY_VERIFY] = { "verify", take_verify, "signed, digest or none", false },
	[POLICY_VERITY] = { "verity", take_verity, "require or auto", false },
};

const char *policy_key_name(enum policy_key key)
{
	return keys[key].name;
}

/* The next part of a path, passing over slashes and "."; its length is 0 at the end. */
static size_t part_next(const char **part, const char **path)
{
	size_t length;

	do {
		*part = *path + strspn(*path, "/");
		length = strcspn(*part, "/");
		*path = *part + length;
	} while (length == 1 && **part == '.');
	return length;
}

bool policy_path_below(const char *path, const char *base)
{
	const char *part, *wanted;
	size_t length, wanted_length = part_next(&wanted, &base);

	if (path[0] != '/')
		return false;
	while ((length = part_next(&part, &path))) {
		if (length == 2 && strncmp(part, "..", 2) == 0)
			return false;
		if (!wanted_length)
			continue;
		if (length != wanted_length || strncmp(part, wanted, length) != 0)
			return false;
		wanted_length = part_next(&wanted, &base);
	}
	return !wanted_length;
}

/* TEXT without blanks around it. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length && strchr(" \t\r", text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

/* # begins a comment, at the start of a line and behind a blank. */
static void comment_cut(char *line)
{
	char *mark = line;

	while ((mark = strchr(mark, '#'))) {
		if (mark == line || mark[-1] == ' ' || mark[-1] == '\t')
			*mark = '\0';
		else
			mark++;
	}
}

/* The row called NAME, and *PLACE, where its line is kept; or NULL. */
static const struct policy_key_row *key_find(struct policy_line **place, struct policy *policy,
					     const char *name)
{
	size_t i;

	for (i = 0; i < POLICY_KEY_COUNT; i++) {
		*place = &policy->lines[i];
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	for (i = 0; CONFIG_REGISTRY && i < POLICY_REGISTRY_KEY_COUNT; i++) {
		*place = &policy->registries.lines[i];
		if (strcmp(policy_registry_rows[i].name, name) == 0)
			return &policy_registry_rows[i];
	}
	return NULL;
}

static int key_unknown(const char *file, unsigned int number, const char *name)
{
	unsigned int least = text_far(name);
	const size_t count = POLICY_KEY_COUNT + (CONFIG_REGISTRY ? POLICY_REGISTRY_KEY_COUNT : 0);
	const char *like = NULL;
	size_t i;

	for (i = 0; CONFIG_SUGGEST && i < count; i++) {
		const char *key = i < POLICY_KEY_COUNT ?
					  keys[i].name :
					  policy_registry_rows[i - POLICY_KEY_COUNT].name;
		unsigned int distance = text_distance(name, key);

		if (distance < least) {
			least = distance;
			like = key;
		}
	}
	if (like)
		return fail(0, "%s:%u: unknown key %s (did you mean %s?)", file, number, name, like);
	return fail(0, "%s:%u: unknown key %s (davit.conf(5) lists them)", file, number, name);
}

static int value_take(struct policy *policy, struct arena *arena, const struct policy_key_row *key,
		      char *value)
{
	const bool empty = !value[0] || strcmp(value, "none") == 0;
	char *word;
	int ret;

	if (!key->list)
		return key->take(policy, arena, value);
	if (empty)
		return 0;
	while ((word = strsep(&value, ","))) {
		ret = key->take(policy, arena, trim(word));
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int line_take(struct policy *policy, struct arena *arena, char *line, unsigned int number)
{
	char *value = strchr(line, '='), *name, *copy;
	const struct policy_key_row *key;
	struct policy_line *place;
	int ret;

	if (!value || value == line)
		return fail(0, "%s:%u: expected KEY = VALUE, not %s", policy->file, number, line);
	copy = arena_copy(arena, line, strlen(line));
	if (!copy)
		return fail(ENOMEM, "%s", policy->file);
	*value++ = '\0';
	name = trim(line);
	key = key_find(&place, policy, name);
	if (!key)
		return key_unknown(policy->file, number, name);
	if (place->number)
		return fail(0, "%s:%u: %s is there already, in line %u", policy->file, number, name,
			    place->number);
	*place = (struct policy_line){ .number = number, .text = copy };
	ret = value_take(policy, arena, key, trim(value));
	if (ret == -ENOMEM)
		return fail(ENOMEM, "%s", policy->file);
	if (ret < 0)
		return fail(0, "%s:%u: %s: expected %s", policy->file, number, copy, key->expected);
	return 0;
}

/* Who may write to a directory may write to what is in it. */
static int check_paths(const struct policy *policy)
{
	size_t i, j;

	for (i = 0; i < policy->path_count; i++) {
		for (j = 0; j < policy->path_count; j++) {
			const struct policy_path *path = &policy->paths[i],
						 *above = &policy->paths[j];

			if (path->read_only && !above->read_only &&
			    policy_path_below(path->path, above->path))
				return fail(0, "%s:%u: %s:ro lies in %s, which is not :ro",
					    policy->file, policy->lines[POLICY_PATHS].number,
					    path->path, above->path);
		}
	}
	return 0;
}

int policy_parse(struct policy *policy, struct arena *arena, const char *file, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text)), *line;
	unsigned int number = 0;
	int ret = 0;

	*policy = (struct policy){ .file = file };
	if (!copy)
		return fail(ENOMEM, "%s", file);
	while ((line = strsep(&copy, "\n")) && ret == 0) {
		number++;
		comment_cut(line);
		line = trim(line);
		if (line[0])
			ret = line_take(policy, arena, line, number);
	}
	return ret < 0 ? ret : check_paths(policy);
}
