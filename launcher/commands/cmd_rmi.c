/* SPDX-License-Identifier: MIT */
/* davit rmi: take names from images; what has none left goes, with all that nothing else needs. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/roots.h"
#include "commands/verb_options.h"
#include "image/details.h"
#include "sandbox/record.h"

struct rmi_values {
	bool force, no_prune;
};

const struct option rmi_options[] = {
	{ "force", 'f', OPTION_FLAG_OF(rmi_values, force),
	  HELP("also what several names or a sandbox have, or is not there") },
	{ "no-prune", 0, OPTION_FLAG_OF(rmi_values, no_prune),
	  HELP("only the names: leave what has none to the next davit rmi or load") },
	OPTIONS_END
};

struct removal {
	struct arena *arena;
	struct store *store;
	const struct rmi_values *options;
	struct string text; /* what was done */
};

/* Whether TEXT means TAG by its name, and not by the image's id. */
static bool is_named(struct arena *arena, const struct tag *tag, const char *text)
{
	struct reference reference;

	return !reference_try(&reference, arena, text) && strcmp(reference.name, tag->name) == 0;
}

/* *USER is a sandbox of the image, from the arena, or NULL. Returns 0 or -errno, said. */
static int find_user(const char **user, const char **state, struct removal *removal,
		     const struct descriptor *image)
{
	struct arena *arena = removal->arena;
	struct records records = { 0 };
	size_t i;
	int ret = record_list(&records, arena, verb_run_root());

	*user = NULL;
	for (i = 0; ret == 0 && i < records.count && !*user; i++) {
		const struct record *record = &records.items[i];
		const char *used = record_field(arena, record, "digest");
		const struct texts one = { &used, 1 };

		if (!used || !roots_have(&one, arena, removal->store, image))
			continue;
		*state = record->state == RECORD_EXITED ? "" : " running";
		*user = arena_copy(arena, record->name, strlen(record->name));
	}
	records_close(&records);
	return ret;
}

/* How many names the image has, and in how many repositories. */
static void count_names(size_t *names, size_t *repositories, const struct tags *tags,
			const struct tag *image)
{
	const char *last = "";
	size_t i;

	*names = *repositories = 0;
	for (i = 0; i < tags->count; i++) {
		const struct tag *tag = &tags->items[i];

		if (!digest_same(&tag->descriptor.digest, &image->descriptor.digest))
			continue;
		(*names)++;
		*repositories += strcmp(tag->name, last) != 0;
		last = tag->name;
	}
}

static int may_remove(struct removal *removal, const struct tags *tags, const struct tag *found,
		      const char *text, bool named)
{
	const char *user, *state = "";
	size_t names, repositories;
	int ret;

	count_names(&names, &repositories, tags, found);
	if (removal->options->force)
		return 0;
	if (!named && repositories > 1)
		return fail(0, "%s: has names in %zu repositories; give one of them, or -f", text,
			    repositories);
	if (named && names > 1)
		return 0;
	ret = find_user(&user, &state, removal, &found->descriptor);
	if (ret < 0)
		return ret;
	return user ? fail(0, "%s: the%s sandbox %s has this image; remove that first, or use -f",
			   text, state, user) :
		      0;
}

static int untag(struct removal *removal, const struct tag *tag)
{
	const struct reference reference = { .name = tag->name, .tag = tag->tag };
	const int ret = tag_remove(removal->store, &reference);

	/* Another davit was quicker. */
	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	string_add(removal->arena, &removal->text, "Untagged: %s:%s\n", tag->name, tag->tag);
	return 0;
}

static int remove_one(struct removal *removal, const char *text)
{
	struct arena *arena = removal->arena;
	const struct tag *found = NULL;
	struct tags tags;
	bool named;
	size_t i;
	int ret = tags_list(&tags, arena, removal->store);

	if (ret == 0)
		ret = tags_find(&found, arena, removal->store, &tags, text);
	if (ret == -ENOENT)
		return removal->options->force ?
			       0 :
			       fail(0, "%s: no such image (davit images lists them)", text);
	if (ret < 0 || !found)
		return ret;
	named = is_named(arena, found, text);
	ret = may_remove(removal, &tags, found, text, named);
	if (ret == 0 && named)
		return untag(removal, found);
	for (i = 0; ret == 0 && i < tags.count; i++) {
		if (digest_same(&tags.items[i].descriptor.digest, &found->descriptor.digest))
			ret = untag(removal, &tags.items[i]);
	}
	return ret;
}

static int remove_all(struct removal *removal, const struct texts *images)
{
	struct texts removed = { 0 };
	size_t i;
	int ret = 0, one;

	string_add(removal->arena, &removal->text, "%s", "");
	for (i = 0; i < images->count; i++) {
		one = remove_one(removal, images->items[i]);
		ret = ret < 0 ? ret : one;
	}
	/* What was refused takes nothing along. */
	if (!removal->options->no_prune && (ret == 0 || removal->text.length)) {
		one = roots_sweep(&removed, removal->arena, removal->store);
		ret = ret < 0 ? ret : one;
	}
	for (i = 0; i < removed.count; i++)
		string_add(removal->arena, &removal->text, "Deleted: %s\n", removed.items[i]);
	if (removal->arena->failed)
		return ret < 0 ? ret : fail(ENOMEM, "rmi");
	one = say(removal->text.text);
	return ret < 0 ? ret : one;
}

static int rmi(struct arena *arena, const struct rmi_values *options, const struct texts *images)
{
	struct store store;
	struct removal removal = { .arena = arena, .store = &store, .options = options };
	int ret = store_open(&store, verb_root(), STORE_WRITE);

	if (ret < 0)
		return ret;
	ret = remove_all(&removal, images);
	store_close(&store);
	return ret;
}

int cmd_rmi(int argc, char **argv)
{
	struct rmi_values options = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&options, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (!words.count)
			fail(0, "davit rmi: expected IMAGE…");
		else
			code = rmi(&arena, &options, &words) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}
