/* SPDX-License-Identifier: MIT */
/* Reads manifests and indexes. What an image is made of is said here by someone who may be an enemy. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "image/oci_parts.h"

static const struct {
	const char *name;
	enum layer_format format;
} layer_types[] = {
	{ "application/vnd.oci.image.layer.v1.tar", LAYER_TAR },
	{ "application/vnd.oci.image.layer.v1.tar+gzip", LAYER_TAR_GZIP },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", LAYER_TAR_ZSTD },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar", LAYER_TAR },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", LAYER_TAR_GZIP },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", LAYER_TAR_ZSTD },
	{ "application/vnd.docker.image.rootfs.diff.tar", LAYER_TAR },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER_TAR_GZIP },
	{ "application/vnd.docker.image.rootfs.diff.tar.zstd", LAYER_TAR_ZSTD },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar", LAYER_TAR },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", LAYER_TAR_GZIP },
};

/* NAME, or NAME+CODEC: the kernel knows the codec by the superblock. */
static bool is_type(const char *type, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(type, name, length) == 0 && (type[length] == '\0' || type[length] == '+');
}

static enum layer_format layer_format_of(const char *type)
{
	size_t i;

	if (is_type(type, MEDIA_SQUASHFS))
		return LAYER_SQUASHFS;
	if (is_type(type, MEDIA_EROFS))
		return LAYER_EROFS;
	for (i = 0; i < sizeof(layer_types) / sizeof(layer_types[0]); i++) {
		if (strcmp(type, layer_types[i].name) == 0)
			return layer_types[i].format;
	}
	return LAYER_OTHER;
}

bool descriptor_is_index(const struct descriptor *descriptor)
{
	return strcmp(descriptor->media_type, MEDIA_INDEX) == 0 ||
	       strcmp(descriptor->media_type, MEDIA_DOCKER_LIST) == 0;
}

const char *annotation_find(const struct annotation *annotations, const char *key)
{
	for (; annotations->key; annotations++) {
		if (strcmp(annotations->key, key) == 0)
			return annotations->value;
	}
	return NULL;
}

static int read_platform(const struct json *json, const struct cJSON *item, const char *path,
			 void *out)
{
	static const struct json_member members[] = {
		{ "os", oci_word, offsetof(struct platform, os), false },
		{ "architecture", oci_word, offsetof(struct platform, architecture), false },
		{ "variant", oci_word, offsetof(struct platform, variant), false },
		{ 0 },
	};

	return json_members(json, item, path, members, out);
}

/* The root hash, which has had two names. Two that differ are two images in one. */
static int find_verity(const struct json *json, const char *path, struct descriptor *d)
{
	const char *young = annotation_find(d->annotations, ANNOTATION_VERITY);
	const char *old = annotation_find(d->annotations, ANNOTATION_VERITY_OLD);
	const char *text = young ? young : old;

	if (!text)
		return 0;
	if (young && old && strcmp(young, old) != 0)
		return json_fail(json, path, "its two verity root hashes differ");
	if (digest_parse_hex(&d->verity, text) < 0)
		return json_fail(json, path,
				 "its verity root hash is expected to have 64 hexadecimal digits");
	d->has_verity = true;
	return 0;
}

static int read_descriptor(const struct json *json, const struct cJSON *item, const char *path,
			   void *out)
{
	static const struct json_member members[] = {
		{ "mediaType", oci_word, offsetof(struct descriptor, media_type), true },
		{ "digest", oci_digest, offsetof(struct descriptor, digest), true },
		{ "size", oci_number, offsetof(struct descriptor, size), true },
		{ "platform", read_platform, offsetof(struct descriptor, platform), false },
		{ "annotations", oci_annotations, offsetof(struct descriptor, annotations), false },
		{ 0 },
	};
	static const struct annotation none[1];
	struct descriptor *d = out;
	int ret;

	*d = (struct descriptor){ .annotations = none };
	ret = json_members(json, item, path, members, d);
	if (ret < 0)
		return ret;
	d->format = d->media_type ? layer_format_of(d->media_type) : LAYER_OTHER;
	return find_verity(json, path, d);
}

/* Descriptors in a row. */
struct listing {
	const struct json *json;
	struct descriptor *next;
};

