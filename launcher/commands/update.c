/* SPDX-License-Identifier: MIT */
/* From one version of an app to another. What a power cut leaves at any line here is what app_recover() goes on from. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "commands/update_parts.h"
#include "service/health.h"
#include "service/notify.h"
#include "service/snapshot.h"

enum { CALLED_OFF = -EINTR, TELL_EVERY = 5000, SECOND = 1000 };

/* Nobody need hear it. */
static void tell(const struct change *change, const char *what, const char *more)
{
	const char *line =
		arena_print(change->app->arena, "%s: %s%s\n", change->app->name, what, more);

	if (line && !change->update->options->quiet)
		(void)say(line);
}

static void progress(void *data, uint64_t passed, const char *missing)
{
	struct change *change = data;
	const char *text;

	if (passed < change->told + TELL_EVERY)
		return;
	change->told = passed;
	text = arena_print(change->app->arena, "%llu s: waiting for ",
			   (unsigned long long)(passed / SECOND));
	tell(change, text ? text : "waiting for ", missing);
}

/* --- the change -------------------------------------------------------------------------------------------- */

/* The state that the old version goes on with, if it has to. */
static int put_aside(struct change *change)
{
	const struct version *current = change_version(change, VERSION_CURRENT);
	const char *name = change->app->name;
	int ret;

	if (!current->is_there)
		return 0;
	if (change_swaps(change)) {
		ret = snapshot_move(verb_root(), name, &current->descriptor.digest);
		return ret < 0 ? ret :
				 snapshot_restore(verb_root(), name,
						  &change->next.descriptor.digest, NULL);
	}
	if (!change->wish.snapshot)
		return 0;
	tell(change, "keeping its state for ", change_name(change, current));
	return snapshot_make(verb_root(), name, &current->descriptor.digest);
}

/* TRIES is on the flash before the try, so that one which takes the machine down is not tried for ever. */
static int launch_next(const char **reason, struct change *change)
{
	int code, ret;

	change_version(change, VERSION_TRIAL)->tries++;
	ret = app_write(change->app);
	if (ret < 0)
		return ret;
	if (change_is_called_off())
		return CALLED_OFF;
	code = app_detach(&change->job);
	if (code == 0)
		return 0;
	*reason = arena_print(change->app->arena, "it could not be launched (exit code %d)", code);
	return *reason ? 1 : -ENOMEM;
}

static int wait_healthy(const char **reason, struct change *change)
{
	static const char *const shell[] = { "/bin/sh", "-c", NULL };
	const struct image_config *config = change->job.image.config;
	struct health_wish wish = { .name = change->app->name,
				    .run_root = verb_run_root(),
				    .check = &config->health,
				    .shell = config->shell.count ? config->shell.items : shell,
				    .notify = change->notify,
				    .alive = change->wish.alive,
				    .timeout = change->wish.timeout,
				    .signals = change->update->signals,
				    .progress = progress,
				    .data = change };

	if (!change->wish.alive_asked && change->notify < 0 && !health_is_asked(&config->health))
		wish.alive = (uint64_t)HEALTHY_AFTER * SECOND;
	tell(change, "waiting until it is healthy", "");
	return health_await(reason, change->app->arena, &wish);
}

/* Stop, launch, wait. Returns 0, 1 with *reason, CALLED_OFF, or another -errno said. */
static int try_next(const char **reason, struct change *change)
{
	struct app *app = change->app;
	int ret = 0;

	if (app->runs)
		tell(change, "stopping ",
		     change_name(change, change_version(change, VERSION_CURRENT)));
	if (app->recorded)
		ret = app_stop(app);
	if (ret == 0)
		ret = put_aside(change);
	if (ret < 0)
		return ret;
	tell(change, "starting ", change_name(change, &change->next));
	ret = launch_next(reason, change);
	return ret == 0 ? wait_healthy(reason, change) : ret;
}

/* --- and after it ------------------------------------------------------------------------------------------ */

