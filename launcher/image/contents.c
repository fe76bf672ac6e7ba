/* SPDX-License-Identifier: MIT */
/* List the images of a source. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "image/contents.h"

enum { DEPTH_MOST = 3 };

/* Where entries are taken from, and how deep. */
struct walk {
	struct contents *contents;
	struct arena *arena;
	const struct source *source;
};

static bool is_index(const struct descriptor *descriptor)
{
	return strcmp(descriptor->media_type, MEDIA_INDEX) == 0 ||
	       strcmp(descriptor->media_type, MEDIA_DOCKER_LIST) == 0;
}

static bool is_manifest(const struct descriptor *descriptor)
{
	return strcmp(descriptor->media_type, MEDIA_MANIFEST) == 0 ||
	       strcmp(descriptor->media_type, MEDIA_DOCKER_MANIFEST) == 0;
}

static const char *name_of(const struct descriptor *entry)
{
	const char *full = annotation_find(entry->annotations, ANNOTATION_IMAGE_NAME);
	const char *own = annotation_find(entry->annotations, ANNOTATION_NAME);

	return full ? full : own ? own : "";
}

static int add(const struct walk *walk, const struct descriptor *descriptor, const char *name,
	       int depth);

static int add_index(const struct walk *walk, const struct descriptor *descriptor, const char *name,
		     int depth)
{
	const char *text = source_text(walk->arena, walk->source, descriptor);
	struct index index;
	size_t i;
	int ret;

	if (!text)
		return -EINVAL;
	ret = index_parse(&index, walk->arena, text,
			  arena_print(walk->arena, "%s: index", walk->source->path));
	for (i = 0; ret == 0 && i < index.count; i++) {
		if (!index_is_aside(&index.manifests[i]))
			ret = add(walk, &index.manifests[i], name, depth + 1);
	}
	return ret;
}

static int add(const struct walk *walk, const struct descriptor *descriptor, const char *name,
	       int depth)
{
	struct contents *contents = walk->contents;
	const bool index = is_index(descriptor);
	char digest[DIGEST_TEXT];
	size_t i;

	digest_print(digest, &descriptor->digest);
	if (!index && !is_manifest(descriptor))
		return fail(0, "%s: %s is no image, but %s", walk->source->path, digest,
			    descriptor->media_type);
	/* An index may come round to itself only by a digest that nobody can make; one image may have two names. */
	for (i = 0; i < contents->count; i++) {
		if (digest_same(&contents->items[i].descriptor.digest, &descriptor->digest))
			return 0;
	}
	if (contents->count == CONTENTS_MOST)
		return fail(0, "%s: more than %d images", walk->source->path, CONTENTS_MOST);
	if (depth == DEPTH_MOST)
		return fail(0, "%s: its indexes are nested too deep", walk->source->path);
	if (!contents->items)
		contents->items = arena_alloc(walk->arena, CONTENTS_MOST * sizeof(*contents->items));
	if (!contents->items)
		return fail(ENOMEM, "%s", walk->source->path);
	contents->items[contents->count++] = (struct content){ *descriptor, name, index };
	return index ? add_index(walk, descriptor, name, depth) : 0;
}

int contents_add(struct contents *contents, struct arena *arena, const struct source *source,
		 const struct descriptor *descriptor, const char *name)
{
	const struct walk walk = { contents, arena, source };

	return add(&walk, descriptor, name, 0);
}

/* The whole name, or what follows its last colon. */
static bool is_name(const char *full, const char *name)
{
	const char *colon = full ? strrchr(full, ':') : NULL;

	return full && (strcmp(full, name) == 0 || (colon && strcmp(colon + 1, name) == 0));
}

static bool is_called(const struct descriptor *entry, const char *name)
{
	return is_name(annotation_find(entry->annotations, ANNOTATION_NAME), name) ||
	       is_name(annotation_find(entry->annotations, ANNOTATION_IMAGE_NAME), name);
}

int contents_index(struct index *out, struct arena *arena, const struct source *source,
		   const char *name)
{
	size_t i, kept = 0;
	int ret = source_index(out, arena, source);

	for (i = 0; ret == 0 && i < out->count; i++) {
		const struct descriptor *entry = &out->manifests[i];

		if (!index_is_aside(entry) && (!name || is_called(entry, name)))
			out->manifests[kept++] = *entry;
	}
	out->count = kept;
	return ret;
}

int contents_list(struct contents *out, struct arena *arena, const struct source *source,
		  const char *name)
{
	struct index index;
	size_t i;
	int ret = source_index(&index, arena, source);

	*out = (struct contents){ .count = 0 };
	for (i = 0; ret == 0 && i < index.count; i++) {
		const struct descriptor *entry = &index.manifests[i];

		if (!index_is_aside(entry) && (!name || is_called(entry, name)))
			ret = contents_add(out, arena, source, entry, name_of(entry));
	}
	if (ret == 0 && !out->count)
		return fail(0, "%s: holds no image%s%s", source->path, name ? " " : "",
			    name ? name : "");
	return ret;
}

const char *content_reference(struct arena *arena, const struct content *content)
{
	const char *slash = strrchr(content->name, '/');
	const char *at = strchr(content->name, '@');
	const char *colon = strrchr(slash ? slash : content->name, ':');
	const char *end = at ? at : colon;

	if (!end && !slash)
		return "";
	return arena_copy(arena, content->name,
			  end ? (size_t)(end - content->name) : strlen(content->name));
}

const char *content_name(struct arena *arena, const struct source *source,
			 const struct content *content)
{
	const struct platform *platform = &content->descriptor.platform;
	const bool same = strcmp(source->path, content->name) == 0;
	const char *name = same ? "" : content->name;

	return arena_print(arena, "%s%s%s%s%s", source->path, name[0] ? ": " : "", name,
			   platform->os ? " " : "",
			   platform->os ? platform_print(arena, platform) : "");
}
