/* SPDX-License-Identifier: MIT */
/* davit tags and davit search: what a registry says that it has. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/registry_settings.h"
#include "commands/verb_options.h"
#include "store/sweep.h"

struct tags_values {
	bool all;
};

const struct option tags_options[] = { { "all", 'a', OPTION_FLAG_OF(tags_values, all),
					 HELP("also those of signatures and the like") },
				       OPTIONS_END };

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One line each. Not every registry sorts them, as it should. */
static int print_names(struct arena *arena, const struct texts *names, const char *before)
{
	struct string text = { 0 };
	size_t i;

	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), compare);
	for (i = 0; i < names->count; i++)
		string_add(arena, &text, "%s%s\n", before, names->items[i]);
	if (arena->failed)
		return fail(ENOMEM, "names");
	return text.text ? say(text.text) : 0;
}

/* What is signed has them beside it. */
static void drop_aside(struct texts *tags)
{
	struct digest subject;
	size_t i, count = 0;

	for (i = 0; i < tags->count; i++) {
		if (!tag_is_aside(&subject, tags->items[i]))
			tags->items[count++] = tags->items[i];
	}
	tags->count = count;
}

static int list_tags(struct arena *arena, const struct tags_values *given, const char *image)
{
	struct registry_settings settings;
	struct reference reference;
	struct registry registry;
	struct texts tags;
	int ret = reference_parse(&reference, arena, image);

	if (ret == 0)
		ret = registry_settings_read(&settings, arena);
	if (ret < 0)
		return ret;
	ret = registry_open(&registry, arena, &settings, &reference, REGISTRY_PULL);
	if (ret == 0)
		ret = registry_tags(&tags, &registry);
	registry_close(&registry);
	if (ret == 0 && !given->all)
		drop_aside(&tags);
	return ret == 0 ? print_names(arena, &tags, "") : ret;
}

/* Of NAMES those that have TERM in them. */
static int filter(struct texts *out, struct arena *arena, const struct texts *names, const char *term)
{
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < names->count; i++) {
		if (strstr(names->items[i], term))
			ret = texts_add(arena, out, names->items[i]);
	}
	return ret;
}

/* [HOST/]TERM; no name has a colon, so that HOST:PORT alone is meant to be asked for all. */
static void split(struct reference *out, const char **term, struct arena *arena, const char *text)
{
	const size_t length = strcspn(text, "/");
	const char *host = arena_copy(arena, text, length);

	*out = (struct reference){ .path = "" };
	*term = text;
	if ((!text[length] && !strchr(text, ':')) || !host || !reference_is_host(host))
		return;
	out->host = host;
	*term = text + length + (text[length] == '/');
}

static int search(struct arena *arena, const char *text)
{
	struct registry_settings settings;
	struct texts names, found = { 0 };
	struct reference reference;
	struct registry registry;
	const char *term;
	int ret = registry_settings_read(&settings, arena);

	if (ret < 0)
		return ret;
	split(&reference, &term, arena, text);
	ret = registry_open(&registry, arena, &settings, &reference, REGISTRY_CATALOG);
	if (ret == 0) {
		ret = registry_catalog(&names, &registry);
		if (ret == -EOPNOTSUPP || ret == -ENOKEY)
			ret = fail(0,
				   "%s: has no catalogue, or does not show it to you%s%s%s: davit tags %s%sNAME lists the tags of one image",
				   registry.host, ret == -ENOKEY ? " (401; davit login " : "",
				   ret == -ENOKEY ? registry.host : "", ret == -ENOKEY ? ")" : "",
				   reference.host ? reference.host : "", reference.host ? "/" : "");
	}
	registry_close(&registry);
	if (ret == 0)
		ret = filter(&found, arena, &names, term);
	if (ret < 0)
		return ret;
	return print_names(arena, &found,
			   reference.host ? arena_print(arena, "%s/", reference.host) : "");
}

int cmd_tags(int argc, char **argv)
{
	struct tags_values given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count != 1)
			fail(0, "davit tags: expected IMAGE");
		else
			code = list_tags(&arena, &given, words.items[0]) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}

int cmd_search(int argc, char **argv)
{
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code, values = 0;

	(void)argc;
	if (verb_read(&values, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count != 1)
			fail(0, "davit search: expected [HOST/]TERM");
		else
			code = search(&arena, words.items[0]) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}
