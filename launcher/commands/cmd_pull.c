/* SPDX-License-Identifier: MIT */
/* davit pull: images from a registry into the store. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/pull_order.h"
#include "commands/registry_settings.h"
#include "commands/roots.h"
#include "commands/verb_options.h"

enum { TIMEOUT_MOST = 86400 };

struct pull_values {
	const char *platform, *timeout;
	bool quiet, json, all, offline;
};

const struct option pull_options[] = {
	{ "all-tags", 'a', OPTION_FLAG_OF(pull_values, all), HELP("all tags of the repository NAME") },
	{ "json", 0, OPTION_FLAG_OF(pull_values, json),
	  HELP("an object of JSON per line, as Docker's API has them") },
	{ "offline", 0, OPTION_FLAG_OF(pull_values, offline),
	  HELP("ask nobody; fail when that would be needed") },
	{ "platform", 0, OPTION_TEXT_OF(pull_values, platform, "OS/ARCH[/VARIANT]"),
	  HELP("the image for that machine, not for this one") },
	{ "quiet", 'q', OPTION_FLAG_OF(pull_values, quiet), HELP("only the name in the end") },
	{ "timeout", 0, OPTION_TEXT_OF(pull_values, timeout, "SECONDS"),
	  HELP("give up a server that is silent for so long (60)") },
	OPTIONS_END
};

static int report(struct arena *arena, const struct pulled *pulled, enum progress_kind kind)
{
	const char *name = pulled->name;
	char digest[DIGEST_TEXT];
	const char *status =
		arena_print(arena, "%s %s",
			    pulled->newer ? "Downloaded newer image for" : "Image is up to date for",
			    name);
	const char *line;

	digest_print(digest, &pulled->digest);
	if (kind == PROGRESS_JSON)
		line = arena_print(arena, "{\"status\":\"%s\",\"name\":\"%s\",\"digest\":\"%s\"}\n",
				   status ? status : "", name, digest);
	else if (kind == PROGRESS_QUIET)
		line = arena_print(arena, "%s\n", name);
	else
		line = arena_print(arena, "Digest: %s\nStatus: %s\n%s\n", digest,
				   status ? status : "", name);
	return line && status ? say(line) : fail(ENOMEM, "pull");
}

/* An arena for each, since there may be many. */
static int pull_one(const struct pull_order *order, struct store *store,
		    const struct registry_settings *settings)
{
	struct arena arena = { 0 };
	struct pulled pulled;
	int ret = pull_image(&pulled, &arena, settings, store, order);

	if (ret == 0)
		ret = report(&arena, &pulled, order->progress);
	arena_close(&arena);
	return ret;
}

/* Those of images; what is beside them comes with them. */
static int pull_all(const struct pull_order *order, struct arena *arena, struct store *store,
		    const struct registry_settings *settings)
{
	const char *name = order->reference->name;
	struct pull_order own = *order;
	struct registry registry;
	struct reference each;
	struct texts tags = { 0 };
	struct digest subject;
	size_t i;
	int ret = registry_open(&registry, arena, settings, order->reference, REGISTRY_PULL);

	if (ret == 0)
		ret = registry_tags(&tags, &registry);
	registry_close(&registry);
	for (i = 0; ret == 0 && i < tags.count; i++) {
		const char *text = arena_print(arena, "%s:%s", name, tags.items[i]);

		if (tag_is_aside(&subject, tags.items[i]))
			continue;
		/* What a registry calls a tag may be none. */
		ret = text ? reference_parse(&each, arena, text) : fail(ENOMEM, "%s", name);
		own.reference = &each;
		if (ret == 0)
			ret = pull_one(&own, store, settings);
	}
	return ret;
}

static int read_order(struct pull_order *order, struct reference *reference, struct arena *arena,
		      const struct pull_values *given)
{
	struct platform *platform = arena_alloc(arena, sizeof(*platform));
	int ret = platform ? 0 : fail(ENOMEM, "pull");

	*order = (struct pull_order){ .reference = reference,
				      .progress = progress_choose(given->quiet, given->json) };
	if (ret == 0 && given->platform) {
		ret = platform_parse(platform, arena, given->platform);
		order->platform = platform;
	}
	return ret == 0 ? pull_order_fill(order, arena) : ret;
}

static int pull(struct arena *arena, const char *name, const struct pull_values *given)
{
	struct registry_settings settings = { 0 };
	struct reference reference = { 0 };
	struct pull_order order = { .reference = &reference };
	struct store store;
	uint64_t timeout = 0;
	int ret = reference_parse(&reference, arena, name);

	if (given->timeout && (text_number(&timeout, given->timeout, TIMEOUT_MOST) < 0 || !timeout))
		return fail(0, "--timeout %s: expected seconds, 1 to %d", given->timeout,
			    TIMEOUT_MOST);
	if (ret == 0)
		ret = registry_settings_read(&settings, arena);
	if (ret == 0)
		ret = read_order(&order, &reference, arena, given);
	settings.http.timeout = (unsigned int)timeout;
	settings.http.offline = settings.http.offline || given->offline;
	if (ret == 0)
		ret = store_open(&store, verb_root(), STORE_WRITE);
	if (ret < 0)
		return ret;
	ret = given->all ? pull_all(&order, arena, &store, &settings) :
			   pull_one(&order, &store, &settings);
	/* What a failure left, and what a name meant before. */
	if (roots_sweep(NULL, arena, &store) < 0 && ret == 0)
		warn("nothing was swept from %s", verb_root());
	store_close(&store);
	return ret;
}

int cmd_pull(int argc, char **argv)
{
	struct pull_values given = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	const char *name;
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		name = words.count ? words.items[0] : "";
		if (words.count != 1)
			fail(0, "davit pull: expected one image: NAME[:TAG] or NAME@DIGEST");
		else if (given.quiet && given.json)
			fail(0, "davit pull: --quiet and --json exclude each other");
		else if (given.all && (strchr(name, '@') || strrchr(name, ':') > strrchr(name, '/')))
			fail(0, "davit pull: %s: with --all-tags, expected a NAME alone", name);
		else
			code = pull(&arena, name, &given) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}
