/* SPDX-License-Identifier: MIT */
/* What all verbs have in common: their names, their help, their arguments. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/verb_options.h"

const struct verb *verb_find(const char *name)
{
	const struct verb *verb, *like = NULL;
	unsigned int least = text_far(name);

	for (verb = verbs; verb->name; verb++) {
		unsigned int distance = CONFIG_SUGGEST ? text_distance(name, verb->name) : least;

		if (strcmp(verb->name, name) == 0)
			return verb;
		if (distance < least) {
			least = distance;
			like = verb;
		}
	}
	if (name[0] == '-')
		fail(0, "unknown option %s (before a command: --config, --root, --run-root)", name);
	else if (like)
		fail(0, "unknown command %s (did you mean davit %s?)", name, like->name);
	else
		fail(0, "unknown command %s (davit help lists them)", name);
	return NULL;
}

const char *verb_run_root(void)
{
	const char *root = getenv("DAVIT_RUN_ROOT");

	return root && root[0] ? root : "/run/davit";
}

const char *verb_root(void)
{
	const char *root = getenv("DAVIT_ROOT");

	return root && root[0] ? root : "/var/lib/davit";
}

int verb_help(const struct verb *verb)
{
	struct arena arena = { 0 };
	const bool some = verb->options && verb->options[0].name;
	const char *list = some ? options_list(&arena, verb->options) : "";
	char *text = list ? arena_print(&arena, "davit %s%s%s\n%s\n%s%s", verb->name,
					verb->usage[0] ? " " : "", verb->usage, verb->summary,
					some ? "\nOptions:\n" : "", list) :
			    NULL;
	int ret = text ? say(text) : fail(ENOMEM, "help");

	arena_close(&arena);
	return ret;
}

/* Options and words in any order, as Docker takes them; behind "--" only words. */
static int read_all(struct option_reader *reader, struct texts *words)
{
	int ret = options_read(reader);

	while (ret == 0 && *reader->next) {
		if (texts_add(reader->arena, words, *reader->next++) < 0)
			return fail(ENOMEM, "arguments");
		ret = options_read(reader);
	}
	return ret;
}

int verb_read(void *values, struct texts *words, struct arena *arena, char **argv, int *code)
{
	static const struct option none[] = { OPTIONS_END };
	const struct verb *verb = verb_find(argv[0]);
	struct option_reader reader = { .values = values, .arena = arena, .next = argv + 1 };
	int ret;

	*code = EXIT_USAGE;
	if (!verb)
		return -1;
	reader.table = verb->options ? verb->options : none;
	reader.verb = verb->name;
	ret = read_all(&reader, words);
	if (ret < 0)
		return -1;
	*code = ret > 0 && verb_help(verb) < 0 ? EXIT_FAILED : 0;
	return ret > 0 ? -1 : 0;
}
