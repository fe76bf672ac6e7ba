/* SPDX-License-Identifier: MIT */
/* What the verbs that take names of sandboxes have in common. */
#include <errno.h>

#include "base/log.h"
#include "commands/boxes.h"

enum manner { ALOUD, QUIETLY, ONLY_ONE };

static int act_on(const char *name, const void *values, box_act *act, enum manner manner)
{
	struct arena arena = { 0 };
	struct record record;
	int ret = record_open(&record, &arena, verb_run_root(), name);

	if (ret == 0) {
		const char *line = arena_print(&arena, "%s\n", record.name);

		ret = act(&arena, &record, values);
		if (ret == 0 && manner == ALOUD)
			ret = line ? say(line) : fail(ENOMEM, "%s", name);
		record_close(&record);
	}
	arena_close(&arena);
	return ret;
}

static int each(char **argv, void *values, int (*check)(const void *values), box_act *act,
		enum manner manner)
{
	struct arena arena = { 0 };
	struct texts names = { 0 };
	int code = 0;
	size_t i;

	if (verb_read(values, &names, &arena, argv, &code) == 0) {
		if (!names.count) {
			fail(0, "%s needs the name of a sandbox (davit ps lists them)", argv[0]);
			code = EXIT_USAGE;
		} else if (names.count > 1 && manner == ONLY_ONE) {
			fail(0, "%s takes one sandbox: %s", argv[0], names.items[1]);
			code = EXIT_USAGE;
			names.count = 0;
		} else if (check && check(values) < 0) {
			code = EXIT_USAGE;
			names.count = 0;
		}
		for (i = 0; i < names.count; i++) {
			if (act_on(names.items[i], values, act, manner) < 0)
				code = EXIT_FAILED;
		}
	}
	arena_close(&arena);
	return code;
}

int boxes_each(char **argv, void *values, int (*check)(const void *values), box_act *act)
{
	return each(argv, values, check, act, ALOUD);
}

int boxes_one(char **argv, void *values, int (*check)(const void *values), box_act *act)
{
	return each(argv, values, check, act, ONLY_ONE);
}

int boxes_each_quietly(char **argv, void *values, int (*check)(const void *values), box_act *act)
{
	return each(argv, values, check, act, QUIETLY);
}
