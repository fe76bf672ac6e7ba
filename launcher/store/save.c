/* SPDX-License-Identifier: MIT */
/* Gather the blobs of images, each once, the layers last; then write them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "config.h"
#include "image/contents.h"
#include "image/oci_config.h"
#include "image/trust.h"
#include "store/save.h"

enum { BLOBS_MOST = 4096, BLOB_NAME = sizeof("blobs/sha256/") + DIGEST_HEX };

struct gathering {
	struct arena *arena;
	const struct source *source;
	const struct descriptor *texts[BLOBS_MOST], *layers[BLOBS_MOST];
	size_t text_count, layer_count;
};

static int add_once(const struct descriptor **list, size_t *count, const struct descriptor *blob)
{
	size_t i;

	for (i = 0; i < *count; i++) {
		if (digest_same(&list[i]->digest, &blob->digest))
			return 0;
	}
	if (*count == BLOBS_MOST)
		return fail(0, "more than %d blobs", BLOBS_MOST);
	list[(*count)++] = blob;
	return 0;
}

static int gather_manifest(struct gathering *gathering, const struct descriptor *descriptor)
{
	struct arena *arena = gathering->arena;
	const char *text = source_text(arena, gathering->source, descriptor);
	struct manifest *manifest = arena_alloc(arena, sizeof(*manifest));
	size_t i;
	int ret;

	if (!text)
		return -EINVAL;
	if (!manifest)
		return fail(ENOMEM, "manifest");
	ret = manifest_parse(manifest, arena, text, gathering->source->path);
	if (ret == 0)
		ret = add_once(gathering->texts, &gathering->text_count, &manifest->config);
	for (i = 0; ret == 0 && i < manifest->layer_count; i++)
		ret = add_once(gathering->layers, &gathering->layer_count, &manifest->layers[i]);
	return ret;
}

/* An image and what is in it: manifests of several machines, each with its parts. */
static int gather_image(struct gathering *gathering, const struct descriptor *descriptor)
{
	struct contents *contents = arena_alloc(gathering->arena, sizeof(*contents));
	size_t i;
	int ret;

	if (!contents)
		return fail(ENOMEM, "image");
	ret = contents_add(contents, gathering->arena, gathering->source, descriptor, "");
	for (i = 0; ret == 0 && i < contents->count; i++) {
		const struct content *content = &contents->items[i];

		ret = add_once(gathering->texts, &gathering->text_count, &content->descriptor);
		if (ret == 0 && !content->is_index)
			ret = gather_manifest(gathering, &content->descriptor);
	}
	return ret;
}

/* The signatures, in the source's own index, of all manifests gathered so far. */
static int gather_signatures(struct gathering *gathering, struct index *out)
{
	const size_t images = gathering->text_count;
	struct index all;
	size_t i;
	int ret = source_index(&all, gathering->arena, gathering->source);

	for (i = 0; ret == 0 && i < images; i++) {
		const struct descriptor *entry = trust_entry(&all, &gathering->texts[i]->digest);

		if (!entry || out->count == INDEX_MOST)
			continue;
		out->manifests[out->count++] = *entry;
		ret = add_once(gathering->texts, &gathering->text_count, entry);
		if (ret == 0)
			ret = gather_manifest(gathering, entry);
	}
	return ret;
}

static int write_blob(struct zip_writer *writer, const struct source *source,
		      const struct descriptor *descriptor, bool aligned)
{
	char name[BLOB_NAME] = "blobs/sha256/";
	struct blob blob = { .fd = -1 };
	int ret = source_blob(&blob, source, &descriptor->digest, descriptor->size);

	digest_print_hex(name + strlen(name), &descriptor->digest);
	if (ret == 0)
		ret = zip_add(writer, name, &blob, aligned, &descriptor->digest);
	fd_close(&blob.fd);
	return ret;
}

static bool is_text(const struct gathering *gathering, const struct descriptor *layer)
{
	size_t i = 0;

	while (i < gathering->text_count && !digest_same(&gathering->texts[i]->digest, &layer->digest))
		i++;
	return i < gathering->text_count;
}

static int write_all(struct zip_writer *writer, const struct gathering *gathering,
		     const struct index *index)
{
	const char *text = index_print(gathering->arena, index);
	size_t i;
	int ret = text ? zip_add_text(writer, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}") :
			 fail(ENOMEM, "index");

	if (ret == 0)
		ret = zip_add_text(writer, "index.json", text);
	for (i = 0; ret == 0 && i < gathering->text_count; i++)
		ret = write_blob(writer, gathering->source, gathering->texts[i], false);
	for (i = 0; ret == 0 && i < gathering->layer_count; i++) {
		const struct descriptor *layer = gathering->layers[i];

		/* What is a configuration here and a layer there. */
		if (is_text(gathering, layer))
			continue;
		ret = write_blob(writer, gathering->source, layer, layer->format == LAYER_SQUASHFS);
	}
	return ret == 0 ? zip_finish(writer) : ret;
}

int save_zip(struct zip_writer *writer, struct arena *arena, const struct source *source,
	     const struct index *index)
{
	struct gathering *gathering = arena_alloc(arena, sizeof(*gathering));
	struct index whole = { .count = index->count };
	size_t i;
	int ret = 0;

	whole.manifests = arena_alloc(arena, INDEX_MOST * sizeof(*whole.manifests));
	if (!gathering || !whole.manifests || index->count > INDEX_MOST)
		return fail(ENOMEM, "%s", writer->path);
	memcpy(whole.manifests, index->manifests, index->count * sizeof(*whole.manifests));
	*gathering = (struct gathering){ .arena = arena, .source = source };
	for (i = 0; ret == 0 && i < index->count; i++)
		ret = gather_image(gathering, &index->manifests[i]);
	if (ret == 0 && CONFIG_SIGNATURE)
		ret = gather_signatures(gathering, &whole);
	if (ret == 0)
		ret = write_all(writer, gathering, &whole);
	zip_abandon(writer);
	return ret;
}

int save_file(const char *path, struct arena *arena, const struct source *source,
	      const struct index *index)
{
	const char *temporary = arena_print(arena, "%s.%d.new", path, (int)getpid());
	struct zip_writer writer;
	autoclose int fd = -1;
	int ret;

	if (!temporary)
		return fail(ENOMEM, "%s", path);
	fd = openat(AT_FDCWD, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return fail(errno, "%s", temporary);
	zip_begin(&writer, fd, 0, path);
	ret = save_zip(&writer, arena, source, index);
	if (ret == 0 && fsync(fd) < 0)
		ret = fail(errno, "write %s", path);
	if (ret == 0 && rename(temporary, path) < 0)
		ret = fail(errno, "rename %s to %s", temporary, path);
	if (ret < 0)
		(void)unlink(temporary);
	return ret;
}
