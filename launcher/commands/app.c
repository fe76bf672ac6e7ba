/* SPDX-License-Identifier: MIT */
/* What is known of an app: its versions, its .conf file, its sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "commands/app.h"
#include "sandbox/record.h"
#include "service/snapshot.h"
#include "store/tags.h"

/* --- its sandbox ---------------------------------------------------------------------------------------- */

/* The tag of that manifest, or NULL. */
static const struct tag *tag_of(const struct tags *tags, const struct digest *digest)
{
	size_t i;

	for (i = 0; i < tags->count; i++) {
		if (digest_same(&tags->items[i].descriptor.digest, digest))
			return &tags->items[i];
	}
	return NULL;
}

/* Where the store has the manifest of DIGEST. Returns 0, -ENOENT (not said), or -errno said. */
static int version_find(struct version *out, const struct app *app, const char *digest)
{
	struct descriptor *descriptor = &out->descriptor;
	struct annotation *none = arena_alloc(app->arena, sizeof(*none));
	const char *path;
	const struct tag *tag;
	struct store store;
	struct tags tags;
	struct stat st;
	int ret;

	*out = (struct version){ .is_there = true, .time = (uint64_t)time(NULL) };
	if (!none)
		return fail(ENOMEM, "%s", app->name);
	if (digest_parse(&descriptor->digest, digest) < 0)
		return -ENOENT;
	ret = store_open(&store, verb_root(), STORE_READ);
	if (ret < 0)
		return ret;
	ret = tags_list(&tags, app->arena, &store);
	path = arena_print(app->arena, "blobs/sha256/%s", digest + strlen("sha256:"));
	if (ret == 0 && (!path || fstatat(store.fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0))
		ret = -ENOENT;
	if (ret == 0) {
		tag = tag_of(&tags, &descriptor->digest);
		descriptor->media_type = tag ? tag->descriptor.media_type : MEDIA_MANIFEST;
		descriptor->size = (uint64_t)st.st_size;
		descriptor->annotations = none;
	}
	store_close(&store);
	return ret;
}

/* What was launched by hand since is the current version now; the one before it stays at hand. */
static int adopt(struct app *app, const struct record *record)
{
	struct version *current = &app->versions.items[VERSION_CURRENT];
	struct version version;
	int ret;

	if (!app->digest || app_has(app, current) ||
	    app_has(app, &app->versions.items[VERSION_TRIAL]))
		return 0;
	ret = version_find(&version, app, app->digest);
	if (ret == -ENOENT)
		return 0;
	version.reference = record_field(app->arena, record, "image");
	if (ret == 0 && !version.reference)
		ret = fail(ENOMEM, "%s", app->name);
	if (ret < 0)
		return ret;
	if (current->is_there)
		app->versions.items[VERSION_PREVIOUS] = *current;
	*current = version;
	versions_drop_failure(&app->versions, &current->descriptor.digest);
	app->adopted = true;
	return 0;
}

/* How it was launched last, to go back to; what is being tried may be launched another way. */
static int take_words(struct app *app, const struct record *record)
{
	struct texts options = { 0 }, command = { 0 };

	if (!strstr(record->text, "\noption") || app_has(app, &app->versions.items[VERSION_TRIAL]))
		return 0;
	if (record_all(&options, app->arena, record, "option") < 0 ||
	    record_all(&command, app->arena, record, "command") < 0)
		return fail(ENOMEM, "%s", app->name);
	app->versions.options = options;
	app->versions.command = command;
	app->worded = true;
	return 0;
}

int app_record(struct record *out, const struct app *app)
{
	struct records records;
	bool found = false;
	size_t i;
	int ret = record_list(&records, app->arena, verb_run_root());

	for (i = 0; ret == 0 && i < records.count; i++) {
		if (strcmp(records.items[i].name, app->name) != 0) {
			record_close(&records.items[i]);
			continue;
		}
		*out = records.items[i];
		found = true;
	}
	return ret == 0 ? found : ret;
}

int app_look(struct app *app)
{
	struct record record = { .dir = -1 };
	int ret = app_record(&record, app);

	app->recorded = ret > 0;
	app->runs = app->worded = false;
	app->digest = NULL;
	if (ret <= 0)
		return ret;
	app->runs = record.state != RECORD_EXITED;
	app->digest = record_field(app->arena, &record, "digest");
	ret = take_words(app, &record);
	if (ret == 0)
		ret = adopt(app, &record);
	record_close(&record);
	return ret;
}

bool app_has(const struct app *app, const struct version *version)
{
	char digest[DIGEST_TEXT];

	if (!version->is_there || !app->digest)
		return false;
	digest_print(digest, &version->descriptor.digest);
	return strcmp(digest, app->digest) == 0;
}

/* --- all of it ------------------------------------------------------------------------------------------ */

int app_open(struct app *app, struct arena *arena, const char *name, enum app_use use, char **argv)
{
	struct request request = { .image = NULL };
	int ret = 0;

	*app = (struct app){ .arena = arena, .name = name, .argv = argv, .lock = -1 };
	if (use != APP_READ) {
		app->lock = versions_lock(verb_root(), name, use == APP_WAIT);
		ret = app->lock < 0 ? app->lock : 0;
	}
	if (ret == 0)
		ret = versions_read(&app->versions, arena, verb_root(), name);
	if (ret == 0)
		ret = app_conf_read(&app->conf_text, &app->conf_file, arena, name);
	if (ret == 0 && app->conf_text)
		ret = app_conf_parse(&app->conf, &request, arena, app->conf_file, app->conf_text);
	if (ret == 0)
		ret = app_look(app);
	if (ret < 0)
		app_close(app);
	return ret;
}

void app_close(struct app *app)
{
	fd_close(&app->lock);
}

int app_resolve(struct version *out, const struct app *app, const char *reference)
{
	const struct tag *tag = NULL;
	struct store store;
	struct tags tags;
	int ret = store_open(&store, verb_root(), STORE_READ);

	*out = (struct version){ .is_there = true, .time = (uint64_t)time(NULL) };
	if (ret == 0)
		ret = tags_list(&tags, app->arena, &store);
	if (ret == 0)
		ret = tags_find(&tag, app->arena, &store, &tags, reference);
	if (ret == 0) {
		out->reference = reference;
		out->descriptor = tag->descriptor;
	}
	store_close(&store);
	return ret == -ENOENT ?
		       fail(0, "%s: no image of that name is kept here (davit images lists them%s)",
			    reference, CONFIG_REGISTRY ? ", davit pull fetches more" : "") :
		       ret;
}

int app_unknown(const struct app *app)
{
	if (app->recorded)
		return fail(0, "%s: its image is not in %s: launch it by davit run", app->name,
			    verb_root());
	if (app->conf.image)
		return fail(0, "%s: it never ran here: davit start %s launches it as %s says",
			    app->name, app->name, app->conf_file);
	return fail(0, "%s: no such app: neither launched here before, nor an image in %s",
		    app->name, app->conf_file);
}

int app_write(struct app *app)
{
	app->adopted = false;
	return versions_write(&app->versions, verb_root());
}

bool app_is_known(struct arena *arena, const char *name)
{
	const char *path = arena_print(arena, "%s/versions/%s", verb_root(), name);

	/* No name of an app. */
	if (!path || name[0] == '.' || strchr(name, '/'))
		return false;
	return access(path, F_OK) == 0;
}

int app_forget(struct arena *arena, const char *name)
{
	autoclose int lock = -1;
	int ret;

	if (!app_is_known(arena, name))
		return arena->failed ? fail(ENOMEM, "%s", name) : 0;
	lock = versions_lock(verb_root(), name, false);
	ret = lock < 0 ? lock : snapshot_drop(verb_root(), name, NULL);
	return ret < 0 ? ret : versions_remove(verb_root(), name);
}
