/* SPDX-License-Identifier: MIT */
/* davit pause, davit unpause: stop all processes of sandboxes where they are, and let them go on. */
#include <errno.h>

#include "base/log.h"
#include "commands/commands.h"
#include "sandbox/pause.h"

static int pause_one(const char *name, int (*act)(struct arena *arena, const struct record *record))
{
	struct arena arena = { 0 };
	struct record record;
	int ret = record_open_running(&record, &arena, verb_run_root(), name);

	if (ret == 0) {
		const char *line = arena_print(&arena, "%s\n", record.name);

		ret = act(&arena, &record);
		if (ret == 0)
			ret = line ? say(line) : fail(ENOMEM, "%s", name);
		record_close(&record);
	}
	arena_close(&arena);
	return ret;
}

/* Each by itself, as Docker does: one that fails does not keep the others from it. */
static int pause_each(char **argv, int (*act)(struct arena *arena, const struct record *record))
{
	int code = 0, i;

	if (!argv[1] || argv[1][0] == '-') {
		fail(0, "%s needs the name of a sandbox: davit %s NAME…", argv[0], argv[0]);
		return EXIT_USAGE;
	}
	for (i = 1; argv[i]; i++) {
		if (pause_one(argv[i], act) < 0)
			code = EXIT_FAILED;
	}
	return code;
}

int cmd_pause(int argc, char **argv)
{
	(void)argc;
	return pause_each(argv, pause_begin);
}

int cmd_unpause(int argc, char **argv)
{
	(void)argc;
	return pause_each(argv, pause_end);
}
