/* SPDX-License-Identifier: MIT */
/* Find an image, and read what it is. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/subject.h"
#include "commands/subject_details.h"
#include "store/tags.h"

/* Once: several tags of a repository lead to one image. */
static int add_digest(struct subject_details *out, struct arena *arena, const char *repository,
		      const struct digest *digest)
{
	char text[DIGEST_TEXT];
	const char *full;
	size_t i = 0;

	digest_print(text, digest);
	full = arena_print(arena, "%s@%s", repository, text);
	while (full && i < out->digests.count && strcmp(out->digests.items[i], full) != 0)
		i++;
	if (!full || (i == out->digests.count && texts_add(arena, &out->digests, full) < 0))
		return fail(ENOMEM, "inspect");
	return 0;
}

static int add_name(struct subject_details *out, struct arena *arena, const char *name,
		    const char *repository, const struct digest *digest)
{
	if (texts_add(arena, &out->names, name) < 0)
		return fail(ENOMEM, "inspect");
	return add_digest(out, arena, repository, digest);
}

/* All names that the store has for the image. */
static int add_names(struct subject_details *out, struct arena *arena, const struct store *store,
		     const struct digest *digest)
{
	struct tags tags;
	size_t i;
	int ret = tags_list(&tags, arena, store);

	for (i = 0; ret == 0 && i < tags.count; i++) {
		const struct tag *tag = &tags.items[i];
		const char *name = arena_print(arena, "%s:%s", tag->name, tag->tag);

		if (!digest_same(&tag->descriptor.digest, digest))
			continue;
		if (!name)
			ret = fail(ENOMEM, "inspect");
		else if (tag_is_nameless(tag))
			ret = add_digest(out, arena, tag->name, &tag->origin);
		else
			ret = add_name(out, arena, name, tag->name, &tag->origin);
		if (tag->since > out->since)
			out->since = tag->since;
	}
	return ret;
}

static int read_subject(struct subject_details *out, struct arena *arena,
			const struct subject *subject, const char *image)
{
	const struct content *first = &subject->contents.items[0];
	const char *repository = content_reference(arena, first);
	int ret;

	if (subject->index.count > 1)
		return fail(0, "%s: holds several images; name one, as %s:TAG", image, image);
	ret = details_read(&out->details, arena, &subject->source, &first->descriptor, image);
	if (ret < 0)
		return ret;
	if (subject->store.fd >= 0)
		return add_names(out, arena, &subject->store, &first->descriptor.digest);
	out->path = image;
	if (!repository)
		return fail(ENOMEM, "%s", image);
	return repository[0] ?
		       add_name(out, arena, first->name, repository, &first->descriptor.digest) :
		       0;
}

int subject_details(struct subject_details *out, struct arena *arena, const char *image)
{
	struct subject subject;
	int ret = subject_open(&subject, arena, image, STORE_READ);

	*out = (struct subject_details){ .path = NULL };
	if (ret < 0)
		return ret;
	ret = read_subject(out, arena, &subject, image);
	subject_close(&subject);
	return ret;
}
