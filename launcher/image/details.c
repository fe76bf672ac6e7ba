/* SPDX-License-Identifier: MIT */
/* Read an image's manifest and configuration, without looking at its layers. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "image/details.h"

enum { DEPTH_MOST = 3 };

/* This machine's of INDEX, or the first image. NULL, said: there is none. */
static const struct descriptor *choose(const struct index *index, const char *what)
{
	const struct descriptor *found = index_choose(index, platform_own());
	size_t i;

	for (i = 0; !found && i < index->count; i++) {
		if (!index_is_aside(&index->manifests[i]))
			found = &index->manifests[i];
	}
	if (!found)
		fail(0, "%s: an index without an image", what);
	return found;
}

/* From indexes down to a manifest, whose text is returned; NULL after fail(). */
static const char *descend(const struct descriptor **descriptor, struct arena *arena,
			   const struct source *source, const char *what)
{
	int depth;

	for (depth = 0; depth < DEPTH_MOST; depth++) {
		const char *text = source_text(arena, source, *descriptor);
		struct index *index;

		if (!text || !descriptor_is_index(*descriptor))
			return text;
		index = arena_alloc(arena, sizeof(*index));
		if (!index) {
			fail(ENOMEM, "%s", what);
			return NULL;
		}
		if (index_parse(index, arena, text, what) < 0)
			return NULL;
		*descriptor = choose(index, what);
		if (!*descriptor)
			return NULL;
	}
	fail(0, "%s: its indexes are nested too deep", what);
	return NULL;
}

static const char *digest_text(struct arena *arena, const struct digest *digest)
{
	char text[DIGEST_TEXT];

	digest_print(text, digest);
	return arena_copy(arena, text, DIGEST_TEXT - 1);
}

int details_read(struct details *out, struct arena *arena, const struct source *source,
		 const struct descriptor *descriptor, const char *what)
{
	const struct descriptor *found = descriptor;
	const char *text = descend(&found, arena, source, what);
	size_t i;
	int ret = text ? manifest_parse(&out->manifest, arena, text, what) : -EINVAL;

	if (ret < 0)
		return ret;
	out->descriptor = *found;
	text = source_text(arena, source, &out->manifest.config);
	ret = text ? image_config_parse(&out->config, arena, text, what) : -EINVAL;
	if (ret < 0)
		return ret;
	out->size = 0;
	for (i = 0; i < out->manifest.layer_count; i++)
		out->size += out->manifest.layers[i].size;
	out->id = digest_text(arena, &out->manifest.config.digest);
	out->digest = digest_text(arena, &descriptor->digest);
	return out->id && out->digest ? 0 : fail(ENOMEM, "%s", what);
}
