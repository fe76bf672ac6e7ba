/* SPDX-License-Identifier: MIT */
/* davit rm: remove what is kept of sandboxes that have ended; with -f also of those that run. */
#include <signal.h>
#include <stdbool.h>

#include "base/log.h"
#include "commands/boxes.h"
#include "commands/verb_options.h"
#include "sandbox/await.h"

struct rm_options {
	bool force, volumes;
};

const struct option rm_options[] = {
	{ "force", 'f', OPTION_FLAG_OF(rm_options, force), HELP("end it first, by SIGKILL") },
	{ "volumes", 'v', OPTION_FLAG_OF(rm_options, volumes),
	  HELP("no meaning: there are no anonymous volumes") },
	OPTIONS_END,
};

static int rm_one(struct arena *arena, const struct record *record, const void *values)
{
	const struct rm_options *options = values;
	int ret = 0;

	(void)arena;
	if (record->state != RECORD_EXITED && !options->force)
		return fail(0, "%s: it is running; stop it first, or use -f", record->name);
	if (record->state != RECORD_EXITED)
		ret = await_stop(record, verb_run_root(), SIGKILL, 0);
	return ret < 0 ? ret : await_remove(record, verb_run_root());
}

int cmd_rm(int argc, char **argv)
{
	struct rm_options values = { 0 };

	(void)argc;
	return boxes_each(argv, &values, NULL, rm_one);
}
