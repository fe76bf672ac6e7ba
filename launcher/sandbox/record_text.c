/* SPDX-License-Identifier: MIT */
/* The record of a sandbox as text: lines "key word word…", so written that any word comes back as it was. */
#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "config.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/record_text.h"

/* The sum called FNV-1a, of 64 bits. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

void record_line(struct arena *arena, struct string *text, const char *key,
		 const char *const *words, size_t count)
{
	size_t i;

	string_add(arena, text, "%s", key);
	for (i = 0; i < count; i++)
		words_add(arena, text, words[i]);
	string_add(arena, text, "\n");
}

int record_words(struct texts *words, struct arena *arena, const char *text, const char *key)
{
	const size_t length = strlen(key);
	int ret = 0;

	while (*text && ret == 0) {
		if (strncmp(text, key, length) == 0 && (text[length] == ' ' || text[length] == '\n'))
			ret = words_read(words, arena, text + length);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return ret;
}

/* --- what is said of a sandbox ---------------------------------------------------------------------- */

static void add_word(struct arena *arena, struct string *text, const char *key, const char *word)
{
	if (word)
		record_line(arena, text, key, &word, 1);
}

static void add_number(struct arena *arena, struct string *text, const char *key, uint64_t number)
{
	if (number)
		string_add(arena, text, "%s %" PRIu64 "\n", key, number);
}

static void add_flags(struct arena *arena, struct string *text, const struct sandbox *sandbox)
{
	string_add(arena, text, "flags%s%s%s%s%s%s%s\n", sandbox->detached ? " detached" : "",
		   sandbox->remove ? " rm" : "", sandbox->init ? " init" : "",
		   sandbox->terminal ? " tty" : "", sandbox->interactive ? " interactive" : "",
		   sandbox->writable ? "" : " read-only",
		   sandbox->new_privileges ? " new-privileges" : "");
}

static void add_limits(struct arena *arena, struct string *text, const struct plan *plan)
{
	const struct sandbox *sandbox = plan->sandbox;
	char key[32];
	size_t i;

	add_number(arena, text, "memory", sandbox->limits.memory);
	add_number(arena, text, "swap", sandbox->limits.swap);
	add_number(arena, text, "cpu", sandbox->limits.cpu);
	add_number(arena, text, "pids", sandbox->limits.pids);
	for (i = 0; i < CONTROLLER_COUNT; i++) {
		snprintf(key, sizeof(key), "cgroup-%s", controller_names[i]);
		add_word(arena, text, key, plan->sandbox->cgroups[i]);
	}
	for (i = 0; i < sandbox->rlimit_count; i++) {
		const struct limit *limit = &sandbox->rlimits[i];

		string_add(arena, text, "rlimit %s %" PRIu64 " %" PRIu64 "\n", limit->name,
			   limit->soft, limit->hard);
	}
}

static void add_files(struct arena *arena, struct string *text, const struct sandbox *sandbox)
{
	size_t i;

	for (i = 0; i < sandbox->volume_count; i++) {
		const struct volume *volume = &sandbox->volumes[i];
		const char *const words[] = { volume->read_only ? "ro" : "rw", volume->source,
					      volume->target };

		record_line(arena, text, "volume", words, 3);
	}
	for (i = 0; i < sandbox->device_count; i++) {
		const char *const words[] = { sandbox->devices[i].source, sandbox->devices[i].target };

		record_line(arena, text, "device", words, 2);
	}
	for (i = 0; i < sandbox->scratch_count; i++) {
		const char *size = arena_print(arena, "%" PRIu64, sandbox->scratches[i].size);
		const char *const words[] = { sandbox->scratches[i].target, size ? size : "" };

		record_line(arena, text, "tmpfs", words, 2);
	}
}

/* As --security-opt landlock= takes it, a word per rule. */
static void add_landlock(struct arena *arena, struct string *text, const struct landlock *landlock)
{
	struct texts words = { 0 };
	size_t i;

	for (i = 0; i < landlock->count; i++) {
		const struct landlock_rule *rule = &landlock->rules[i];
		const char *word = rule->path ?
					   arena_print(arena, "%s:%s", rule->word, rule->path) :
					   arena_print(arena, "%s:%" PRIu64, rule->word, rule->port);

		(void)texts_add(arena, &words, word);
	}
	if (landlock->network & LANDLOCK_BIND_TCP)
		(void)texts_add(arena, &words, "net-bind:none");
	if (landlock->network & LANDLOCK_CONNECT_TCP)
		(void)texts_add(arena, &words, "net-connect:none");
	if (landlock->scopes & LANDLOCK_SCOPE_ABSTRACT)
		(void)texts_add(arena, &words, "scope:abstract-unix-socket");
	if (landlock->scopes & LANDLOCK_SCOPE_SIGNAL)
		(void)texts_add(arena, &words, "scope:signal");
	if (landlock->files && !(landlock->files & LANDLOCK_TRUNCATE))
		(void)texts_add(arena, &words, "truncate");
	if (!arena->failed)
		record_line(arena, text, "landlock", words.items, words.count);
}

