/* SPDX-License-Identifier: MIT */
/* Find the images that a word of the command line means. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/subject.h"
#include "store/tags.h"

/* FILE:TAG in two, where there is no file of the whole name; a tag may be a name with a tag, "web:1". */
static const char *split(const char **tag, struct arena *arena, const char *image)
{
	const char *path = image, *colon;
	struct stat st;

	*tag = NULL;
	for (colon = strrchr(image, ':'); path && colon && stat(path, &st) < 0;
	     colon = strrchr(path, ':')) {
		if (colon == path)
			break;
		*tag = image + (colon - path) + 1;
		path = arena_copy(arena, path, (size_t)(colon - path));
		if (!path)
			break;
	}
	if (path && stat(path, &st) < 0) {
		*tag = NULL;
		return image;
	}
	return path;
}

/* What this machine keeps under that name. -ENOENT is not said. */
static int open_kept(struct subject *subject, struct arena *arena, const char *image,
		     enum store_use use)
{
	const char *root = verb_root();
	const struct tag *tag = NULL;
	struct tags tags;
	int ret = store_open(&subject->store, root, use);

	if (ret == 0)
		ret = store_source(&subject->source, arena, &subject->store);
	if (ret == 0)
		ret = tags_list(&tags, arena, &subject->store);
	if (ret == 0)
		ret = tags_find(&tag, arena, &subject->store, &tags, image);
	if (ret < 0 || !tag)
		return ret < 0 ? ret : -ENOENT;
	subject->source.path = image;
	subject->name = tag->name;
	subject->index.manifests = arena_alloc(arena, sizeof(*subject->index.manifests));
	if (!subject->index.manifests)
		return fail(ENOMEM, "%s", image);
	subject->index.count = 1;
	*subject->index.manifests = subject->source.index->manifests[tag - tags.items];
	ret = store_source_prefer(&subject->source, arena, tag->name);
	if (ret < 0)
		return ret;
	return contents_add(&subject->contents, arena, &subject->source, &tag->descriptor,
			    arena_print(arena, "%s:%s", tag->name, tag->tag));
}

/* Returns 1, and nothing is said, for FILE:TAG where FILE has no images. */
static int open_file(struct subject *subject, struct arena *arena, const char *path, const char *tag)
{
	int ret = source_open(&subject->source, arena, path);

	if (ret == -ENOENT && tag)
		return 1;
	if (ret == -ENOENT)
		return fail(0, "%s: expected an image: a zip, or a directory with an image layout",
			    path);
	if (ret == 0)
		ret = contents_list(&subject->contents, arena, &subject->source, tag);
	return ret == 0 ? contents_index(&subject->index, arena, &subject->source, tag) : ret;
}

int subject_open(struct subject *subject, struct arena *arena, const char *image, enum store_use use)
{
	const char *tag, *path = split(&tag, arena, image);
	struct stat st;
	int ret;

	*subject = (struct subject){ .source = { .fd = -1 }, .store = { .fd = -1, .lock = -1 } };
	if (!path)
		return fail(ENOMEM, "%s", image);
	ret = stat(path, &st) < 0 && errno == ENOENT ? 1 : open_file(subject, arena, path, tag);
	if (ret == 1) {
		ret = CONFIG_STORE ? open_kept(subject, arena, image, use) : -ENOENT;
		if (ret == -ENOENT)
			ret = fail(0, "%s: neither a file nor an image in %s", image, verb_root());
	}
	if (ret < 0)
		subject_close(subject);
	return ret;
}

void subject_close(struct subject *subject)
{
	/* The descriptor of a store's source is the store's. */
	if (subject->store.fd < 0)
		source_close(&subject->source);
	if (CONFIG_STORE)
		store_close(&subject->store);
}
