/* SPDX-License-Identifier: MIT */
/* Walks through indexes and manifests. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "registry/push_parts.h"

enum { DEPTH_MOST = 4 };

static int add(struct push_parts *parts, const struct descriptor *descriptor, int depth);

struct push_blob *push_parts_find(const struct push_parts *parts, const struct digest *digest)
{
	size_t i;

	for (i = 0; i < parts->blob_count; i++) {
		if (digest_same(&parts->blobs[i].descriptor->digest, digest))
			return &parts->blobs[i];
	}
	return NULL;
}

/* Room for one more of COUNT, which doubles. NULL, said. */
static void *grow(struct push_parts *parts, void *list, size_t count, size_t size)
{
	void *longer = list;

	if (count == PARTS_MOST) {
		fail(0, "%s: more than %d parts", parts->source->path, PARTS_MOST);
		return NULL;
	}
	if ((count & (count - 1)) == 0)
		longer = arena_alloc(parts->arena, (count ? 2 * count : 1) * size);
	if (!longer)
		fail(ENOMEM, "%s", parts->source->path);
	else if (longer != list && count)
		memcpy(longer, list, count * size);
	return longer;
}

static int add_blob(struct push_parts *parts, const struct descriptor *descriptor, bool is_layer)
{
	if (push_parts_find(parts, &descriptor->digest))
		return 0;
	parts->blobs = grow(parts, parts->blobs, parts->blob_count, sizeof(*parts->blobs));
	if (!parts->blobs)
		return -EINVAL;
	parts->blobs[parts->blob_count++] = (struct push_blob){ descriptor, is_layer, NULL };
	return 0;
}

static int add_layers(struct push_parts *parts, const char *text)
{
	struct manifest *manifest = arena_alloc(parts->arena, sizeof(*manifest));
	size_t i;
	int ret;

	if (!manifest)
		return fail(ENOMEM, "%s", parts->source->path);
	ret = manifest_parse(manifest, parts->arena, text, parts->source->path);
	for (i = 0; ret == 0 && i < manifest->layer_count; i++)
		ret = add_blob(parts, &manifest->layers[i], true);
	return ret == 0 ? add_blob(parts, &manifest->config, false) : ret;
}

static int add_entries(struct push_parts *parts, const char *text, int depth)
{
	struct index *index = arena_alloc(parts->arena, sizeof(*index));
	size_t i;
	int ret;

	if (!index)
		return fail(ENOMEM, "%s", parts->source->path);
	ret = index_parse(index, parts->arena, text, parts->source->path);
	for (i = 0; ret == 0 && i < index->count; i++)
		ret = add(parts, &index->manifests[i], depth + 1);
	return ret;
}

/* What is in it comes first: a registry takes no index of what it does not have. */
static int add(struct push_parts *parts, const struct descriptor *descriptor, int depth)
{
	const char *type = descriptor->media_type, *text = NULL;
	const bool index = strcmp(type, MEDIA_INDEX) == 0 || strcmp(type, MEDIA_DOCKER_LIST) == 0;
	size_t i;
	int ret = 0;

	for (i = 0; i < parts->manifest_count; i++) {
		if (digest_same(&parts->manifests[i].descriptor->digest, &descriptor->digest))
			return 0;
	}
	if (depth == DEPTH_MOST)
		return fail(0, "%s: its indexes are nested too deep", parts->source->path);
	/* Machines for which nothing was pulled, and what others keep beside their images. */
	if (depth == 0 || source_has(parts->source, &descriptor->digest)) {
		text = source_text(parts->arena, parts->source, descriptor);
		if (!text)
			return -EINVAL;
		ret = index ? add_entries(parts, text, depth) : add_layers(parts, text);
	}
	if (ret < 0)
		return ret;
	parts->manifests =
		grow(parts, parts->manifests, parts->manifest_count, sizeof(*parts->manifests));
	if (!parts->manifests)
		return -EINVAL;
	parts->manifests[parts->manifest_count++] = (struct push_manifest){ descriptor, text };
	return 0;
}

int push_parts_add(struct push_parts *parts, const struct descriptor *descriptor)
{
	return add(parts, descriptor, 0);
}
