/* SPDX-License-Identifier: MIT */
/* What the verbs that take names of sandboxes have in common. */
#include <errno.h>

#include "base/log.h"
#include "commands/boxes.h"
#include "store/versions.h"

enum manner { ALOUD, QUIETLY, ONLY_ONE };

/* What a verb does, and how. */
struct doing {
	int (*check)(const void *values);
	box_first *first;
	box_act *act;
	enum manner manner;
};

static int act_on(const char *name, const void *values, const struct doing *doing)
{
	struct arena arena = { 0 };
	struct record record;
	int ret = doing->first ? doing->first(&arena, name) : 1;

	if (ret <= 0) {
		arena_close(&arena);
		return ret;
	}
	ret = record_open(&record, &arena, verb_run_root(), name);
	if (ret == 0) {
		const char *line = arena_print(&arena, "%s\n", record.name);

		ret = doing->act(&arena, &record, values);
		if (ret == 0 && doing->manner == ALOUD)
			ret = line ? say(line) : fail(ENOMEM, "%s", name);
		record_close(&record);
	}
	arena_close(&arena);
	return ret;
}

static int each(char **argv, void *values, const struct doing *doing)
{
	struct arena arena = { 0 };
	struct texts names = { 0 };
	int code = 0;
	size_t i;

	if (verb_read(values, &names, &arena, argv, &code) == 0) {
		if (!names.count) {
			fail(0, "%s needs the name of a sandbox (davit ps lists them)", argv[0]);
			code = EXIT_USAGE;
		} else if (names.count > 1 && doing->manner == ONLY_ONE) {
			fail(0, "%s takes one sandbox: %s", argv[0], names.items[1]);
			code = EXIT_USAGE;
			names.count = 0;
		} else if (doing->check && doing->check(values) < 0) {
			code = EXIT_USAGE;
			names.count = 0;
		}
		for (i = 0; i < names.count; i++) {
			if (act_on(names.items[i], values, doing) < 0)
				code = EXIT_FAILED;
		}
	}
	arena_close(&arena);
	return code;
}

int boxes_each(char **argv, void *values, int (*check)(const void *values), box_act *act)
{
	return each(argv, values, &(struct doing){ check, NULL, act, ALOUD });
}

int boxes_one(char **argv, void *values, int (*check)(const void *values), box_act *act)
{
	return each(argv, values, &(struct doing){ check, NULL, act, ONLY_ONE });
}

int boxes_each_quietly(char **argv, void *values, int (*check)(const void *values), box_act *act)
{
	return each(argv, values, &(struct doing){ check, NULL, act, QUIETLY });
}

int boxes_each_first(char **argv, void *values, box_first *first, box_act *act)
{
	return each(argv, values, &(struct doing){ NULL, first, act, ALOUD });
}

int boxes_check_free(const struct record *record)
{
	return CONFIG_UPDATE ? versions_check(verb_root(), record->name) : 0;
}
