/* SPDX-License-Identifier: MIT */
/* From one version of an app to another. What a power cut leaves at any line here is what app_recover() goes on from. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "commands/roots.h"
#include "commands/update.h"
#include "service/health.h"
#include "service/notify.h"
#include "service/snapshot.h"

enum { CALLED_OFF = -EINTR, TELL_EVERY = 5000, SECOND = 1000 };

/* One that is under way. */
struct change {
	struct app *app;
	const struct update *update;
	struct update_wish wish;
	struct version next;
	struct job job; /* the launch of the next one, checked before anything is stopped */
	int notify;
	const char *notify_path;
	bool ran; /* the old one */
	uint64_t told;
};

static struct version *version_of(struct change *change, enum version_kind kind)
{
	return &change->app->versions.items[kind];
}

/* "web:2 (sha256:0123456789ab)" */
static const char *name_of(struct change *change, const struct version *version)
{
	char digest[DIGEST_TEXT];
	const char *text;

	digest_print(digest, &version->descriptor.digest);
	digest[IMAGE_SHORT] = '\0';
	text = arena_print(change->app->arena, "%s (%s)", version->reference, digest);
	return text ? text : version->reference;
}

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

/* --- before anything is stopped ---------------------------------------------------------------------------- */

static int choose(struct change *change, const struct store *store)
{
	struct app *app = change->app;
	const struct version *current = version_of(change, VERSION_CURRENT);
	const char *reference = change->update->image ? change->update->image :
				app->conf.image       ? app->conf.image :
				current->is_there     ? current->reference :
							NULL;

	if (change->update->back) {
		change->next = *version_of(change, VERSION_PREVIOUS);
		return 0;
	}
	if (!current->is_there && app->recorded)
		return fail(0, "%s: it has no image of %s to go back to: launch one by davit run",
			    app->name, verb_root());
	if (!reference || (!current->is_there && !app->conf_text))
		return app_unknown(app);
	if (CONFIG_REGISTRY && !change->update->options->no_pull) {
		int ret = update_pull(app->arena, store, reference, change->update->options->quiet);

		if (ret < 0)
			return ret;
	}
	return app_resolve(&change->next, app, reference);
}

/* All that can be known of the new version without running it. */
static int check(struct change *change)
{
	struct app *app = change->app;
	int ret;

	change->notify = notify_open(&change->notify_path, app->arena, verb_run_root(), app->name);
	if (change->notify < 0)
		return change->notify;
	change->job.ran = change->update->back;
	change->job.notify = change->notify_path;
	change->job.notifies = change->wish.notify;
	ret = app_prepare(&change->job, app, &change->next);
	if (ret < 0)
		return ret;
	/* Of an index, this machine's. */
	change->next.descriptor = *change->job.image.descriptor;
	if (!change->job.notifies)
		notify_close(&change->notify, change->notify_path);
	return 0;
}

static bool is_same(const struct version *a, const struct version *b)
{
	return a->is_there && b->is_there &&
	       digest_same(&a->descriptor.digest, &b->descriptor.digest);
}

static int refuse_failed(struct change *change)
{
	const struct failure *failure =
		versions_failure(&change->app->versions, &change->next.descriptor.digest);

	if (!failure || change->update->options->force || change->update->back)
		return 0;
	return fail(0, "%s: %s failed before: %s (--force tries it again)", change->app->name,
		    name_of(change, &change->next), failure->reason);
}

/* Of a reference without its tag: "host:5000/web:2" is of "host:5000/web". */
static size_t name_length(const char *reference)
{
	const char *slash = strrchr(reference, '/');
	const char *last = slash ? slash : reference;

	return (size_t)(last - reference) + strcspn(last, ":@");
}

static bool is_named_alike(const char *a, const char *b)
{
	return name_length(a) == name_length(b) && strncmp(a, b, name_length(a)) == 0;
}

/* The version before ran here, under the operator's eyes, and it is he who wants it back: the floor
 * that a later version left by itself does not keep it out. What that says in words does. And a
 * registry may give any image that was signed for any other: by its signed name it is none of this app. */
static int refuse_by_current(struct change *change)
{
	struct job job = { .ran = true };
	const struct version *current = version_of(change, VERSION_CURRENT);
	const char *name = change->app->name, *next = change->job.signed_as;
	int ret;

	if (!next || change->update->options->force || !current->is_there)
		return 0;
	ret = app_prepare(&job, change->app, current);
	if (ret < 0)
		fail(0,
		     "%s: what its signature calls the current version is not known (--force does without)",
		     name);
	else if (change->update->back)
		ret = floor_forbids(job.image.config->labels, change->job.image.config->labels, name);
	else if (!job.signed_as || !is_named_alike(job.signed_as, next))
		ret = fail(0,
			   "%s: %s is signed as \"%s\", its current version as \"%s\" (--force takes it)",
			   name, name_of(change, &change->next), next,
			   job.signed_as ? job.signed_as : "");
	job_close(&job);
	return ret;
}

/* Old snapshots were of versions that are gone; that of the previous one may still be asked for. */
static int make_room(struct change *change)
{
	const struct version *previous = version_of(change, VERSION_PREVIOUS);
	const char *name = change->app->name;
	int ret = snapshot_drop(verb_root(), name,
				previous->is_there ? &previous->descriptor.digest : NULL);

	if (ret == 0 && change->wish.snapshot && !change->update->back)
		ret = snapshot_check(verb_root(), name);
	return ret;
}

/* How the next one is launched is how it is launched again. */
static void take_words(struct change *change)
{
	change->app->versions.options = change->job.again[0];
	change->app->versions.command = change->job.again[1];
}

