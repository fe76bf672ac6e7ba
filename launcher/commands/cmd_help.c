/* SPDX-License-Identifier: MIT */
/* davit help [VERB]: the verbs, or one verb with its options. */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/options.h"

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
	if (like)
		fail(0, "unknown command %s (did you mean davit %s?)", name, like->name);
	else
		fail(0, "unknown command %s (davit help lists them)", name);
	return NULL;
}

int verb_help(const struct verb *verb)
{
	struct arena arena = { 0 };
	const char *list = verb->launches ? options_help(&arena) : "";
	char *text = list ? arena_print(&arena, "davit %s%s%s\n%s\n%s%s", verb->name,
					verb->usage[0] ? " " : "", verb->usage, verb->summary,
					verb->launches ? "\nOptions:\n" : "", list) :
			    NULL;
	int ret = text ? say(text) : fail(ENOMEM, "help");

	arena_close(&arena);
	return ret;
}

static int help_all(void)
{
	struct arena arena = { 0 };
	char *text = arena_print(&arena,
				 "davit launches applications in sandboxes on embedded Linux.\n\n");
	const struct verb *verb;
	int ret;

	for (verb = verbs; verb->name && text; verb++) {
		if (verb->run)
			text = arena_print(&arena, "%s  davit %-8s %s\n", text, verb->name,
					   verb->summary);
	}
	if (text)
		text = arena_print(&arena, "%s\ndavit help COMMAND says more.\n", text);
	ret = text ? say(text) : fail(ENOMEM, "help");
	arena_close(&arena);
	return ret;
}

int cmd_help(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2)
		return help_all() < 0 ? EXIT_FAILED : 0;
	if (argc > 2) {
		fail(0, "davit help takes one command: %s", argv[2]);
		return EXIT_USAGE;
	}
	verb = verb_find(argv[1]);
	if (!verb)
		return EXIT_USAGE;
	return verb_help(verb) < 0 ? EXIT_FAILED : 0;
}
