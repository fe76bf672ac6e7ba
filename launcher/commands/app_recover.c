/* SPDX-License-Identifier: MIT */
/* An app again after an update that was cut off, by a signal or with the power. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "commands/app.h"
#include "sandbox/kept.h"
#include "service/snapshot.h"

enum { LAUNCHES_MOST = 5 };

int app_restore(const struct app *app)
{
	const struct version *current = &app->versions.items[VERSION_CURRENT];
	const struct version *previous = &app->versions.items[VERSION_PREVIOUS];

	return snapshot_restore(verb_root(), app->name, &current->descriptor.digest,
				previous->is_there ? &previous->descriptor.digest : NULL);
}

/* Whatever runs: it is what was tried, or was told to end and has not ended yet. */
static int drop_trial(struct app *app)
{
	struct version *current = &app->versions.items[VERSION_CURRENT];
	struct version *trial = &app->versions.items[VERSION_TRIAL];
	int ret = app_stop(app);

	if (ret == 0 && current->is_there)
		ret = app_restore(app);
	if (ret < 0 || trial->tries < TRIES_MOST)
		return ret;
	versions_add_failure(&app->versions,
			     &(struct failure){
				     .digest = trial->descriptor.digest,
				     .time = (uint64_t)time(NULL),
				     .reference = trial->reference,
				     .reason =
					     "the machine or davit was cut off each time it was tried" });
	*trial = (struct version){ .is_there = false };
	return app_write(app);
}

/* Its name, or what it wrote. */
static bool is_taken(const struct app *app)
{
	const char *path = arena_print(app->arena, "%s/%s", verb_run_root(), app->name);
	const char *kept = arena_print(app->arena, "%s/apps/%s", verb_root(), app->name);
	autoclose int fd = -1;
	bool made;

	if (path && access(path, F_OK) == 0)
		return true;
	if (!kept || !kept_is_there(verb_root(), app->name))
		return false;
	fd = kept_open(kept, &made);
	return fd == -EBUSY;
}

/* A launch that was cut off may have these for a moment still: it ends by itself. */
static int launch_current(struct app *app)
{
	const struct timespec pause = { .tv_nsec = 300000000 };
	bool taken = true;
	int i, ret = -EAGAIN;

	for (i = 0; i < LAUNCHES_MOST && ret < 0 && taken; i++) {
		if (i)
			nanosleep(&pause, NULL);
		ret = app_look(app);
		if (ret == 0 && app->runs && app_has(app, &app->versions.items[VERSION_CURRENT]))
			return 0;
		if (ret == 0)
			ret = app_stop(app);
		taken = ret < 0 || is_taken(app);
		if (ret == 0)
			ret = app_launch(app);
		taken = taken || is_taken(app);
	}
	return ret < 0 ? ret : app_look(app);
}

void app_tell_down(struct app *app)
{
	const struct version *current = &app->versions.items[VERSION_CURRENT];

	if (app_look(app) == 0 && !app->runs)
		fail(0,
		     "%s does not run now: %s could not be launched again (davit start %s tries to)",
		     app->name, current->is_there ? current->reference : "it", app->name);
}

int app_recover(struct app *app, bool ran)
{
	struct version *trial = &app->versions.items[VERSION_TRIAL];
	const bool tried = version_is_tried(trial);
	const bool before = app->goes_back;
	int ret = tried ? drop_trial(app) : 0;

	if (ret < 0)
		return ret;
	if (app->runs || (!tried && !ran) || !app->versions.items[VERSION_CURRENT].is_there) {
		ret = 1;
	} else {
		app->goes_back = before || tried;
		ret = launch_current(app);
		app->goes_back = before;
	}
	/* The number of its tries stays; the next davit that comes finds nothing to put right. */
	if (ret >= 0 && version_is_tried(trial)) {
		trial->time = 0;
		(void)app_write(app);
	}
	return ret;
}