/* What stays because it cannot be swept, which is said, or because another davit writes, is left to the next sweep. */
static void sweep(struct app *app, struct store *store)
{
	if (roots_sweep(NULL, app->arena, store) < 0)
		warn("%s: what nothing needs any more is left to davit prune", app->name);
}

/* Until its manifest is named by the versions, another davit could sweep it away. */
static int begin(struct change *change)
{
	struct version *trial = version_of(change, VERSION_TRIAL);
	struct store store;
	uint64_t tries;
	int ret = store_open(&store, verb_root(), STORE_WRITE);

	if (ret < 0)
		return ret;
	ret = choose(change, &store);
	if (ret == 0)
		ret = check(change);
	if (ret == 0 && is_same(&change->next, version_of(change, VERSION_CURRENT))) {
		store_close(&store);
		return 1;
	}
	if (ret == 0)
		ret = refuse_failed(change);
	if (CONFIG_SIGNATURE && ret == 0)
		ret = refuse_by_current(change);
	if (ret == 0)
		ret = make_room(change);
	if (ret == 0) {
		tries = is_same(trial, &change->next) ? trial->tries : 0;
		*trial = change->next;
		trial->tries = tries;
		if (!change->app->worded)
			take_words(change);
		ret = app_write(change->app);
	}
	/* What was fetched and refused. */
	if (ret < 0)
		sweep(change->app, &store);
	store_close(&store);
	return ret;
}

/* --- the change -------------------------------------------------------------------------------------------- */

/* The state that the old version goes on with, if it has to. */
static int put_aside(struct change *change)
{
	const struct version *current = version_of(change, VERSION_CURRENT);
	const char *name = change->app->name;
	int ret;

	if (!current->is_there)
		return 0;
	if (change->update->back) {
		if (!snapshot_is_there(verb_root(), name, &change->next.descriptor.digest))
			return 0;
		ret = snapshot_move(verb_root(), name, &current->descriptor.digest);
		return ret < 0 ?
			       ret :
			       snapshot_restore(verb_root(), name, &change->next.descriptor.digest);
	}
	if (!change->wish.snapshot)
		return 0;
	tell(change, "keeping its state for ", name_of(change, current));
	return snapshot_make(verb_root(), name, &current->descriptor.digest);
}

static bool is_called_off(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGHUP) == 1 || sigismember(&pending, SIGINT) == 1 ||
		sigismember(&pending, SIGTERM) == 1);
}

/* TRIES is on the flash before the try, so that one which takes the machine down is not tried for ever. */
static int launch_next(const char **reason, struct change *change)
{
	int code, ret;

	version_of(change, VERSION_TRIAL)->tries++;
	ret = app_write(change->app);
	if (ret < 0)
		return ret;
	if (is_called_off())
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
		tell(change, "stopping ", name_of(change, version_of(change, VERSION_CURRENT)));
	if (app->recorded)
		ret = app_stop(app);
	if (ret == 0)
		ret = put_aside(change);
	if (ret < 0)
		return ret;
	tell(change, "starting ", name_of(change, &change->next));
	ret = launch_next(reason, change);
	return ret == 0 ? wait_healthy(reason, change) : ret;
}

/* --- and after it ------------------------------------------------------------------------------------------ */

/* The floor first: whatever is cut off behind it, no older image comes in. */
static int keep(struct change *change)
{
	struct app *app = change->app;
	struct version *current = version_of(change, VERSION_CURRENT);
	struct version *previous = version_of(change, VERSION_PREVIOUS);
	const struct versions before = app->versions;
	int ret = CONFIG_SIGNATURE ? floor_raise(&change->job.floor, &change->job.arena) : 0;

	if (ret < 0)
		return ret;
	if (current->is_there)
		*previous = *current;
	*current = change->next;
	current->time = (uint64_t)time(NULL);
	*version_of(change, VERSION_TRIAL) = (struct version){ .is_there = false };
	versions_drop_failure(&app->versions, &current->descriptor.digest);
	take_words(change);
	ret = app_write(app);
	if (ret < 0) {
		app->versions = before;
		return ret;
	}
	(void)snapshot_drop(verb_root(), app->name,
			    previous->is_there ? &previous->descriptor.digest : NULL);
	tell(change, "healthy, and kept: ", name_of(change, current));
	return 0;
}

/* REASON is NULL where it is not the version's fault. */
static int take_back(struct change *change, const char *reason)
{
	struct app *app = change->app;
	const struct version *current = version_of(change, VERSION_CURRENT);
	int ret = app_look(app);

	if (reason) {
		fail(0, "%s: %s is not healthy: %s", app->name, name_of(change, &change->next),
		     reason);
		update_tell_log(app);
	}
	if (ret == 0 && app->recorded)
		ret = app_stop(app);
	if (ret == 0 && current->is_there)
		ret = snapshot_restore(verb_root(), app->name, &current->descriptor.digest);
	if (ret < 0)
		return ret;
	if (reason)
		versions_add_failure(&app->versions, &(struct failure){
							     .digest = change->next.descriptor.digest,
							     .time = (uint64_t)time(NULL),
							     .reference = change->next.reference,
							     .reason = reason,
						     });
	*version_of(change, VERSION_TRIAL) = (struct version){ .is_there = false };
	ret = app_write(app);
	if (!change->ran || !current->is_there)
		return ret < 0 ? ret : 1;
	tell(change, "going back to ", name_of(change, current));
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
	sweep(app, &store);
	store_close(&store);
}

static int go(struct change *change)
{
	const char *reason = NULL;
	int ret = begin(change);

	if (ret > 0) {
		tell(change, "already at ", name_of(change, version_of(change, VERSION_CURRENT)));
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
