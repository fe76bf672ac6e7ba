/* SPDX-License-Identifier: MIT */
/* davit wait: block until sandboxes have ended, and print their exit codes. */
#include <errno.h>

#include "base/log.h"
#include "commands/boxes.h"
#include "commands/verb_options.h"
#include "sandbox/await.h"

const struct option wait_options[] = { OPTIONS_END };

static int wait_one(struct arena *arena, const struct record *record, const void *values)
{
	const char *line;
	int code, ret = await_code(&code, record, verb_run_root());

	(void)values;
	if (ret < 0)
		return ret;
	line = arena_print(arena, "%d\n", code);
	return line ? say(line) : fail(ENOMEM, "wait");
}

int cmd_wait(int argc, char **argv)
{
	(void)argc;
	return boxes_each_quietly(argv, NULL, NULL, wait_one);
}
