/* SPDX-License-Identifier: MIT */
/* Finds layers that were made of a tar. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "image/details.h"
#include "store/converted.h"

static int add(struct conversions *out, struct arena *arena, const struct converted *converted)
{
	/* Room doubles; the arena keeps the smaller ones until it goes. */
	if ((out->count & (out->count - 1)) == 0) {
		const size_t room = out->count ? 2 * out->count : 1;
		struct converted *items = arena_alloc(arena, room * sizeof(*items));

		if (!items)
			return fail(ENOMEM, "layers");
		if (out->count)
			memcpy(items, out->items, out->count * sizeof(*items));
		out->items = items;
	}
	out->items[out->count++] = *converted;
	return 0;
}

static int add_image(struct conversions *out, struct arena *arena, const struct store *store,
		     const struct details *details)
{
	const struct manifest *manifest = &details->manifest;
	size_t i;
	int ret = 0;

	if (manifest->layer_count != details->config.diff_id_count)
		return 0;
	for (i = 0; ret == 0 && i < manifest->layer_count; i++) {
		const struct descriptor *layer = &manifest->layers[i];
		const char *text = annotation_find(layer->annotations, ANNOTATION_LAYER_SOURCE);
		struct converted converted;
		struct digest source;

		if (!text || digest_parse(&source, text) < 0 || layer->format != LAYER_SQUASHFS ||
		    conversions_find(out, &source) || !store_has(store, &layer->digest, layer->size))
			continue;
		ret = converted_note(&converted, layer, &details->config.diff_ids[i], &source);
		if (ret == 0)
			ret = add(out, arena, &converted);
	}
	return ret;
}

/* Whether it is worth being read: what was converted is a manifest, and says so. */
static bool may_have(struct arena *arena, const struct source *source, const struct store *store,
		     const struct descriptor *descriptor)
{
	const char *text = NULL;

	if (!descriptor_is_index(descriptor) &&
	    store_has(store, &descriptor->digest, descriptor->size))
		text = source_text(arena, source, descriptor);
	return text && strstr(text, ANNOTATION_LAYER_SOURCE);
}

int conversions_list(struct conversions *out, struct arena *arena, const struct store *store)
{
	const struct source source = { .path = store->root, .fd = store->fd };
	struct arena own = { 0 };
	struct tags tags;
	size_t i;
	int ret = tags_list(&tags, &own, store);

	*out = (struct conversions){ 0 };
	for (i = 0; ret == 0 && i < tags.count; i++) {
		const struct tag *tag = &tags.items[i];
		struct details details = { 0 };
		struct arena each = { 0 };

		if (may_have(&each, &source, store, &tag->descriptor) &&
		    details_read(&details, &each, &source, &tag->descriptor, tag->name) == 0)
			ret = add_image(out, arena, store, &details);
		arena_close(&each);
	}
	arena_close(&own);
	return ret;
}

const struct converted *conversions_find(const struct conversions *list, const struct digest *source)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (digest_same(&list->items[i].source, source))
			return &list->items[i];
	}
	return NULL;
}

int converted_note(struct converted *out, const struct descriptor *layer,
		   const struct digest *diff_id, const struct digest *source)
{
	const size_t length = strlen(layer->media_type);

	*out = (struct converted){ .size = layer->size,
				   .source = *source,
				   .digest = layer->digest,
				   .diff_id = *diff_id,
				   .verity = layer->verity,
				   .has_verity = layer->has_verity };
	if (length >= sizeof(out->media_type))
		return fail(0, "a layer of a strange type, %s", layer->media_type);
	memcpy(out->media_type, layer->media_type, length + 1);
	return 0;
}

int converted_describe(struct descriptor *layer, struct arena *arena,
		       const struct converted *converted)
{
	struct annotation *annotations = arena_alloc(arena, 3 * sizeof(*annotations));
	char source[DIGEST_TEXT], verity[DIGEST_HEX + 1];

	digest_print(source, &converted->source);
	digest_print_hex(verity, &converted->verity);
	*layer = (struct descriptor){ .media_type = arena_copy(arena, converted->media_type,
							       strlen(converted->media_type)),
				      .digest = converted->digest,
				      .size = converted->size,
				      .annotations = annotations,
				      .has_verity = converted->has_verity,
				      .verity = converted->verity,
				      .format = LAYER_SQUASHFS };
	if (annotations) {
		annotations[0].key = ANNOTATION_LAYER_SOURCE;
		annotations[0].value = arena_copy(arena, source, strlen(source));
		annotations[1].key = converted->has_verity ? ANNOTATION_VERITY : NULL;
		annotations[1].value = arena_copy(arena, verity, strlen(verity));
	}
	return arena->failed ? fail(ENOMEM, "layer") : 0;
}
