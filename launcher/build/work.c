/* SPDX-License-Identifier: MIT */
/* Steps that make a layer: taken from the cache, or done in a folder that then becomes one. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "build/builder.h"
#include "build/layer.h"
#include "sandbox/kept.h"

enum { CACHE_VERSION = 1 };

int build_say(const struct builder *b, const char *format, ...)
{
	char text[8192];
	va_list args;

	if (b->order->quiet)
		return 0;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return say(text);
}

/* The command as people read it in the history: of RUN in shell form, with its shell. */
static const char *created_by(struct builder *b, const struct stage *stage,
			      const struct instruction *one)
{
	const struct texts *shell = &stage->config.shell;
	struct string text = { 0 };
	size_t i;

	string_add(b->arena, &text, "%s ", one->name);
	if (one->kind == INSTRUCTION_RUN && !one->is_exec && !shell->count)
		string_add(b->arena, &text, "/bin/sh -c ");
	for (i = 0; one->kind == INSTRUCTION_RUN && !one->is_exec && i < shell->count; i++)
		string_add(b->arena, &text, "%s ", shell->items[i]);
	string_add(b->arena, &text, "%s", one->text);
	for (i = 0; i < text.length; i++)
		if ((unsigned char)text.text[i] < ' ' && text.text[i] != '\n' && text.text[i] != '\t')
			text.text[i] = ' ';
	return text.text;
}

int stage_note(struct builder *b, struct stage *stage, const struct instruction *one, bool has_layer)
{
	struct image_config *config = &stage->config;
	struct history *history =
		arena_alloc(b->arena, (config->history_count + 1) * sizeof(*history));
	const char *text = created_by(b, stage, one);

	if (!history || b->arena->failed)
		return fail(ENOMEM, "%s", b->dockerfile.file);
	if (config->history_count)
		memcpy(history, config->history, config->history_count * sizeof(*history));
	history[config->history_count++] = (struct history){ .created = b->created,
							     .created_by = text,
							     .empty_layer = !has_layer };
	config->history = history;
	return 0;
}

static int add_layer(struct builder *b, struct stage *stage, const struct instruction *one,
		     const struct descriptor *layer)
{
	struct layers *layers = &stage->layers;
	struct image_config *config = &stage->config;
	struct descriptor *items = arena_alloc(b->arena, (layers->count + 1) * sizeof(*items));
	struct digest *ids = arena_alloc(b->arena, (layers->count + 1) * sizeof(*ids));

	if (!items || !ids)
		return fail(ENOMEM, "%s", b->dockerfile.file);
	if (layers->count == LAYERS_MOST)
		return dockerfile_refuse(&b->dockerfile, one, "an image has at most %d layers",
					 LAYERS_MOST);
	if (layers->count) {
		memcpy(items, layers->items, layers->count * sizeof(*items));
		memcpy(ids, config->diff_ids, layers->count * sizeof(*ids));
	}
	items[layers->count] = *layer;
	ids[layers->count] = layer->digest;
	*layers = (struct layers){ items, layers->count + 1 };
	config->diff_ids = ids;
	config->diff_id_count = layers->count;
	return 0;
}

/* All that a step's result depends on: the files that are there, the settings, and its own inputs. */
static int make_key(struct digest *key, struct builder *b, const struct stage *stage,
		    const struct instruction *one, const struct layer_work *work)
{
	struct image_config config = stage->config;
	const char *text, *head;
	struct hasher hasher;
	size_t i;

	config.history_count = config.diff_id_count = 0;
	config.created = NULL;
	text = image_config_print(b->arena, &config);
	head = arena_print(b->arena, "davit %d %s %llu %s\n", CACHE_VERSION,
			   b->order->compression ? b->order->compression : "gzip",
			   (unsigned long long)b->epoch, one->name);
	if (!text || !head)
		return fail(ENOMEM, "%s", b->dockerfile.file);
	hasher_begin(&hasher);
	hasher_add(&hasher, head, strlen(head));
	hasher_add(&hasher, text, strlen(text) + 1);
	for (i = 0; i < stage->layers.count; i++)
		hasher_add(&hasher, stage->layers.items[i].digest.bytes, DIGEST_SIZE);
	hasher_add(&hasher, work->inputs.bytes, DIGEST_SIZE);
	hasher_end(key, &hasher);
	return 0;
}

static bool is_empty(const char *tree)
{
	autoclose int dir = openat(AT_FDCWD, tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct list list;
	const char *name;

	if (dir < 0)
		return errno == ENOENT;
	list_begin(&list, dir);
	while ((name = list_next(&list)))
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			return false;
	return true;
}

/* What is in the folder now, as a layer; nothing is none. */
static int pack(struct descriptor *layer, bool *has, struct builder *b, const char *upper)
{
	static const struct annotation none[] = { { NULL, NULL } };
	const struct layer_options options = { .compression = b->order->compression,
					       .epoch = b->epoch };
	const char *tree = arena_print(b->arena, "%s/upper", upper);
	struct built_layer built;
	int ret;

	if (!tree)
		return fail(ENOMEM, "%s", upper);
	inside_trim(upper);
	*has = !is_empty(tree);
	if (!*has)
		return 0;
	ret = layer_from_tree(&built, b->store, tree, &options);
	*layer = (struct descriptor){ .media_type = built.media_type,
				      .digest = built.digest,
				      .size = built.size,
				      .annotations = none,
				      .has_verity = true,
				      .verity = built.verity,
				      .format = LAYER_SQUASHFS };
	return ret;
}

static int do_work(struct descriptor *layer, bool *has, struct builder *b, struct stage *stage,
		   const struct instruction *one, const struct layer_work *work)
{
	const char *upper = arena_print(b->arena, "%s/%u", b->work, ++b->number);
	int ret;

	if (!upper)
		return fail(ENOMEM, "%s", b->work);
	ret = work->run(b, stage, one, upper, work->data);
	if (ret == 0)
		ret = pack(layer, has, b, upper);
	if (access(upper, F_OK) == 0)
		kept_unmake(upper);
	return ret;
}

int layer_step(struct builder *b, struct stage *stage, const struct instruction *one,
	       const struct layer_work *work)
{
	struct descriptor layer;
	struct digest key;
	bool has = false;
	int ret = make_key(&key, b, stage, one, work);

	if (ret < 0)
		return ret;
	if (!b->order->no_cache && cache_find(&layer, &has, b, &key)) {
		ret = build_say(b, " ---> Using cache\n");
	} else {
		ret = do_work(&layer, &has, b, stage, one, work);
		if (ret == 0)
			ret = cache_keep(b, &key, &layer, has);
	}
	if (ret == 0 && has)
		ret = add_layer(b, stage, one, &layer);
	return ret == 0 ? stage_note(b, stage, one, has) : ret;
}
