/* SPDX-License-Identifier: MIT */
/* Nothing is believed of a blob but its digest; layers of tar become layers that can be mounted. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "image/layer_audit.h"
#include "image/oci_config.h"
#include "store/copy.h"

enum { WINDOW = 65536 };

/* --- bytes ---------------------------------------------------------------------------------------------- */

static int write_blob(struct store_writer *writer, const struct blob *blob, const char *path)
{
	unsigned char window[WINDOW];
	uint64_t done = 0;
	int ret = 0;

	while (ret == 0 && done < blob->size) {
		const uint64_t left = blob->size - done;
		const ssize_t got = pread(blob->fd, window, left < WINDOW ? (size_t)left : WINDOW,
					  (off_t)(blob->offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(got < 0 ? errno : ENODATA, "read %s", path);
		done += (uint64_t)got;
		ret = store_write(writer, window, (size_t)got);
	}
	return ret;
}

int copy_blob(const struct copying *copying, const struct descriptor *descriptor)
{
	struct store_writer writer;
	struct digest digest;
	struct blob blob;
	int ret;

	if (store_keeps(copying->store, &descriptor->digest, descriptor->size))
		return 0;
	ret = source_blob(&blob, copying->source, &descriptor->digest, descriptor->size);
	if (ret < 0)
		return ret;
	ret = store_begin(&writer, copying->store);
	if (ret == 0)
		ret = write_blob(&writer, &blob, copying->source->path);
	if (ret == 0)
		ret = store_replace(&digest, &writer, &descriptor->digest);
	store_abandon(&writer);
	fd_close(&blob.fd);
	return ret;
}

/* --- layers of tar -------------------------------------------------------------------------------------- */

static bool is_tar(const struct descriptor *layer)
{
	return layer->format == LAYER_TAR || layer->format == LAYER_TAR_GZIP ||
	       layer->format == LAYER_TAR_ZSTD;
}

static int name_root_hash(struct descriptor *layer, struct arena *arena)
{
	struct annotation *annotations = arena_alloc(arena, 2 * sizeof(*annotations));
	char hex[DIGEST_HEX + 1];

	layer->annotations = annotations;
	if (!annotations || !layer->has_verity)
		return annotations ? 0 : fail(ENOMEM, "layer");
	digest_print_hex(hex, &layer->verity);
	annotations[0].key = ANNOTATION_VERITY;
	annotations[0].value = arena_copy(arena, hex, DIGEST_HEX);
	return annotations[0].value ? 0 : fail(ENOMEM, "layer");
}

/* A copy of the tar, checked before it is taken apart, in a file of its own. */
static int convert_layer(struct descriptor *layer, struct digest *diff_id,
			 const struct copying *copying)
{
	struct store_writer tar;
	struct digest digest;
	struct blob blob;
	int ret = source_blob(&blob, copying->source, &layer->digest, layer->size);

	if (ret < 0)
		return ret;
	ret = store_begin(&tar, copying->store);
	if (ret == 0)
		ret = write_blob(&tar, &blob, copying->source->path);
	if (ret == 0) {
		hasher_end(&digest, &tar.hasher);
		if (!digest_same(&digest, &layer->digest))
			ret = fail(EBADMSG, "%s: a layer is not what its digest says",
				   copying->source->path);
		else if (lseek(tar.fd, 0, SEEK_SET) < 0)
			ret = fail(errno, "%s", tar.name);
	}
	if (ret == 0)
		ret = copying->convert(layer, diff_id, copying->store, tar.fd);
	store_abandon(&tar);
	fd_close(&blob.fd);
	return ret == 0 ? name_root_hash(layer, copying->arena) : ret;
}

static int put_text(struct descriptor *out, const struct copying *copying, const char *type,
		    const char *text)
{
	static const struct annotation none[1];

	if (!text)
		return fail(ENOMEM, "%s", copying->source->path);
	*out = (struct descriptor){ .media_type = type, .size = strlen(text), .annotations = none };
	return store_put(&out->digest, copying->store, text, strlen(text));
}

/* Another image of the same files: MANIFEST and CONFIG are changed. */
static int convert_image(struct descriptor *out, const struct copying *copying,
			 struct manifest *manifest, struct image_config *config)
{
	struct arena *arena = copying->arena;
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < manifest->layer_count; i++) {
		struct descriptor *layer = &manifest->layers[i];

		ret = is_tar(layer) ? convert_layer(layer, &config->diff_ids[i], copying) :
				      copy_blob(copying, layer);
	}
	if (ret == 0)
		ret = put_text(&manifest->config, copying, MEDIA_CONFIG,
			       image_config_print(arena, config));
	manifest->media_type = MEDIA_MANIFEST;
	if (ret == 0)
		ret = put_text(out, copying, MEDIA_MANIFEST, manifest_print(arena, manifest));
	return ret;
}

/* --- images --------------------------------------------------------------------------------------------- */

/* What no launch could mount is not kept. */
static int check_layer(const struct copying *copying, const struct descriptor *descriptor,
		       size_t number)
{
	const char *what =
		arena_print(copying->arena, "%s: layer %zu", copying->source->path, number);
	struct blob blob;
	int ret;

	if (!what)
		return fail(ENOMEM, "%s", copying->source->path);
	ret = source_blob(&blob, copying->source, &descriptor->digest, descriptor->size);
	if (ret < 0)
		return ret;
	ret = layer_audit(&blob, descriptor, what);
	fd_close(&blob.fd);
	return ret;
}

static int check_layers(bool *tar, const struct copying *copying, const struct manifest *manifest)
{
	size_t i;
	int ret;

	*tar = false;
	for (i = 0; i < manifest->layer_count; i++) {
		const struct descriptor *layer = &manifest->layers[i];

		if (layer->format == LAYER_OTHER)
			return fail(0, "%s: layer %zu is %s, which is no kind of layer that is known",
				    copying->source->path, i, layer->media_type);
		ret = check_layer(copying, layer, i);
		if (ret < 0)
			return ret;
		*tar = *tar || is_tar(layer);
	}
	if (*tar && !copying->convert)
		return fail(0,
			    "%s: its layers are of tar, and this build cannot turn them into squashfs: load it where images are built, and save a zip there",
			    copying->source->path);
	return 0;
}

static int manifest_read(struct manifest *manifest, const struct copying *copying,
			 const struct descriptor *descriptor)
{
	char digest[DIGEST_TEXT];
	const char *text, *what;

	digest_print(digest, &descriptor->digest);
	if (strcmp(descriptor->media_type, MEDIA_MANIFEST) != 0 &&
	    strcmp(descriptor->media_type, MEDIA_DOCKER_MANIFEST) != 0)
		return fail(0, "%s: %s is no image, but %s", copying->source->path, digest,
			    descriptor->media_type);
	text = source_text(copying->arena, copying->source, descriptor);
	what = arena_print(copying->arena, "%s: manifest %s", copying->source->path, digest);
	if (!text || !what)
		return text ? fail(ENOMEM, "%s", copying->source->path) : -EINVAL;
	return manifest_parse(manifest, copying->arena, text, what);
}

/* The manifest last: what is there without it is nobody's. */
static int copy_parts(const struct copying *copying, const struct manifest *manifest,
		      const struct descriptor *descriptor)
{
	size_t i;
	int ret = copy_blob(copying, &manifest->config);

	for (i = 0; ret == 0 && i < manifest->layer_count; i++)
		ret = copy_blob(copying, &manifest->layers[i]);
	return ret == 0 ? copy_blob(copying, descriptor) : ret;
}

int copy_manifest(const struct copying *copying, const struct descriptor *descriptor)
{
	struct manifest manifest = { 0 };

	return manifest_read(&manifest, copying, descriptor) < 0 ?
		       -EINVAL :
		       copy_parts(copying, &manifest, descriptor);
}

int copy_image(struct descriptor *out, const struct copying *copying,
	       const struct descriptor *descriptor)
{
	struct image_config config = { 0 };
	struct manifest manifest = { 0 };
	const char *what = arena_print(copying->arena, "%s: config", copying->source->path);
	const char *text;
	bool tar = false;
	int ret = manifest_read(&manifest, copying, descriptor);

	if (ret < 0)
		return ret;
	text = source_text(copying->arena, copying->source, &manifest.config);
	if (!text || !what)
		return text ? fail(ENOMEM, "%s", copying->source->path) : -EINVAL;
	ret = image_config_parse(&config, copying->arena, text, what);
	if (ret == 0)
		ret = image_config_match(&config, &manifest, what);
	if (ret == 0)
		ret = check_layers(&tar, copying, &manifest);
	if (ret < 0)
		return ret;
	*out = *descriptor;
	return tar ? convert_image(out, copying, &manifest, &config) :
		     copy_parts(copying, &manifest, descriptor);
}
