/* SPDX-License-Identifier: MIT */
/* davit tag: one more name for an image. */
#include <errno.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/verb_options.h"
#include "store/tags.h"

static int tag_image(struct arena *arena, const char *image, const char *name)
{
	const struct tag *found = NULL;
	struct reference reference;
	struct store store;
	struct tags tags;
	int ret = reference_parse(&reference, arena, name);

	if (ret == 0 && reference.has_digest)
		ret = fail(0, "%s: a name for an image has no digest", name);
	if (ret < 0)
		return ret;
	ret = store_open(&store, verb_root(), STORE_WRITE);
	if (ret < 0)
		return ret;
	ret = tags_list(&tags, arena, &store);
	if (ret == 0)
		ret = tags_find(&found, arena, &store, &tags, image);
	if (ret == -ENOENT)
		ret = fail(0, "%s: no such image (davit images lists them)", image);
	if (ret == 0)
		ret = tag_set(&store, &reference, &found->descriptor);
	store_close(&store);
	return ret;
}

int cmd_tag(int argc, char **argv)
{
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code, values = 0;

	(void)argc;
	if (verb_read(&values, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count != 2)
			fail(0, "davit tag: expected IMAGE NAME[:TAG]");
		else
			code = tag_image(&arena, words.items[0], words.items[1]) < 0 ? EXIT_FAILED :
										       0;
	}
	arena_close(&arena);
	return code;
}
