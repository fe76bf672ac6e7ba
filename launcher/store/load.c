/* SPDX-License-Identifier: MIT */
/* All blobs of an image first, its name last: a power cut leaves what was there. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "image/details.h"
#include "store/copy.h"
#include "store/sweep.h"

enum { LOADED_MOST = 1024, DEPTH_MOST = 3 };

/* A tag to be set when all is there. */
struct naming {
	struct reference reference;
	struct descriptor descriptor;
};

/* A manifest that came, and what its image is called. */
struct arrival {
	struct digest digest;
	const char *name;
};

struct loading {
	struct copying copying;
	const struct load_order *order;
	struct arrival *arrivals;
	size_t count;
	struct naming *namings;
	size_t naming_count;
	size_t nameless; /* images that got the name of the whole */
};

static int fail_memory(const struct loading *loading)
{
	return fail(ENOMEM, "%s", loading->copying.source->path);
}

/* --- names ---------------------------------------------------------------------------------------------- */

/* What an entry of the index is to be called: its whole name, or a tag behind that of the whole. */
static int name_entry(struct reference *out, struct loading *loading, const struct descriptor *entry)
{
	struct arena *arena = loading->copying.arena;
	const char *full = annotation_find(entry->annotations, ANNOTATION_IMAGE_NAME);
	const char *own = annotation_find(entry->annotations, ANNOTATION_NAME);
	const char *name = loading->order->name ? loading->order->name : full ? full : own;

	if (name && (name != own || strchr(name, ':') || strchr(name, '/'))) {
		int ret = reference_parse(out, arena, name);

		if (ret == 0 && !out->tag)
			ret = fail(0, "%s: a name with a tag is expected, %s has a digest",
				   loading->copying.source->path, name);
		return ret;
	}
	if (!name && loading->nameless++)
		return fail(0, "%s: several images in it have no name",
			    loading->copying.source->path);
	name = arena_print(arena, "%s:%s", loading->order->fallback, name ? name : "latest");
	return name ? reference_parse(out, arena, name) : fail_memory(loading);
}

/* Two images of one name: which one would it be? */
static int add_naming(struct loading *loading, const struct reference *reference,
		      const struct descriptor *descriptor)
{
	size_t i;

	for (i = 0; i < loading->naming_count; i++) {
		const struct naming *other = &loading->namings[i];

		if (strcmp(other->reference.name, reference->name) != 0 ||
		    strcmp(other->reference.tag, reference->tag) != 0)
			continue;
		return digest_same(&other->descriptor.digest, &descriptor->digest) ?
			       0 :
			       fail(0, "%s: two images in it are called %s:%s",
				    loading->copying.source->path, reference->name, reference->tag);
	}
	if (loading->naming_count == LOADED_MOST)
		return fail(0, "%s: more than %d names", loading->copying.source->path, LOADED_MOST);
	loading->namings[loading->naming_count++] = (struct naming){ *reference, *descriptor };
	return 0;
}

/* Those of images, or of what stands beside them. What is no signature is told. */
static int set_some(struct texts *loaded, const struct loading *loading, bool aside)
{
	struct arena *arena = loading->copying.arena;
	struct digest subject;
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < loading->naming_count; i++) {
		const struct naming *naming = &loading->namings[i];
		const char *name = reference_print(arena, &naming->reference);

		if (tag_is_aside(&subject, naming->reference.tag) != aside)
			continue;
		ret = tag_set(loading->copying.store, &naming->reference, &naming->descriptor);
		if (ret == 0 && !aside)
			ret = name && texts_add(arena, loaded, name) == 0 ? 0 : fail_memory(loading);
	}
	return ret;
}

/* Signatures first: without its own, a new image might not run, and the old one has no name any more. */
static int set_names(struct texts *loaded, const struct loading *loading)
{
	const int ret = set_some(loaded, loading, true);

	return ret == 0 ? set_some(loaded, loading, false) : ret;
}

/* --- images --------------------------------------------------------------------------------------------- */

static int note(struct loading *loading, const struct digest *digest, const char *name)
{
	if (loading->count == LOADED_MOST)
		return fail(0, "%s: more than %d images", loading->copying.source->path, LOADED_MOST);
	loading->arrivals[loading->count++] = (struct arrival){ *digest, name };
	return 0;
}

/* Of what an index names, a source need not have all. */
static bool is_there(const struct loading *loading, const struct descriptor *descriptor)
{
	return source_has(loading->copying.source, &descriptor->digest);
}

static int load_tree(struct descriptor *out, struct loading *loading,
		     const struct descriptor *descriptor, const char *name, int depth);

/* Of an index whose images had to be converted, this machine's one is left. */
static int load_converted(struct descriptor *out, struct loading *loading,
			  const struct index *index, const char *name, int depth)
{
	const struct descriptor *own = index_choose(index, platform_own());

	if (!own)
		return fail(0,
			    "%s: its layers are of tar, and of its images none is for this machine",
			    loading->copying.source->path);
	return load_tree(out, loading, own, name, depth + 1);
}

