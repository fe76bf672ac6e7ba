/* SPDX-License-Identifier: MIT */
/* davit help [VERB]: the verbs, or one verb with its options. */
#include <errno.h>

#include "base/arena.h"
#include "base/log.h"
#include "commands/commands.h"

static int help_all(void)
{
	struct arena arena = { 0 };
	char *text = arena_print(&arena,
				 "davit launches applications in sandboxes on embedded Linux.\n\n"
				 "davit [--config DIR] [--root DIR] [--run-root DIR] COMMAND …\n\n");
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