static int read_next(void *data, const struct cJSON *item, const char *path)
{
	struct listing *listing = data;

	return read_descriptor(listing->json, item, path, listing->next++);
}

/* At most MOST. */
static int read_list(const struct json *json, const struct cJSON *item, const char *path,
		     size_t most, struct index *out)
{
	struct listing listing = { .json = json };

	out->count = json_count(item);
	if (out->count > most)
		return fail(0, "%s: %s: holds %zu, more than %zu", json->file, path, out->count,
			    most);
	out->manifests = arena_alloc(json->arena, (out->count + 1) * sizeof(*out->manifests));
	if (!out->manifests)
		return fail(ENOMEM, "%s: %s", json->file, path);
	listing.next = out->manifests;
	return json_list(json, item, path, read_next, &listing);
}

static int read_layers(const struct json *json, const struct cJSON *item, const char *path, void *out)
{
	return read_list(json, item, path, LAYERS_MOST, out);
}

static int read_manifests(const struct json *json, const struct cJSON *item, const char *path,
			  void *out)
{
	return read_list(json, item, path, INDEX_MOST, out);
}

/* What a manifest or an index may have; NULL: it has not. */
struct whole {
	uint64_t version;
	const char *media_type;
	struct descriptor config;
	struct index layers, manifests;
	const struct annotation *annotations;
};

static int read_whole(struct whole *whole, const struct json *json, const char *text)
{
	static const struct json_member members[] = {
		{ "schemaVersion", oci_number, offsetof(struct whole, version), true },
		{ "mediaType", oci_word, offsetof(struct whole, media_type), false },
		{ "config", read_descriptor, offsetof(struct whole, config), false },
		{ "layers", read_layers, offsetof(struct whole, layers), false },
		{ "manifests", read_manifests, offsetof(struct whole, manifests), false },
		{ "annotations", oci_annotations, offsetof(struct whole, annotations), false },
		{ 0 },
	};
	static const struct annotation none[1];
	struct cJSON *root = json_parse(json, text);
	int ret;

	if (!root)
		return -EINVAL;
	*whole = (struct whole){ .annotations = none };
	ret = json_members(json, root, "", members, whole);
	json_free(root);
	if (ret < 0)
		return ret;
	if (whole->version != 2)
		return json_fail(json, "schemaVersion", "is not 2");
	/* What one reader takes for a manifest and another for an index is refused (CVE-2021-41190). */
	if (whole->manifests.manifests && (whole->layers.manifests || whole->config.media_type))
		return json_fail(json, "", "is a manifest and an index at once");
	return 0;
}

/* That what says of itself what it is, is that. */
static int check_type(const struct json *json, const char *type, const char *oci,
		      const char *docker, const char *what)
{
	if (!type || strcmp(type, oci) == 0 || strcmp(type, docker) == 0)
		return 0;
	return fail(0, "%s: mediaType: %s is not %s", json->file, type, what);
}

int manifest_parse(struct manifest *out, struct arena *arena, const char *text, const char *file)
{
	const struct json json = { arena, file };
	struct whole whole;
	int ret = read_whole(&whole, &json, text);

	if (ret == 0)
		ret = check_type(&json, whole.media_type, MEDIA_MANIFEST, MEDIA_DOCKER_MANIFEST,
				 "that of a manifest");
	if (ret < 0)
		return ret;
	if (!whole.config.media_type)
		return json_fail(&json, "config", "is missing");
	if (!whole.layers.manifests)
		return json_fail(&json, "layers", "is missing");
	*out = (struct manifest){
		.media_type = whole.media_type ? whole.media_type : MEDIA_MANIFEST,
		.config = whole.config,
		.layers = whole.layers.manifests,
		.layer_count = whole.layers.count,
		.annotations = whole.annotations,
	};
	return 0;
}

int index_parse(struct index *out, struct arena *arena, const char *text, const char *file)
{
	const struct json json = { arena, file };
	struct whole whole;
	int ret = read_whole(&whole, &json, text);

	if (ret == 0)
		ret = check_type(&json, whole.media_type, MEDIA_INDEX, MEDIA_DOCKER_LIST,
				 "that of an index");
	if (ret < 0)
		return ret;
	if (!whole.manifests.manifests)
		return json_fail(&json, "manifests", "is missing");
	*out = whole.manifests;
	return 0;
}
