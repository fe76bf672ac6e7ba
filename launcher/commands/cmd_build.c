/* SPDX-License-Identifier: MIT */
/* davit build: an image of a Dockerfile, into the store, or into a zip. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "build/build.h"
#include "build/layer.h"
#include "commands/commands.h"
#include "commands/verb_options.h"
#include "store/save.h"

const struct option build_options[] = {
	{ "build-arg", 0, OPTION_LIST_OF(build_order, args, "NAME[=VALUE]"),
	  HELP("a value for ARG; without =VALUE, that of davit's own environment") },
	{ "compression", 0, OPTION_TEXT_OF(build_order, compression, "gzip|lz4hc|zstd|xz"),
	  HELP("of layers (gzip)") },
	{ "file", 'f', OPTION_TEXT_OF(build_order, file, "FILE"),
	  HELP("the Dockerfile (CONTEXT/Dockerfile)") },
	{ "label", 0, OPTION_LIST_OF(build_order, labels, "NAME=VALUE"),
	  HELP("a label of the image") },
	{ "network", 0, OPTION_TEXT_OF(build_order, network, "none|host"),
	  HELP("what RUN can reach: nothing, or all that this machine can") },
	{ "no-cache", 0, OPTION_FLAG_OF(build_order, no_cache), HELP("do every step anew") },
	{ "output", 'o', OPTION_TEXT_OF(build_order, output, "FILE.zip"),
	  HELP("write the image into a zip too") },
	{ "platform", 0, OPTION_TEXT_OF(build_order, platform, "OS/ARCH[/VARIANT]"),
	  HELP("the machine that it is for, such as linux/arm/v7 (this one)") },
	{ "quiet", 'q', OPTION_FLAG_OF(build_order, quiet), HELP("print the image's id only") },
	{ "tag", 't', OPTION_LIST_OF(build_order, tags, "NAME[:TAG]"),
	  HELP("what the image is called") },
	{ "target", 0, OPTION_TEXT_OF(build_order, target, "STAGE"), HELP("end with this stage") },
	OPTIONS_END
};

/* NAME alone is a variable of davit's own environment; where there is none, nothing is given. */
static int take_args(struct build_order *order, struct arena *arena)
{
	struct texts given = { 0 };
	size_t i;

	for (i = 0; i < order->args.count; i++) {
		const char *arg = order->args.items[i], *value = strchr(arg, '=');

		if (!arg[0] || value == arg)
			return fail(0, "--build-arg %s: expected NAME=VALUE", arg);
		if (!value) {
			value = getenv(arg);
			if (!value)
				continue;
			arg = arena_print(arena, "%s=%s", arg, value);
		}
		if (texts_add(arena, &given, arg) < 0)
			return fail(ENOMEM, "--build-arg");
	}
	order->args = given;
	return 0;
}

/* What can be seen to be wrong before anything is done. */
static int check(struct build_order *order, struct arena *arena)
{
	struct reference reference;
	struct platform platform;
	size_t i;
	int ret = take_args(order, arena);

	for (i = 0; i < order->tags.count && ret == 0; i++) {
		ret = reference_parse(&reference, arena, order->tags.items[i]);
		if (ret == 0 && !reference.tag)
			ret = fail(0, "--tag %s: expected NAME[:TAG]", order->tags.items[i]);
	}
	if (ret == 0 && order->platform)
		ret = platform_parse(&platform, arena, order->platform);
	if (ret == 0)
		ret = layer_check_compression(order->compression);
	if (ret == 0 && order->network && strcmp(order->network, "none") != 0 &&
	    strcmp(order->network, "host") != 0 && strcmp(order->network, "default") != 0)
		ret = fail(0, "--network %s: expected none or host", order->network);
	return ret;
}

/* The image alone, called by its first tag. */
static int write_zip(struct arena *arena, const struct store *store,
		     const struct build_order *order, const struct descriptor *manifest)
{
	struct annotation names[2] = { { NULL, NULL } };
	struct descriptor named = *manifest;
	struct index index = { &named, 1 };
	struct reference reference;
	struct source source;
	int ret = store_source(&source, arena, store);

	if (ret == 0 && order->tags.count) {
		ret = reference_parse(&reference, arena, order->tags.items[0]);
		names[0] = (struct annotation){ ANNOTATION_IMAGE_NAME,
						reference_print(arena, &reference) };
	}
	named.annotations = names;
	return ret < 0 ? ret : save_file(order->output, arena, &source, &index);
}

static int build(struct arena *arena, const struct build_order *order)
{
	struct store store;
	struct build out;
	int ret = store_open(&store, verb_root(), STORE_WRITE);

	if (ret < 0)
		return ret;
	ret = build_image(&out, arena, &store, order);
	if (ret == 0 && order->output)
		ret = write_zip(arena, &store, order, &out.manifest);
	store_close(&store);
	return ret;
}

int cmd_build(int argc, char **argv)
{
	struct build_order order = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&order, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count != 1) {
			fail(0, "davit build: expected one CONTEXT, a directory (. for this one)");
		} else if (check(&order, &arena) == 0) {
			order.context = words.items[0];
			code = build(&arena, &order) < 0 ? EXIT_FAILED : 0;
		}
	}
	arena_close(&arena);
	return code;
}
