/* SPDX-License-Identifier: MIT */
/* Describe an image as docker image inspect does. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "commands/image_tree.h"
#include "commands/json_print.h"
#include "commands/moment.h"
#include "commands/subject_details.h"
#include "store/tags.h"

struct tree {
	struct leaves *leaves;
	struct arena *arena;
	const struct subject_details *found;
};

static void add_text(const struct tree *tree, const char *path, const char *text)
{
	leaf_add(tree->leaves, tree->arena, path, LEAF_TEXT, text ? text : "");
}

static void add_number(const struct tree *tree, const char *path, uint64_t number)
{
	leaf_add(tree->leaves, tree->arena, path, LEAF_RAW,
		 arena_print(tree->arena, "%" PRIu64, number));
}

static void add_list(const struct tree *tree, const char *path, const struct texts *items)
{
	leaf_add_items(tree->leaves, tree->arena, path, LEAF_LIST, items);
}

/* A set is an object of empty objects, as Go writes it. */
static void add_set(const struct tree *tree, const char *path, const struct texts *items)
{
	struct string text = { 0 };
	size_t i;

	if (!items->count)
		return;
	string_add(tree->arena, &text, "{");
	for (i = 0; i < items->count; i++) {
		string_add(tree->arena, &text, "%s", i ? "," : "");
		json_quote(tree->arena, &text, items->items[i]);
		string_add(tree->arena, &text, ":{}");
	}
	string_add(tree->arena, &text, "}");
	leaf_add(tree->leaves, tree->arena, path, LEAF_RAW, text.text);
}

static void add_annotations(const struct tree *tree, const char *path, const struct annotation *list)
{
	struct texts words = { 0 };

	for (; list->key; list++) {
		const char *word = arena_print(tree->arena, "%s=%s", list->key, list->value);

		if (word)
			(void)texts_add(tree->arena, &words, word);
	}
	leaf_add_items(tree->leaves, tree->arena, path, LEAF_MAP, &words);
}

static void add_health(const struct tree *tree, const struct health *health)
{
	if (!health->test.count)
		return;
	add_list(tree, "Config.Healthcheck.Test", &health->test);
	add_number(tree, "Config.Healthcheck.Interval", health->interval);
	add_number(tree, "Config.Healthcheck.Timeout", health->timeout);
	add_number(tree, "Config.Healthcheck.StartPeriod", health->start_period);
	add_number(tree, "Config.Healthcheck.Retries", health->retries);
}

static void add_config(const struct tree *tree, const struct image_config *config)
{
	add_text(tree, "Config.User", config->user);
	add_set(tree, "Config.ExposedPorts", &config->ports);
	add_list(tree, "Config.Env", &config->env);
	add_list(tree, "Config.Entrypoint", &config->entrypoint);
	add_list(tree, "Config.Cmd", &config->command);
	add_health(tree, &config->health);
	add_set(tree, "Config.Volumes", &config->volumes);
	add_text(tree, "Config.WorkingDir", config->workdir);
	add_list(tree, "Config.OnBuild", &config->onbuild);
	add_annotations(tree, "Config.Labels", config->labels);
	add_text(tree, "Config.StopSignal", config->stop_signal);
	if (config->shell.count)
		add_list(tree, "Config.Shell", &config->shell);
}

static void add_layers(const struct tree *tree)
{
	const struct image_config *config = &tree->found->details.config;
	const struct manifest *manifest = &tree->found->details.manifest;
	struct texts ids = { 0 }, layers = { 0 };
	char text[DIGEST_TEXT];
	size_t i;

	for (i = 0; i < config->diff_id_count; i++) {
		digest_print(text, &config->diff_ids[i]);
		(void)texts_add(tree->arena, &ids, arena_copy(tree->arena, text, strlen(text)));
	}
	for (i = 0; i < manifest->layer_count; i++) {
		const struct descriptor *layer = &manifest->layers[i];
		const char *word;

		digest_print(text, &layer->digest);
		word = arena_print(tree->arena, "%s %" PRIu64 " %s", text, layer->size,
				   layer->media_type);
		(void)texts_add(tree->arena, &layers, word);
	}
	add_text(tree, "RootFS.Type", "layers");
	add_list(tree, "RootFS.Layers", &ids);
	add_list(tree, "Davit.Layers", &layers);
}

bool image_is_known(struct arena *arena, const char *name)
{
	const struct tag *tag = NULL;
	struct store store;
	struct tags tags;
	bool is = false;

	if (access(name, F_OK) == 0)
		return true;
	if (store_open(&store, verb_root(), STORE_READ) < 0)
		return false;
	is = tags_list(&tags, arena, &store) == 0 && tags_find(&tag, arena, &store, &tags, name) == 0;
	store_close(&store);
	return is;
}

int image_tree(struct leaves *leaves, struct arena *arena, const char *image)
{
	struct subject_details found;
	const struct details *details = &found.details;
	const struct tree tree = { leaves, arena, &found };
	int ret = subject_details(&found, arena, image);

	if (ret < 0)
		return ret;
	add_text(&tree, "Id", details->id);
	add_list(&tree, "RepoTags", &found.names);
	add_list(&tree, "RepoDigests", &found.digests);
	add_text(&tree, "Parent", "");
	add_text(&tree, "Comment",
		 details->config.history_count ?
			 details->config.history[details->config.history_count - 1].comment :
			 "");
	add_text(&tree, "Created", details->config.created);
	add_text(&tree, "Author", details->config.author);
	add_config(&tree, &details->config);
	add_text(&tree, "Architecture", details->config.platform.architecture);
	if (details->config.platform.variant)
		add_text(&tree, "Variant", details->config.platform.variant);
	add_text(&tree, "Os", details->config.platform.os);
	add_number(&tree, "Size", details->size);
	add_number(&tree, "VirtualSize", details->size);
	add_text(&tree, "Metadata.LastTagTime",
		 found.since > 0 ? moment_print(arena, (uint64_t)found.since * MOMENT_SECOND) :
				   "0001-01-01T00:00:00Z");
	add_layers(&tree);
	add_text(&tree, "Davit.Digest", details->digest);
	add_text(&tree, "Davit.Path", found.path);
	add_annotations(&tree, "Davit.Annotations", details->manifest.annotations);
	return arena->failed ? fail(ENOMEM, "%s", image) : 0;
}
