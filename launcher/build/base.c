/* SPDX-License-Identifier: MIT */
/* FROM: what a stage begins with; nothing, another stage, or an image that the store has. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "build/builder.h"
#include "store/tags.h"

static int find_image(struct descriptor *out, struct builder *b, const struct source *source,
		      const struct instruction *one, const char *name,
		      const struct platform *platform)
{
	const struct descriptor *chosen;
	const struct tag *tag = NULL;
	struct index index;
	struct tags tags;
	const char *text;
	int ret = tags_list(&tags, b->arena, b->store);

	if (ret == 0)
		ret = tags_find(&tag, b->arena, b->store, &tags, name);
	if (ret == -ENOENT)
		return dockerfile_refuse(
			&b->dockerfile, one,
			"%s: no image of that name here (davit images lists them, davit pull and davit load bring more)",
			name);
	if (ret < 0 || !tag)
		return ret;
	*out = tag->descriptor;
	if (strcmp(out->media_type, MEDIA_INDEX) != 0 &&
	    strcmp(out->media_type, MEDIA_DOCKER_LIST) != 0)
		return 0;
	text = source_text(b->arena, source, out);
	if (!text || index_parse(&index, b->arena, text, name) < 0)
		return -EINVAL;
	chosen = index_choose(&index, platform);
	if (!chosen)
		return dockerfile_refuse(&b->dockerfile, one, "%s: has no image for %s", name,
					 platform_print(b->arena, platform));
	*out = *chosen;
	return 0;
}

static int check_layers(struct builder *b, const struct instruction *one, const char *name,
			const struct manifest *manifest)
{
	size_t i;

	for (i = 0; i < manifest->layer_count; i++)
		if (manifest->layers[i].format != LAYER_SQUASHFS)
			return dockerfile_refuse(
				&b->dockerfile, one,
				"%s: layer %zu is %s, not a squashfs (davit pull and davit load make one of it)",
				name, i, manifest->layers[i].media_type);
	return 0;
}

int base_load(struct layers *layers, struct image_config *config, struct builder *b,
	      const struct instruction *one, const char *name, const struct platform *platform)
{
	const struct source source = { .path = name, .fd = b->store->fd };
	struct descriptor descriptor;
	struct manifest manifest;
	const char *text;
	int ret = find_image(&descriptor, b, &source, one, name, platform);

	if (ret < 0)
		return ret;
	text = source_text(b->arena, &source, &descriptor);
	if (!text || manifest_parse(&manifest, b->arena, text, name) < 0)
		return -EINVAL;
	text = source_text(b->arena, &source, &manifest.config);
	if (!text || image_config_parse(config, b->arena, text, name) < 0 ||
	    image_config_match(config, &manifest, name) < 0)
		return -EINVAL;
	if (!platform_fit(platform, &config->platform))
		return dockerfile_refuse(&b->dockerfile, one, "%s: is for %s, and %s is wanted",
					 name, platform_print(b->arena, &config->platform),
					 platform_print(b->arena, platform));
	*layers = (struct layers){ manifest.layers, manifest.layer_count };
	return check_layers(b, one, name, &manifest);
}

/* Lists that this stage can add to without the other one noticing. */
static int inherit(struct stage *stage, struct arena *arena, const struct image_config *from)
{
	static const struct annotation none[] = { { NULL, NULL } };
	struct image_config *config = &stage->config;
	int ret;

	*config = *from;
	config->labels = from->labels ? from->labels : none;
	ret = texts_copy(&config->env, arena, &from->env);
	if (ret == 0)
		ret = texts_copy(&config->ports, arena, &from->ports);
	if (ret == 0)
		ret = texts_copy(&config->volumes, arena, &from->volumes);
	return ret < 0 ? fail(ENOMEM, "build") : 0;
}

/* An image of nothing looks for commands where all images do, as Docker's. */
static int set_path(struct image_config *config, struct arena *arena)
{
	const char *path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

	return texts_add(arena, &config->env, path) < 0 ? fail(ENOMEM, "build") : 0;
}

int run_from(struct builder *b, struct stage *stage, const struct instruction *one)
{
	struct image_config config = { 0 };
	int ret = 0;

	if (stage->parent) {
		stage->layers = stage->parent->layers;
		config = stage->parent->config;
	} else if (strcmp(stage->base, "scratch") != 0) {
		ret = base_load(&stage->layers, &config, b, one, stage->base, &stage->platform);
	} else if (one->words.count == 3 && strcmp(one->words.items[2], "scratch") == 0) {
		ret = dockerfile_refuse(&b->dockerfile, one, "scratch cannot be a stage's name");
	} else {
		ret = set_path(&config, b->arena);
	}
	if (!config.platform.os)
		config.platform = stage->platform;
	if (ret == 0 && config.onbuild.count)
		ret = dockerfile_refuse(&b->dockerfile, one,
					"%s: has ONBUILD instructions, which are not supported",
					stage->base);
	return ret == 0 ? inherit(stage, b->arena, &config) : ret;
}
