/* SPDX-License-Identifier: MIT */
/* davit push: an image that this machine keeps, or a zip, into a registry. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/registry_settings.h"
#include "commands/subject.h"
#include "commands/verb_options.h"
#include "registry/push.h"

struct push_values {
	bool all, json, quiet;
};

const struct option push_options[] = {
	{ "all-tags", 'a', OPTION_FLAG_OF(push_values, all),
	  HELP("all images called NAME, whatever their tags") },
	{ "json", 0, OPTION_FLAG_OF(push_values, json),
	  HELP("an object of JSON per line, as Docker's API has them") },
	{ "quiet", 'q', OPTION_FLAG_OF(push_values, quiet), HELP("only the name in the end") },
	OPTIONS_END
};

static int push_one(struct arena *arena, const struct registry_settings *settings,
		    const struct push_order *order)
{
	const char *name = reference_print(arena, order->reference);
	int ret = push_image(arena, settings, order);

	if (ret < 0 || order->progress != PROGRESS_QUIET)
		return ret;
	name = name ? arena_print(arena, "%s\n", name) : NULL;
	return name ? say(name) : fail(ENOMEM, "push");
}

/* TEXT names neither tag nor digest. */
static bool is_bare(const char *text)
{
	const char *slash = strrchr(text, '/');

	return !strpbrk(slash ? slash : text, ":@");
}

/* IMAGE by its own name, or by REFERENCE, which what has no name needs. */
static int push_as(struct arena *arena, const struct registry_settings *settings,
		   const struct subject *subject, const struct texts *words,
		   enum progress_kind progress)
{
	const char *image = words->items[0], *name = words->count > 1 ? words->items[1] : image;
	struct push_order order = { .source = &subject->source, .progress = progress };
	struct reference reference, own;

	if (reference_parse(&reference, arena, name) < 0)
		return -EINVAL;
	/* Where only NAME is said, the tag is that of what is kept here under its own. */
	if (is_bare(name) && subject->name && !reference_try(&own, arena, image) &&
	    strcmp(own.name, subject->name) == 0 && own.tag)
		reference.tag = own.tag;
	if (words->count == 1 && (!subject->name || strcmp(subject->name, reference.name) != 0))
		return fail(0, "%s: expected a name of an image, or REFERENCE too", image);
	if (subject->index.count != 1)
		return fail(0, "%s: holds several images: expected one of them (FILE:TAG)", image);
	order.image = &subject->index.manifests[0];
	order.reference = &reference;
	if (reference.has_digest && !digest_same(&reference.digest, &order.image->digest))
		return fail(0, "%s: the image has another digest than %s", image, name);
	return push_one(arena, settings, &order);
}

/* All that the store calls NAME, whatever the tag; signatures go with what they sign. */
static int push_named(struct arena *arena, const struct registry_settings *settings,
		      const struct source *source, const struct reference *named,
		      enum progress_kind progress)
{
	struct push_order order = { .source = source, .progress = progress };
	const struct index *all = source->index;
	struct reference each;
	size_t i, found = 0;
	int ret = 0;

	order.reference = &each;
	for (i = 0; ret == 0 && i < all->count; i++) {
		const struct descriptor *entry = &all->manifests[i];
		const char *name = annotation_find(entry->annotations, ANNOTATION_IMAGE_NAME);

		if (!name || index_is_aside(entry) || reference_try(&each, arena, name) ||
		    strcmp(each.name, named->name) != 0)
			continue;
		found++;
		order.image = entry;
		ret = push_one(arena, settings, &order);
	}
	return ret == 0 && !found ?
		       fail(0, "%s: no such image (davit images lists them)", named->name) :
		       ret;
}

static int push_tags(struct arena *arena, const struct registry_settings *settings,
		     const char *name, enum progress_kind progress)
{
	struct reference named;
	struct source source;
	struct store store;
	int ret = reference_parse(&named, arena, name);

	if (ret == 0)
		ret = store_open(&store, verb_root(), STORE_WRITE);
	if (ret < 0)
		return ret;
	ret = store_source(&source, arena, &store);
	if (ret == 0)
		ret = store_source_prefer(&source, arena, named.name);
	if (ret == 0)
		ret = push_named(arena, settings, &source, &named, progress);
	store_close(&store);
	return ret;
}

static int push(struct arena *arena, const struct push_values *given, const struct texts *words)
{
	const enum progress_kind progress = progress_choose(given->quiet, given->json);
	struct registry_settings settings;
	struct subject subject;
	int ret = registry_settings_read(&settings, arena);

	if (ret < 0)
		return ret;
	if (given->all)
		return push_tags(arena, &settings, words->items[0], progress);
	ret = subject_open(&subject, arena, words->items[0], STORE_WRITE);
	if (ret < 0)
		return ret;
	ret = push_as(arena, &settings, &subject, words, progress);
	subject_close(&subject);
	return ret;
}

int cmd_push(int argc, char **argv)
{
	struct push_values given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	const char *name;
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		name = words.count ? words.items[0] : "";
		if (!words.count || words.count > 2)
			fail(0, "davit push: expected IMAGE [REFERENCE]");
		else if (given.quiet && given.json)
			fail(0, "davit push: --quiet and --json exclude each other");
		else if (given.all && words.count > 1)
			fail(0, "davit push: --all-tags has no REFERENCE");
		else if (given.all && !is_bare(name))
			fail(0, "davit push: %s: with --all-tags, expected a NAME alone", name);
		else
			code = push(&arena, &given, &words) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}
