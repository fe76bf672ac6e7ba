/* SPDX-License-Identifier: MIT */
/* davit update, before anything is stopped: which version is next, and whether it may be. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "commands/roots.h"
#include "commands/update_parts.h"
#include "service/notify.h"
#include "service/snapshot.h"

struct version *change_version(struct change *change, enum version_kind kind)
{
	return &change->app->versions.items[kind];
}

const char *change_name(struct change *change, const struct version *version)
{
	char digest[DIGEST_TEXT];
	const char *text;

	digest_print(digest, &version->descriptor.digest);
	digest[IMAGE_SHORT] = '\0';
	text = arena_print(change->app->arena, "%s (%s)", version->reference, digest);
	return text ? text : version->reference;
}

bool change_same(const struct version *a, const struct version *b)
{
	return a->is_there && b->is_there &&
	       digest_same(&a->descriptor.digest, &b->descriptor.digest);
}

void change_sweep(struct app *app, struct store *store)
{
	if (roots_sweep(NULL, app->arena, store) < 0)
		warn("%s: what nothing needs any more is left to davit prune", app->name);
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

/* Returns 0 or -errno, said. */
static int open_current(struct job *job, struct change *change)
{
	*job = (struct job){ .image = { .fd = -1 }, .ran = true };
	if (app_prepare(job, change->app, change_version(change, VERSION_CURRENT)) == 0)
		return 0;
	return fail(0,
		    "%s: what its signature calls the current version is not known (--force does without)",
		    change->app->name);
}

/* A registry may give any image that was signed for any other: by its signed name it is none of this app. */
static int refuse_name(const struct change *change, const struct job *current, const char *next,
		       const char *signed_as)
{
	const char *now = current->signed_as;

	if (now && is_named_alike(now, signed_as))
		return 0;
	return fail(0, "%s: %s is signed as \"%s\", its current version as \"%s\" (--force takes it)",
		    change->app->name, next, signed_as, now ? now : "");
}

/* Of what a registry has, before the store calls it by its name. */
static int accept_name(void *data, const char *signed_as)
{
	struct change *change = data;
	struct job job;
	int ret = open_current(&job, change);

	if (ret == 0)
		ret = refuse_name(change, &job, change->reference, signed_as);
	job_close(&job);
	return ret;
}

bool change_is_called_off(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGHUP) == 1 || sigismember(&pending, SIGINT) == 1 ||
		sigismember(&pending, SIGTERM) == 1);
}

/* As davit pull does, it ends by a signal: nothing was done yet that is to be put right. */
static int fetch_next(struct app *app, const struct store *store, const struct update_fetch *fetch)
{
	sigset_t set, before;
	int ret;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_UNBLOCK, &set, &before) < 0)
		return fail(errno, "signals");
	ret = update_pull(app->arena, store, fetch);
	if (sigprocmask(SIG_SETMASK, &before, NULL) < 0 && ret == 0)
		ret = fail(errno, "signals");
	return ret;
}

static int choose(struct change *change, const struct store *store)
{
	struct app *app = change->app;
	const struct version *current = change_version(change, VERSION_CURRENT);
	const bool named = CONFIG_SIGNATURE && current->is_there && !change->update->options->force;
	struct update_fetch fetch = { .name = change->update->image ? change->update->image :
					      app->conf.image       ? app->conf.image :
					      current->is_there     ? current->reference :
								      NULL,
				      .quiet = change->update->options->quiet,
				      .accept = named ? accept_name : NULL,
				      .accept_data = change };

	change->reference = fetch.name;
	if (change->update->back) {
		change->next = *change_version(change, VERSION_PREVIOUS);
		return 0;
	}
	if (!current->is_there && app->recorded)
		return fail(0, "%s: it has no image of %s to go back to: launch one by davit run",
			    app->name, verb_root());
	if (!fetch.name || (!current->is_there && !app->conf_text))
		return app_unknown(app);
	if (CONFIG_REGISTRY && !change->update->options->no_pull) {
		int ret = fetch_next(app, store, &fetch);

		if (ret < 0)
			return ret;
	}
	return app_resolve(&change->next, app, fetch.name);
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

static int refuse_failed(struct change *change)
{
	const struct failure *failure =
		versions_failure(&change->app->versions, &change->next.descriptor.digest);

	if (!failure || change->update->options->force || change->update->back)
		return 0;
	return fail(0, "%s: %s failed before: %s (--force tries it again)", change->app->name,
		    change_name(change, &change->next), failure->reason);
}

/* The version before ran here, under the operator's eyes, and it is he who wants it back: the floor
 * that a later version left by itself does not keep it out. What that says in words does. */
static int refuse_by_current(struct change *change)
{
	const char *signed_as = change->job.signed_as;
	struct job job;
	int ret;

	if (!signed_as || change->update->options->force ||
	    !change_version(change, VERSION_CURRENT)->is_there)
		return 0;
	ret = open_current(&job, change);
	if (ret == 0 && change->update->back)
		ret = floor_forbids(job.image.config->labels, change->job.image.config->labels,
				    change->app->name);
	else if (ret == 0)
		ret = refuse_name(change, &job, change_name(change, &change->next), signed_as);
	job_close(&job);
	return ret;
}

bool change_swaps(const struct change *change)
{
	return change->update->back &&
	       snapshot_is_there(verb_root(), change->app->name, &change->next.descriptor.digest);
}

/* Old snapshots were of versions that are gone; that of the previous one may still be asked for. */
static int make_room(struct change *change)
{
	const struct version *previous = change_version(change, VERSION_PREVIOUS);
	const char *name = change->app->name;
	int ret = snapshot_drop(verb_root(), name,
				previous->is_there ? &previous->descriptor.digest : NULL);

	if (ret == 0 && change->wish.snapshot && !change_swaps(change))
		ret = snapshot_check(verb_root(), name);
	return ret;
}

void change_take_words(struct change *change)
{
	change->app->versions.options = change->job.again[0];
	change->app->versions.command = change->job.again[1];
}

/* Until its manifest is named by the versions, another davit could sweep it away. */
int change_begin(struct change *change)
{
	struct version *trial = change_version(change, VERSION_TRIAL);
	struct store store;
	uint64_t tries;
	int ret = store_open(&store, verb_root(), STORE_WRITE);

	if (ret < 0)
		return ret;
	ret = choose(change, &store);
	if (ret == 0)
		ret = check(change);
	if (ret == 0 && change_same(&change->next, change_version(change, VERSION_CURRENT))) {
		store_close(&store);
		return 1;
	}
	if (ret == 0)
		ret = refuse_failed(change);
	if (CONFIG_SIGNATURE && ret == 0)
		ret = refuse_by_current(change);
	if (ret == 0)
		ret = make_room(change);
	/* What runs need not be stopped for it. */
	if (ret == 0 && change_is_called_off())
		ret = fail(0, "%s: called off by a signal", change->app->name);
	if (ret == 0) {
		tries = change_same(trial, &change->next) ? trial->tries : 0;
		*trial = change->next;
		/* Not 0, which has a meaning; a board without a clock may begin with it. */
		trial->time = (uint64_t)time(NULL);
		if (trial->time == 0)
			trial->time = 1;
		trial->tries = tries;
		if (!change->app->worded)
			change_take_words(change);
		ret = app_write(change->app);
	}
	/* What was fetched and refused. */
	if (ret < 0)
		change_sweep(change->app, &store);
	store_close(&store);
	return ret;
}
