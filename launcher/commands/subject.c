/* SPDX-License-Identifier: MIT */
/* Find the images that a word of the command line means. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "commands/subject.h"
#include "sandbox/policy.h"

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

int subject_open(struct subject *subject, struct arena *arena, const char *image)
{
	const char *tag, *path = split(&tag, arena, image);
	int ret;

	*subject = (struct subject){ .source = { .fd = -1 } };
	if (!path)
		return fail(ENOMEM, "%s", image);
	ret = source_open(&subject->source, arena, path);
	if (ret == -ENOENT)
		return fail(0, "%s: expected an image: a zip, or a directory with an image layout",
			    path);
	if (ret < 0)
		return ret;
	ret = contents_list(&subject->contents, arena, &subject->source, tag);
	if (ret < 0)
		subject_close(subject);
	return ret;
}

void subject_close(struct subject *subject)
{
	source_close(&subject->source);
}

int subject_keys(struct keys *out, struct arena *arena, const struct texts *files)
{
	size_t i;
	int ret = 0;

	if (!files->count) {
		ret = keys_read(out, arena, policy_directory());
		if (ret == 0 && !out->count)
			ret = fail(0, "%s holds no key (NAME.pub); give one by --key PUB.pem",
				   out->directory);
		return ret;
	}
	if (files->count > KEYS_MOST)
		return fail(0, "--key: more than %d", KEYS_MOST);
	*out = (struct keys){ .directory = "what --key gave",
			      .items = arena_alloc(arena, files->count * sizeof(*out->items)) };
	if (!out->items)
		return fail(ENOMEM, "verify");
	for (i = 0; i < files->count && ret == 0; i++)
		ret = key_read(&out->items[out->count++], files->items[i]);
	return ret;
}