/* True when one of its images has a layer of tar. */
static int has_tar(bool *out, const struct loading *loading, const struct index *index)
{
	size_t i, l;

	*out = false;
	for (i = 0; i < index->count && !*out; i++) {
		const struct descriptor *entry = &index->manifests[i];
		struct manifest manifest;
		const char *text;

		if (index_is_aside(entry) || descriptor_is_index(entry) || !is_there(loading, entry))
			continue;
		text = source_text(loading->copying.arena, loading->copying.source, entry);
		if (!text || manifest_parse(&manifest, loading->copying.arena, text,
					    loading->copying.source->path) < 0)
			return -EINVAL;
		for (l = 0; l < manifest.layer_count; l++)
			*out = *out || manifest.layers[l].format >= LAYER_TAR;
	}
	return 0;
}

static int load_index(struct descriptor *out, struct loading *loading,
		      const struct descriptor *descriptor, const char *name, int depth)
{
	const struct copying *copying = &loading->copying;
	const char *text = source_text(copying->arena, copying->source, descriptor);
	struct descriptor below;
	struct index index;
	size_t i, came = 0;
	bool tar = false;
	int ret = text ? index_parse(&index, copying->arena, text, copying->source->path) : -EINVAL;

	if (ret == 0)
		ret = has_tar(&tar, loading, &index);
	if (ret == 0 && tar)
		return load_converted(out, loading, &index, name, depth);
	for (i = 0; ret == 0 && i < index.count; i++) {
		if (index_is_aside(&index.manifests[i]) || !is_there(loading, &index.manifests[i]))
			continue;
		ret = load_tree(&below, loading, &index.manifests[i], name, depth + 1);
		came++;
	}
	if (ret == 0 && !came)
		ret = fail(0, "%s: an index without an image", copying->source->path);
	*out = *descriptor;
	return ret == 0 ? copy_blob(copying, descriptor) : ret;
}

static int load_tree(struct descriptor *out, struct loading *loading,
		     const struct descriptor *descriptor, const char *name, int depth)
{
	int ret;

	if (depth == DEPTH_MOST)
		return fail(0, "%s: its indexes are nested too deep", loading->copying.source->path);
	ret = descriptor_is_index(descriptor) ? load_index(out, loading, descriptor, name, depth) :
						copy_image(out, &loading->copying, descriptor);
	return ret == 0 ? note(loading, &out->digest, name) : ret;
}

static int load_entry(struct loading *loading, const struct descriptor *entry)
{
	struct reference reference = { .name = "", .tag = "" };
	struct descriptor image = { 0 };
	int ret = name_entry(&reference, loading, entry);

	reference.has_digest = false;
	if (ret == 0)
		ret = load_tree(&image, loading, entry, reference.name, 0);
	return ret == 0 ? add_naming(loading, &reference, &image) : ret;
}

/* Signatures of what came go where they are looked for: beside it. */
static int load_aside(struct loading *loading, const struct descriptor *entry)
{
	const char *tag = annotation_find(entry->annotations, ANNOTATION_NAME);
	struct digest subject;
	bool copied = false;
	size_t i;
	int ret = 0;

	if (!tag || !tag_is_aside(&subject, tag))
		return 0;
	for (i = 0; ret == 0 && i < loading->count; i++) {
		const struct arrival *arrival = &loading->arrivals[i];
		const struct reference reference = { .name = arrival->name, .tag = tag };

		if (!digest_same(&arrival->digest, &subject))
			continue;
		if (!copied)
			ret = copy_manifest(&loading->copying, entry);
		copied = true;
		if (ret == 0)
			ret = add_naming(loading, &reference, entry);
	}
	return ret;
}

/* What is beside the images after them, since it goes with those. */
static int load_all(struct loading *loading, const struct index *index)
{
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < index->count; i++) {
		if (!index_is_aside(&index->manifests[i]))
			ret = load_entry(loading, &index->manifests[i]);
	}
	for (i = 0; ret == 0 && i < index->count; i++) {
		if (index_is_aside(&index->manifests[i]))
			ret = load_aside(loading, &index->manifests[i]);
	}
	return ret;
}

int load_images(struct texts *loaded, struct arena *arena, const struct store *store,
		const struct source *source, const struct load_order *order)
{
	struct loading loading = { .copying = { arena, store, source, order->convert },
				   .order = order };
	struct index index;
	size_t i, images = 0;
	int ret = source_index(&index, arena, source);

	if (ret < 0)
		return ret;
	for (i = 0; i < index.count; i++)
		images += !index_is_aside(&index.manifests[i]);
	if (!images)
		return fail(0, "%s: holds no image", source->path);
	if (order->name && images > 1)
		return fail(0, "%s: holds %zu images, which cannot all be called %s", source->path,
			    images, order->name);
	loading.arrivals = arena_alloc(arena, LOADED_MOST * sizeof(*loading.arrivals));
	loading.namings = arena_alloc(arena, LOADED_MOST * sizeof(*loading.namings));
	if (!loading.arrivals || !loading.namings)
		return fail_memory(&loading);
	ret = load_all(&loading, &index);
	return ret == 0 ? set_names(loaded, &loading) : ret;
}
