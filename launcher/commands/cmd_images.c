/* SPDX-License-Identifier: MIT */
/* davit images: what this machine keeps, in Docker's columns. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/image_list.h"
#include "commands/listing.h"
#include "commands/verb_options.h"

const struct option images_options[] = {
	{ "all", 'a', OPTION_FLAG_OF(images_options, all),
	  HELP("no meaning: there are no images in between") },
	{ "digests", 0, OPTION_FLAG_OF(images_options, digests), HELP("with their digests") },
	{ "filter", 'f', OPTION_LIST_OF(images_options, filter, "KEY=VALUE"),
	  HELP("only those; by before, dangling, label, reference or since") },
	{ "format", 0, OPTION_TEXT_OF(images_options, format, "FORMAT"),
	  HELP("for each, such as '{{.Repository}} {{.Size}}'; table …, json") },
	{ "no-trunc", 0, OPTION_FLAG_OF(images_options, no_trunc), HELP("whole ids") },
	{ "quiet", 'q', OPTION_FLAG_OF(images_options, quiet), HELP("only the ids") },
	OPTIONS_END
};

static const char *const titles[][2] = {
	{ "Containers", "CONTAINERS" },
	{ "CreatedAt", "CREATED AT" },
	{ "CreatedSince", "CREATED" },
	{ "Digest", "DIGEST" },
	{ "ID", "IMAGE ID" },
	{ "Platform", "PLATFORM" },
	{ "Repository", "REPOSITORY" },
	{ "SharedSize", "SHARED SIZE" },
	{ "Size", "SIZE" },
	{ "Tag", "TAG" },
	{ "UniqueSize", "UNIQUE SIZE" },
	{ "VirtualSize", "SIZE" },
	{ NULL, NULL },
};

static const char *format_of(const struct images_options *options)
{
	if (options->quiet)
		return "{{.ID}}";
	if (options->format && strcmp(options->format, "table") != 0)
		return options->format;
	return options->digests ?
		       "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}" :
		       "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
}

static int images(struct arena *arena, const struct images_options *options)
{
	struct image_list list = { 0 };
	struct listing listing = { .verb = "images", .titles = titles };
	struct store store;
	const char *text;
	int ret = store_open(&store, verb_root(), STORE_READ);

	/* No store holds no images. */
	if (ret == 0)
		ret = image_list_make(&list, arena, &store, options);
	store_close(&store);
	if (ret < 0 && ret != -ENOENT)
		return ret;
	listing.rows = list.rows;
	listing.count = list.count;
	text = listing_print(arena, &listing, format_of(options));
	ret = text ? say(text) : -EINVAL;
	return ret < 0 ? ret : list.failed;
}

int cmd_images(int argc, char **argv)
{
	struct images_options options = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&options, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count > 1) {
			fail(0, "davit images: expected at most one NAME[:TAG]");
		} else {
			options.name = words.count ? words.items[0] : NULL;
			code = images(&arena, &options) < 0 ? EXIT_FAILED : 0;
		}
	}
	arena_close(&arena);
	return code;
}