static void add_map(struct arena *arena, struct string *text, const char *key,
		    const struct id_map *map)
{
	size_t i;

	string_add(arena, text, "%s", key);
	for (i = 0; i < map->count; i++)
		string_add(arena, text, " %u:%u:%u", map->ranges[i].inside, map->ranges[i].outside,
			   map->ranges[i].count);
	string_add(arena, text, "\n");
}

static const char *own_filter(struct arena *arena, const struct filter *filter)
{
	size_t size, i;
	const unsigned char *bytes = filter_write(arena, filter, &size);
	struct string text = { 0 };

	string_add(arena, &text, "file ");
	for (i = 0; bytes && i < size; i++)
		string_add(arena, &text, "%02x", bytes[i]);
	return bytes && !arena->failed ? text.text : NULL;
}

const char *record_filter(struct arena *arena, const struct plan *plan)
{
	const unsigned char *bytes = (const unsigned char *)plan->filter;
	const size_t size = plan->filter_count * sizeof(*plan->filter);
	uint64_t sum = FNV_BASIS;
	size_t i;

	if (!plan->filter_count)
		return "none";
	if (CONFIG_SECURITY_OPT && plan->sandbox->filter)
		return own_filter(arena, plan->sandbox->filter);
	for (i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * FNV_PRIME;
	return arena_print(arena, "default %zu %016" PRIx64, plan->filter_count, sum);
}

const char *record_compose(struct arena *arena, const struct plan *plan)
{
	const struct sandbox *sandbox = plan->sandbox;
	struct string text = { 0 };
	const char *filter = record_filter(arena, plan);

	/* Near the start, where a davit that tidies up finds them. */
	add_flags(arena, &text, sandbox);
	add_number(arena, &text, "log", sandbox->log_size);
	add_word(arena, &text, "image", sandbox->image->path);
	if (sandbox->image->layer_count == 1)
		add_number(arena, &text, "offset", sandbox->image->layers->offset);
	if (CONFIG_IMAGE_OCI && sandbox->image->config)
		record_image(arena, &text, sandbox->image);
	add_word(arena, &text, "kept", sandbox->kept);
	if (CONFIG_UPDATE && sandbox->again) {
		record_line(arena, &text, "option", sandbox->again[0].items, sandbox->again[0].count);
		record_line(arena, &text, "command", sandbox->again[1].items,
			    sandbox->again[1].count);
	}
	record_line(arena, &text, "args", sandbox->argv.items, sandbox->argv.count);
	record_line(arena, &text, "env", sandbox->env.items, sandbox->env.count);
	add_word(arena, &text, "hostname", sandbox->hostname);
	add_word(arena, &text, "user", sandbox->user);
	add_word(arena, &text, "workdir", sandbox->workdir);
	record_line(arena, &text, "group", sandbox->groups.items, sandbox->groups.count);
	add_word(arena, &text, "oom-score", sandbox->oom_score);
	if (sandbox->labels.count)
		record_line(arena, &text, "label", sandbox->labels.items, sandbox->labels.count);
	if (sandbox->annotations.count)
		record_line(arena, &text, "annotation", sandbox->annotations.items,
			    sandbox->annotations.count);
	string_add(arena, &text, "stop %d %d\n", sandbox->stop_signal, sandbox->stop_timeout);
	string_add(arena, &text, "namespaces %lx\ncapabilities %" PRIx64 "\nambient %" PRIx64 "\n",
		   sandbox->namespaces, sandbox->capabilities, sandbox->ambient);
	string_add(arena, &text, "seccomp %s\n", filter ? filter : "");
	if (plan_has_helper(plan)) {
		add_map(arena, &text, "uidmap", &sandbox->uids);
		add_map(arena, &text, "gidmap", &sandbox->gids);
	}
	if (CONFIG_LANDLOCK && sandbox->landlock)
		add_landlock(arena, &text, sandbox->landlock);
	add_limits(arena, &text, plan);
	add_files(arena, &text, sandbox);
	string_add(arena, &text, "end\n");
	return arena->failed ? NULL : text.text;
}
