/* SPDX-License-Identifier: MIT */
/* davit rm: remove what is kept of sandboxes that have ended, and what they wrote; with -f also of those that run. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/log.h"
#include "commands/app.h"
#include "commands/boxes.h"
#include "commands/verb_options.h"
#include "sandbox/await.h"
#include "sandbox/kept.h"

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

	if (boxes_check_free(record) < 0)
		return -EAGAIN;
	if (record->state != RECORD_EXITED && !options->force)
		return fail(0, "%s: it is running; stop it first, or use -f", record->name);
	if (record->state != RECORD_EXITED)
		ret = await_stop(record, verb_run_root(), SIGKILL, 0);
	if (ret == 0)
		ret = await_remove(record, verb_run_root());
	if (CONFIG_UPDATE && ret == 0)
		ret = app_forget(arena, record->name);
	return ret == 0 && CONFIG_IMAGE_OCI ? kept_remove(verb_root(), record->name) : ret;
}

/* What an app wrote, or its versions, may be all that there is of it. Returns 1 where there is a sandbox, or nothing. */
static int rm_kept(struct arena *arena, const char *name)
{
	const char *path = arena_print(arena, "%s/%s", verb_run_root(), name);
	const char *line = arena_print(arena, "%s\n", name);
	int ret;

	if (!path || !line)
		return fail(ENOMEM, "%s", name);
	ret = kept_sweep(verb_root());
	if (ret < 0)
		return ret;
	if (access(path, F_OK) == 0 ||
	    (!kept_is_there(verb_root(), name) && !(CONFIG_UPDATE && app_is_known(arena, name))))
		return 1;
	ret = CONFIG_UPDATE ? app_forget(arena, name) : 0;
	if (ret == 0)
		ret = kept_remove(verb_root(), name);
	return ret < 0 ? ret : say(line);
}

int cmd_rm(int argc, char **argv)
{
	struct rm_options values = { 0 };

	(void)argc;
	return boxes_each_first(argv, &values, CONFIG_IMAGE_OCI ? rm_kept : NULL, rm_one);
}
