/* SPDX-License-Identifier: MIT */
/* From an image layout to layers that can be mounted: one manifest is chosen, all that it names is looked for. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "image/oci_config.h"
#include "image/oci_image.h"
#include "image/source.h"
#include "image/squashfs.h"
#include "image/verity.h"

static int fail_machine(struct arena *arena, const struct source *source, const char *built)
{
	const char *own = platform_words(arena, platform_own(), true);

	return fail(0, "%s: built for %s, this board is %s", source->path, built ? built : "?",
		    own ? own : "?");
}

/* As people know it: "web.zip layer sha256:0123456789ab". */
static const char *layer_name(struct arena *arena, const struct source *source,
			      const struct descriptor *descriptor)
{
	char digest[DIGEST_TEXT];

	digest_print(digest, &descriptor->digest);
	digest[IMAGE_SHORT] = '\0';
	return arena_print(arena, "%s layer %s", source->path, digest);
}

static int layer_check(struct layer *layer, uint64_t available)
{
	int ret = squashfs_check(layer, available);

	return ret == SQUASHFS_ZIP ? fail(0, "%s: a layer is no squashfs, but a zip", layer->path) :
				     ret;
}

static int layer_open(struct layer *layer, struct arena *arena, const struct source *source,
		      const struct descriptor *descriptor, size_t number)
{
	struct blob blob;
	int ret;

	if (descriptor->format != LAYER_SQUASHFS)
		return fail(0,
			    "%s: layer %zu is %s: only squashfs layers are mounted (davit load makes them of tar)",
			    source->path, number, descriptor->media_type);
	ret = source_blob(&blob, source, &descriptor->digest, descriptor->size);
	if (ret < 0)
		return ret;
	*layer = (struct layer){ .path = layer_name(arena, source, descriptor),
				 .offset = blob.offset,
				 .fd = blob.fd,
				 .blob_size = blob.size,
				 .has_verity = descriptor->has_verity,
				 .descriptor = descriptor };
	return layer->path ? layer_check(layer, blob.size) : fail(ENOMEM, "%s", source->path);
}

/* A layer that is there again further up is hidden by that one wholly: overlayfs wants each but once. */
static bool is_repeated(const struct manifest *manifest, size_t number)
{
	size_t i;

	for (i = number + 1; i < manifest->layer_count; i++) {
		if (digest_same(&manifest->layers[i].digest, &manifest->layers[number].digest))
			return true;
	}
	return false;
}

static int layers_open(struct image *image, struct arena *arena, const struct source *source,
		       const struct manifest *manifest)
{
	size_t i, count = 0;
	int ret = 0;

	if (!manifest->layer_count)
		return fail(0, "%s: the image has no layers", source->path);
	image->layers = arena_alloc(arena, manifest->layer_count * sizeof(*image->layers));
	if (!image->layers)
		return fail(ENOMEM, "%s", source->path);
	for (i = 0; i < manifest->layer_count && ret == 0; i++) {
		struct layer *layer = &image->layers[count];

		layer->fd = -1;
		if (is_repeated(manifest, i))
			continue;
		image->layer_count = ++count;
		ret = layer_open(layer, arena, source, &manifest->layers[i], i);
	}
	return ret;
}

static int config_take(struct image *image, struct arena *arena, const struct manifest *manifest)
{
	const struct source *source = image->source;
	struct image_config *config = arena_alloc(arena, sizeof(*config));
	const char *text = source_text(arena, source, &manifest->config);
	const char *what = arena_print(arena, "%s: config", source->path);
	int ret;

	if (!config || !what)
		return fail(ENOMEM, "%s", source->path);
	if (!text)
		return -EINVAL;
	ret = image_config_parse(config, arena, text, what);
	if (ret == 0)
		ret = image_config_match(config, manifest, what);
	image->config = config;
	/* What an index says of the machine is a help to choose; this counts. */
	if (ret == 0 && !platform_fit(platform_own(), &config->platform))
		ret = fail_machine(arena, source, platform_words(arena, &config->platform, false));
	return ret;
}

