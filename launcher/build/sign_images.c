/* SPDX-License-Identifier: MIT */
/* Sign images where they are: everything is made before anything is written. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "build/layout.h"
#include "build/sign_images.h"
#include "build/zip_change.h"
#include "image/oci_config.h"
#include "image/trust.h"

/* What is gathered of all images before anything is written. */
struct gathering {
	struct arena *arena;
	const struct signing_order *order; /* of which this has key, and reference or NULL */
	const struct signing_place *place;
	struct index index;       /* of the source, with room for one more entry an image */
	struct descriptor **made; /* those of its entries that are new */
	size_t made_count;
	struct texts blobs;
	struct string said;
};

/* Under their tag, in place of those that were. */
static int put_entry(struct gathering *gathering, const struct digest *digest,
		     const struct descriptor *descriptor)
{
	struct annotation *annotations = arena_alloc(gathering->arena, 2 * sizeof(*annotations));
	struct descriptor *entry = trust_entry(&gathering->index, digest);
	char *tag = arena_alloc(gathering->arena, SIGNATURE_TAG);

	if (!annotations || !tag)
		return fail(ENOMEM, "sign");
	if (!entry)
		entry = &gathering->index.manifests[gathering->index.count++];
	signature_tag(tag, digest);
	annotations[0] = (struct annotation){ ANNOTATION_NAME, tag };
	*entry = *descriptor;
	entry->annotations = annotations;
	gathering->made[gathering->made_count++] = entry;
	return 0;
}

static int sign_one(struct gathering *gathering, const struct content *content)
{
	struct arena *arena = gathering->arena;
	const struct digest *digest = &content->descriptor.digest;
	const char *what = content_name(arena, gathering->place->source, content);
	const char *own = content_reference(arena, content);
	const struct signing_order order = {
		.key = gathering->order->key,
		.reference = gathering->order->reference ? gathering->order->reference : own,
		.source = gathering->place->source,
		.old = trust_entry(&gathering->index, digest),
	};
	char text[DIGEST_TEXT];
	struct signing signing;
	size_t i;
	int ret;

	if (!what || !own)
		return fail(ENOMEM, "sign");
	ret = signing_make(&signing, arena, &order, digest);
	if (ret < 0)
		return ret;
	digest_print(text, digest);
	string_add(arena, &gathering->said, "%s: %s %s\n", what,
		   signing.known ? "was signed already:" : "signed", text);
	for (i = 0; i < signing.blobs.count; i++) {
		if (texts_add(arena, &gathering->blobs, signing.blobs.items[i]) < 0)
			return fail(ENOMEM, "sign");
	}
	return signing.known ? 0 : put_entry(gathering, digest, &signing.descriptor);
}

static int read_index(struct gathering *gathering, size_t more)
{
	struct descriptor *room;
	int ret = source_index(&gathering->index, gathering->arena, gathering->place->source);

	if (ret < 0)
		return ret;
	room = arena_alloc(gathering->arena, (gathering->index.count + more) * sizeof(*room));
	gathering->made = arena_alloc(gathering->arena, more * sizeof(struct descriptor *));
	if (!room || !gathering->made)
		return fail(ENOMEM, "sign");
	memcpy(room, gathering->index.manifests, gathering->index.count * sizeof(*room));
	gathering->index.manifests = room;
	return 0;
}

static int write_store(const struct gathering *gathering)
{
	const struct store *store = gathering->place->store;
	struct reference reference = { .name = gathering->place->name };
	struct digest digest;
	size_t i;
	int ret = 0;

	for (i = 0; i < gathering->blobs.count && ret == 0; i++) {
		const char *text = gathering->blobs.items[i];

		ret = store_put(&digest, store, text, strlen(text));
	}
	for (i = 0; i < gathering->made_count && ret == 0; i++) {
		reference.tag = annotation_find(gathering->made[i]->annotations, ANNOTATION_NAME);
		ret = tag_set(store, &reference, gathering->made[i]);
	}
	return ret;
}

static int write_all(const struct gathering *gathering)
{
	const struct source *source = gathering->place->source;
	const char *index;

	if (!gathering->blobs.count)
		return 0;
	if (gathering->place->store)
		return write_store(gathering);
	index = index_print(gathering->arena, &gathering->index);
	if (!index)
		return fail(ENOMEM, "sign");
	return source->zip ? zip_change(source, &gathering->blobs, index) :
			     layout_add(source, &gathering->blobs, index);
}

int sign_images(struct string *said, struct arena *arena, const struct signing_place *place,
		const struct contents *contents, const struct signing_order *order)
{
	struct gathering gathering = { .arena = arena, .order = order, .place = place };
	size_t i;
	int ret = read_index(&gathering, contents->count);

	for (i = 0; i < contents->count && ret == 0; i++)
		ret = sign_one(&gathering, &contents->items[i]);
	if (ret == 0)
		ret = write_all(&gathering);
	*said = gathering.said;
	return ret;
}
