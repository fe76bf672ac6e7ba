/* SPDX-License-Identifier: MIT */
/* davit prune: give back the space of what no tag, no version and no sandbox needs. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "commands/listing.h"
#include "commands/roots.h"
#include "commands/verb_options.h"
#include "service/snapshot.h"
#include "store/versions.h"

struct prune_values {
	bool all, dry, force;
};

const struct option prune_options[] = {
	{ "all", 'a', OPTION_FLAG_OF(prune_values, all),
	  HELP("also images with a name, where no sandbox or app has them") },
	{ "dry-run", 0, OPTION_FLAG_OF(prune_values, dry), HELP("only tell what would go") },
	{ "force", 'f', OPTION_FLAG_OF(prune_values, force), HELP("do not ask") },
	OPTIONS_END,
};

struct pruning {
	struct arena *arena;
	struct store *store;
	const struct prune_values *values;
	struct sweeping sweeping;
	struct string text;
};

static int ask(const struct prune_values *values)
{
	static const char question[] =
		"This removes images without a name, downloads that were broken off, and snapshots of apps that are gone.\nGo on? [y/N] ",
			  all[] = "This removes all images that no app, sandbox or version uses, with their names,\ndownloads that were broken off, and snapshots of apps that are gone.\nGo on? [y/N] ";
	char answer[16] = "";

	if (values->force || values->dry)
		return 1;
	if (say(values->all ? all : question) < 0)
		return -EIO;
	if (read(STDIN_FILENO, answer, sizeof(answer) - 1) <= 0) {
		(void)say("\n");
		return fail(0, "davit prune: nobody answers: -f does not ask");
	}
	return answer[0] == 'y' || answer[0] == 'Y';
}

/* The versions of apps are needed whether a name leads to them or not. */
static int add_versions(struct texts *roots, struct arena *arena)
{
	struct texts names;
	size_t i, j;
	int ret = versions_list(&names, arena, verb_root());

	for (i = 0; ret == 0 && i < names.count; i++) {
		struct versions versions;

		ret = versions_read(&versions, arena, verb_root(), names.items[i]);
		for (j = 0; ret == 0 && j < VERSION_KINDS; j++) {
			char *digest = arena_alloc(arena, DIGEST_TEXT);

			if (!digest)
				return fail(ENOMEM, "prune");
			digest_print(digest, &versions.items[j].descriptor.digest);
			if (versions.items[j].is_there && texts_add(arena, roots, digest) < 0)
				return fail(ENOMEM, "prune");
		}
	}
	return ret;
}

/* A tag that is removed takes the image's blobs along in the sweep behind this. */
static int prune_tags(struct pruning *pruning, const struct texts *roots)
{
	struct digest subject;
	struct tags tags;
	size_t i;
	int ret = tags_list(&tags, pruning->arena, pruning->store);

	for (i = 0; ret == 0 && i < tags.count; i++) {
		const struct tag *tag = &tags.items[i];
		const struct reference reference = { .name = tag->name, .tag = tag->tag };

		if (tag_is_aside(&subject, tag->tag) ||
		    roots_have(roots, pruning->arena, pruning->store, &tag->descriptor))
			continue;
		string_add(pruning->arena, &pruning->text, "%s: %s:%s\n",
			   pruning->values->dry ? "Would untag" : "Untagged", tag->name, tag->tag);
		if (!pruning->values->dry)
			ret = tag_remove(pruning->store, &reference);
		ret = ret == -ENOENT ? 0 : ret;
	}
	return ret;
}

static int prune(struct pruning *pruning)
{
	struct texts roots, removed = { 0 };
	struct sweeping *sweeping = &pruning->sweeping;
	const char *size;
	size_t i;
	int ret = roots_gather(&roots, pruning->arena);

	if (CONFIG_UPDATE && ret == 0)
		ret = add_versions(&roots, pruning->arena);
	*sweeping = (struct sweeping){ .roots = &roots,
				       .removed = &removed,
				       .partial = true,
				       .dry = pruning->values->dry,
				       .no_tags = pruning->values->dry && pruning->values->all };
	if (ret == 0 && pruning->values->all)
		ret = prune_tags(pruning, &roots);
	if (ret == 0)
		ret = store_sweep_as(sweeping, pruning->arena, pruning->store);
	if (CONFIG_UPDATE && ret == 0)
		ret = snapshot_sweep(sweeping, pruning->arena, verb_root());
	for (i = 0; i < removed.count; i++)
		string_add(pruning->arena, &pruning->text, "%s: %s\n",
			   sweeping->dry ? "Would delete" : "Deleted", removed.items[i]);
	size = listing_size(pruning->arena, sweeping->bytes, false);
	string_add(pruning->arena, &pruning->text, "Total reclaimed space: %s%s\n",
		   size ? size : "", pruning->values->dry ? " (nothing was removed)" : "");
	if (pruning->arena->failed)
		return ret < 0 ? ret : fail(ENOMEM, "prune");
	return say(pruning->text.text) < 0 && ret == 0 ? -EIO : ret;
}

static int run(struct arena *arena, const struct prune_values *values)
{
	struct store store;
	struct pruning pruning = { .arena = arena, .store = &store, .values = values };
	int ret = ask(values);

	if (ret <= 0)
		return ret;
	/* Alone: what a pull, load or build has brought and not named yet is not taken away. */
	ret = store_open(&store, verb_root(), STORE_SWEEP);
	if (ret < 0)
		return ret;
	ret = prune(&pruning);
	store_close(&store);
	return ret;
}

int cmd_prune(int argc, char **argv)
{
	struct prune_values values = { 0 };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&values, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count)
			fail(0, "davit prune: unexpected %s", words.items[0]);
		else
			code = run(&arena, &values) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}