static int manifest_use(struct image *image, struct arena *arena, const struct manifest *manifest,
			const struct image_gate *gate)
{
	char digest[DIGEST_TEXT];
	int ret;

	digest_print(digest, &image->descriptor->digest);
	image->digest = arena_copy(arena, digest, DIGEST_TEXT - 1);
	if (!image->digest)
		return fail(ENOMEM, "%s", image->path);
	image->kind = IMAGE_LAYERS;
	ret = gate ? gate->pass(image, arena, gate->data) : 0;
	if (ret == 0)
		ret = config_take(image, arena, manifest);
	return ret == 0 ? layers_open(image, arena, image->source, manifest) : ret;
}

static bool is_index(const struct descriptor *descriptor)
{
	return strcmp(descriptor->media_type, MEDIA_INDEX) == 0 ||
	       strcmp(descriptor->media_type, MEDIA_DOCKER_LIST) == 0;
}

/* Of several machines', this one's. */
static const struct descriptor *descend(struct arena *arena, const struct source *source,
					const struct descriptor *descriptor)
{
	const char *text = source_text(arena, source, descriptor);
	const struct descriptor *found;
	struct index index;

	if (!text || index_parse(&index, arena, text, source->path) < 0)
		return NULL;
	found = index_choose(&index, platform_own());
	if (!found)
		fail_machine(arena, source, "other machines");
	else if (is_index(found))
		fail(0, "%s: an index of indexes", source->path);
	return found && !is_index(found) ? found : NULL;
}

int oci_image_load(struct image *image, struct arena *arena, struct source *source,
		   const struct descriptor *descriptor, const struct image_gate *gate)
{
	struct manifest manifest;
	char digest[DIGEST_TEXT];
	const char *text, *what;
	int ret;

	image->source = source;
	if (is_index(descriptor))
		descriptor = descend(arena, source, descriptor);
	text = descriptor ? source_text(arena, source, descriptor) : NULL;
	if (!text)
		return -EINVAL;
	image->descriptor = descriptor;
	digest_print(digest, &descriptor->digest);
	what = arena_print(arena, "%s: manifest %s", source->path, digest);
	if (!what)
		return fail(ENOMEM, "%s", source->path);
	ret = manifest_parse(&manifest, arena, text, what);
	return ret == 0 ? manifest_use(image, arena, &manifest, gate) : ret;
}

int oci_image_open(struct image *image, struct arena *arena, uint64_t offset, const char *name,
		   const struct image_gate *gate)
{
	const struct image_choice choice = { name, platform_own() };
	struct descriptor *descriptor = arena_alloc(arena, sizeof(*descriptor));
	struct source *source = arena_alloc(arena, sizeof(*source));
	struct manifest manifest;
	int fd, ret;

	if (!source || !descriptor)
		return fail(ENOMEM, "%s", image->path);
	fd = fcntl(image->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return fail(errno, "%s", image->path);
	ret = source_open_fd(source, arena, fd, offset, image->path);
	if (ret < 0)
		return ret;
	image->source = source;
	image->descriptor = descriptor;
	ret = source_manifest(descriptor, &manifest, arena, source, &choice);
	return ret == 0 ? manifest_use(image, arena, &manifest, gate) : ret;
}

int oci_image_read_verity(struct image *image, struct arena *arena)
{
	char hex[DIGEST_HEX + 1];
	size_t i;
	int ret = 0;

	for (i = 0; i < image->layer_count && ret == 0; i++) {
		struct layer *layer = &image->layers[i];
		struct verity *verity =
			layer->has_verity ? arena_alloc(arena, sizeof(*verity)) : NULL;

		if (!layer->has_verity)
			continue;
		if (!verity)
			return fail(ENOMEM, "%s", layer->path);
		ret = verity_read(verity, layer->fd, layer->offset, layer->size, layer->blob_size,
				  layer->path);
		digest_print_hex(hex, &layer->descriptor->verity);
		layer->root_hash = arena_copy(arena, hex, DIGEST_HEX);
		if (!layer->root_hash)
			return fail(ENOMEM, "%s", layer->path);
		layer->verity = verity;
	}
	return ret;
}

void oci_image_close(struct image *image)
{
	if (image->source)
		source_close(image->source);
	image->source = NULL;
}
