/* SPDX-License-Identifier: MIT */
/* davit start: launch apps in their current version, after a boot or after davit stop. */
#include <errno.h>

#include "base/log.h"
#include "commands/app.h"
#include "commands/verb_options.h"
#include "sandbox/self.h"

const struct option start_options[] = { OPTIONS_END };

/* The first version is what the .conf file names. */
static int may_be_first(const struct app *app)
{
	if (app->recorded && app->digest)
		return fail(0, "%s: its image is not in %s: launch it by davit run", app->name,
			    verb_root());
	if (!app->conf.image)
		return app_unknown(app);
	return 0;
}

/* Once it is written down, no davit sweeps its image away. */
static int choose_first(struct job *job, struct app *app)
{
	struct version *current = &app->versions.items[VERSION_CURRENT];
	struct store store;
	int ret = store_open(&store, verb_root(), STORE_WRITE);

	if (ret < 0)
		return ret;
	ret = app_resolve(current, app, app->conf.image);
	if (ret == 0)
		ret = app_prepare(job, app, current);
	/* Of an index, this machine's manifest. */
	if (ret == 0) {
		current->descriptor = *job->image.descriptor;
		versions_drop_failure(&app->versions, &current->descriptor.digest);
	}
	if (CONFIG_SIGNATURE && ret == 0)
		ret = floor_raise(&job->floor, &job->arena);
	if (ret == 0)
		ret = app_write(app);
	store_close(&store);
	return ret;
}

/* What could not be launched is no version. */
static void forget_first(struct app *app, const struct versions *before)
{
	app->versions = *before;
	if (before->failure_count || before->items[VERSION_TRIAL].is_there)
		(void)app_write(app);
	else
		(void)versions_remove(verb_root(), app->name);
}

/* As davit run does it: nobody waits until it is healthy. */
static int start_fresh(struct app *app)
{
	const struct versions before = app->versions;
	struct job job = { .image = { .fd = -1 } };
	int ret = may_be_first(app);

	if (ret < 0)
		return ret;
	ret = choose_first(&job, app);
	if (ret == 0 && app_detach(&job) != 0) {
		forget_first(app, &before);
		ret = -ECANCELED;
	}
	job_close(&job);
	return ret;
}

static int start(struct app *app)
{
	const bool known = app->versions.items[VERSION_CURRENT].is_there;
	int ret;

	if (app->runs && !version_is_tried(&app->versions.items[VERSION_TRIAL]))
		return 0;
	if (!known)
		return start_fresh(app);
	ret = app_recover(app, true);
	if (ret >= 0 && app->adopted)
		ret = app_write(app);
	return ret < 0 ? ret : 0;
}

static int start_one(const char *name, char **argv)
{
	struct arena arena = { 0 };
	struct app app;
	int ret = app_open(&app, &arena, name, APP_WAIT, argv);

	if (ret == 0) {
		const char *line = arena_print(&arena, "%s\n", name);

		ret = start(&app);
		app_close(&app);
		if (ret == 0 && line)
			ret = say(line);
	}
	arena_close(&arena);
	return ret;
}

int cmd_start(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct texts names = { 0 };
	int code, values = 0;
	size_t i;

	(void)argc;
	if (verb_read(&values, &names, &arena, argv, &code) == 0) {
		if (!names.count) {
			fail(0, "davit start: expected NAME…");
			code = EXIT_USAGE;
		} else if (CONFIG_SELF && self_protect(argv) < 0) {
			code = EXIT_FAILED;
			names.count = 0;
		}
		for (i = 0; i < names.count; i++) {
			if (start_one(names.items[i], argv) < 0)
				code = EXIT_FAILED;
		}
	}
	arena_close(&arena);
	return code;
}