/* A version that was left by hand is none that the next update brings back. */
static void forget_and_remember(struct change *change, const struct version *left)
{
	struct versions *versions = &change->app->versions;

	versions_drop_failure(versions, &versions->items[VERSION_CURRENT].descriptor.digest);
	if (change->update->back && !change_same(left, &versions->items[VERSION_CURRENT]))
		versions_add_failure(versions, &(struct failure){
						       .digest = left->descriptor.digest,
						       .time = (uint64_t)time(NULL),
						       .reference = left->reference,
						       .reason = "it was rolled back",
					       });
}

/* The floor first: whatever is cut off behind it, no older image comes in. */
static int keep(struct change *change)
{
	struct app *app = change->app;
	struct version *current = change_version(change, VERSION_CURRENT);
	struct version *previous = change_version(change, VERSION_PREVIOUS);
	const struct versions before = app->versions;
	int ret = CONFIG_SIGNATURE ? floor_raise(&change->job.floor, &change->job.arena) : 0;

	if (ret < 0)
		return ret;
	if (current->is_there)
		*previous = *current;
	*current = change->next;
	current->time = (uint64_t)time(NULL);
	*change_version(change, VERSION_TRIAL) = (struct version){ .is_there = false };
	forget_and_remember(change, previous);
	change_take_words(change);
	ret = app_write(app);
	if (ret < 0) {
		app->versions = before;
		return ret;
	}
	(void)snapshot_drop(verb_root(), app->name,
			    previous->is_there ? &previous->descriptor.digest : NULL);
	tell(change, "healthy, and kept: ", change_name(change, current));
	return 0;
}

/* REASON is NULL where it is not the version's fault. */
static int take_back(struct change *change, const char *reason)
{
	struct app *app = change->app;
	const struct version *current = change_version(change, VERSION_CURRENT);
	int ret = app_look(app);

	if (reason) {
		fail(0, "%s: %s is not healthy: %s", app->name, change_name(change, &change->next),
		     reason);
		update_tell_log(app);
	}
	if (ret == 0 && app->recorded)
		ret = app_stop(app);
	if (ret == 0 && current->is_there)
		ret = app_restore(app);
	if (ret < 0)
		return ret;
	if (reason)
		versions_add_failure(&app->versions, &(struct failure){
							     .digest = change->next.descriptor.digest,
							     .time = (uint64_t)time(NULL),
							     .reference = change->next.reference,
							     .reason = reason,
						     });
	*change_version(change, VERSION_TRIAL) = (struct version){ .is_there = false };
	ret = app_write(app);
	if (!change->ran || !current->is_there)
		return ret < 0 ? ret : 1;
	tell(change, "going back to ", change_name(change, current));
	app->goes_back = true;
	if (app_launch(app) < 0)
		return -ECANCELED;
	return ret < 0 ? ret : 1;
}

/* The version that no rollback leads to any more, or what was tried. */
static void sweep_after(struct app *app)
{
	struct store store;

	if (store_open(&store, verb_root(), STORE_WRITE) < 0)
		return;
	change_sweep(app, &store);
	store_close(&store);
}

static int go(struct change *change)
{
	const char *reason = NULL;
	int ret = change_begin(change);

	if (ret > 0) {
		tell(change, "already at ",
		     change_name(change, change_version(change, VERSION_CURRENT)));
		return 0;
	}
	if (ret < 0)
		return ret;
	ret = try_next(&reason, change);
	if (ret == 0)
		ret = keep(change);
	if (ret == 0) {
		sweep_after(change->app);
		return 0;
	}
	if (ret == CALLED_OFF)
		fail(0, "%s: called off by a signal", change->app->name);
	ret = take_back(change, ret > 0 ? reason : NULL);
	if (ret < 0 && change->ran)
		app_tell_down(change->app);
	sweep_after(change->app);
	return ret;
}

int update_do(struct app *app, const struct update *update)
{
	struct change change = { .app = app,
				 .update = update,
				 .notify = -1,
				 .job = { .image = { .fd = -1 } },
				 .ran = app->runs };
	int ret = update_wish(&change.wish, update->options, &app->conf);

	/* An update that was cut off. */
	if (ret == 0)
		ret = app_recover(app, false);
	if (ret >= 0) {
		change.ran = change.ran || app->runs;
		ret = go(&change);
	}
	if (change.notify_path)
		notify_close(&change.notify, change.notify_path);
	job_close(&change.job);
	return ret;
}
