/* SPDX-License-Identifier: MIT */
/* The launch of an app's version, its end, and its recovery. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "commands/app.h"
#include "commands/options.h"
#include "sandbox/await.h"
#include "sandbox/detach.h"
#include "service/snapshot.h"

enum { LAUNCHES_MOST = 5 };

/* As it was launched before, with another image. */
static int take_words(struct job *job, const struct app *app, const char *reference)
{
	const struct texts *lists[] = { &app->versions.options, NULL, &app->versions.command };
	struct texts argv = { 0 };
	size_t i, j;
	int ret = texts_add(&job->arena, &argv, "run");

	for (i = 0; i < 3 && ret == 0; i++) {
		if (!lists[i]) {
			ret = texts_add(&job->arena, &argv, "--");
			if (ret == 0)
				ret = texts_add(&job->arena, &argv, reference);
			continue;
		}
		for (j = 0; j < lists[i]->count && ret == 0; j++)
			ret = texts_add(&job->arena, &argv, lists[i]->items[j]);
	}
	if (ret < 0)
		return fail(ENOMEM, "%s", app->name);
	ret = options_parse(&job->request, &job->arena, (int)argv.count, (char **)argv.items);
	return ret > 0 ? fail(0, "%s: its options ask for help", app->name) : ret;
}

int app_prepare(struct job *job, const struct app *app, const struct version *version)
{
	const struct job given = *job;
	struct request *request = &job->request;
	struct app_conf conf;
	int ret;

	job_begin(job, app->argv);
	job->pinned = &version->descriptor;
	job->ran = given.ran;
	job->notify = given.notify;
	job->notifies = given.notifies;
	ret = app->conf_text ?
		      app_conf_parse(&conf, request, &job->arena, app->conf_file, app->conf_text) :
		      take_words(job, app, version->reference);
	if (ret < 0)
		return ret;
	request->image = version->reference;
	request->name = app->name;
	request->detach = true;
	return job_make(job);
}

int app_launch(struct app *app)
{
	const struct version *current = &app->versions.items[VERSION_CURRENT];
	struct job job = { .ran = true };
	int ret = app_prepare(&job, app, current);

	if (ret == 0 && detach_quietly(&job.arena, &job.plan, &job.host) != 0)
		ret = -ECANCELED;
	job_close(&job);
	return ret;
}

int app_stop(struct app *app)
{
	struct record record = { .dir = -1 };
	int number, seconds, ret = app_record(&record, app);

	if (ret <= 0)
		return ret;
	ret = 0;
	record_stop(&number, &seconds, app->arena, &record);
	if (record.state != RECORD_EXITED)
		ret = await_stop(&record, verb_run_root(), number, seconds);
	if (ret == 0)
		ret = await_remove(&record, verb_run_root());
	record_close(&record);
	app->recorded = app->runs = false;
	app->digest = NULL;
	return ret;
}

/* What is tried is neither the current version nor one that is known to be good. */
static int drop_trial(struct app *app)
{
	struct version *current = &app->versions.items[VERSION_CURRENT];
	struct version *trial = &app->versions.items[VERSION_TRIAL];
	int ret = app_has(app, trial) && !app_has(app, current) ? app_stop(app) : 0;

	if (ret == 0 && current->is_there)
		ret = snapshot_restore(verb_root(), app->name, &current->descriptor.digest);
	if (ret < 0 || trial->tries < TRIES_MOST)
		return ret;
	versions_add_failure(&app->versions,
			     &(struct failure){
				     .digest = trial->descriptor.digest,
				     .time = trial->time,
				     .reference = trial->reference,
				     .reason =
					     "the machine or davit was cut off each time it was tried" });
	*trial = (struct version){ .is_there = false };
	return app_write(app);
}

/* A launch that was cut off may have the name for a moment still: it ends by itself. */
static int launch_current(struct app *app)
{
	const struct timespec pause = { .tv_nsec = 300000000 };
	int i, ret = -EAGAIN;

	for (i = 0; i < LAUNCHES_MOST && ret < 0; i++) {
		if (i)
			nanosleep(&pause, NULL);
		ret = app_look(app);
		if (ret == 0 && app->runs && app_has(app, &app->versions.items[VERSION_CURRENT]))
			return 0;
		if (ret == 0)
			ret = app_stop(app);
		if (ret == 0)
			ret = app_launch(app);
	}
	return ret;
}

int app_recover(struct app *app, bool ran)
{
	const bool tried = app->versions.items[VERSION_TRIAL].is_there;
	int ret = tried ? drop_trial(app) : 0;

	if (ret < 0 || app->runs)
		return ret < 0 ? ret : 1;
	if ((!tried && !ran) || !app->versions.items[VERSION_CURRENT].is_there)
		return 1;
	return launch_current(app);
}
