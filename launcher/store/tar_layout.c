/* SPDX-License-Identifier: MIT */
/* Read manifest.json, or take an image layout as it is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "image/oci_config.h"
#include "image/oci_parts.h"
#include "store/tar_index.h"
#include "store/tar_layout.h"
#include "store/zip_write.h"

#define MEDIA_TAR "application/vnd.oci.image.layer.v1.tar"
#define BLOBS "blobs/sha256/"
#define LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}"

/* An image of manifest.json. */
struct saved {
	const char *config;
	struct texts names, layers;
};

struct saved_list {
	const struct json *json;
	struct saved items[INDEX_MOST];
	size_t count;
};

struct layout {
	struct arena *arena;
	const struct store *store;
	struct tar_index tar;
	struct zip_writer zip;
	struct seen blobs; /* that are in the zip */
	struct descriptor images[INDEX_MOST];
	size_t count;
};

/* --- manifest.json ----------------------------------------------------------------------------------------- */

static int read_saved(void *data, const struct cJSON *item, const char *path)
{
	static const struct json_member members[] = {
		{ "Config", oci_word, offsetof(struct saved, config), true },
		{ "RepoTags", oci_texts, offsetof(struct saved, names), false },
		{ "Layers", oci_texts, offsetof(struct saved, layers), true },
		{ NULL, NULL, 0, false },
	};
	struct saved_list *list = data;

	if (list->count == INDEX_MOST)
		return json_fail(list->json, path, "more than 256 images");
	return json_members(list->json, item, path, members, &list->items[list->count++]);
}

static int read_list(struct saved_list *list, struct layout *layout)
{
	const char *text = tar_index_text(layout->arena, &layout->tar, "manifest.json");
	const struct json json = {
		.arena = layout->arena,
		.file = arena_print(layout->arena, "%s: manifest.json", layout->tar.what),
	};
	struct cJSON *root = text && json.file ? json_parse(&json, text) : NULL;
	int ret;

	if (!root)
		return -EINVAL;
	list->json = &json;
	ret = json_list(&json, root, "", read_saved, list);
	json_free(root);
	list->json = NULL;
	if (ret == 0 && list->count == 0)
		ret = fail(0, "%s: holds no image", json.file);
	return ret;
}

/* --- blobs ------------------------------------------------------------------------------------------------- */

static int add_blob(struct layout *layout, const struct digest *digest, const struct blob *blob)
{
	char name[sizeof(BLOBS) + DIGEST_HEX] = BLOBS;
	struct name *seen;

	digest_print_hex(name + sizeof(BLOBS) - 1, digest);
	seen = seen_get(&layout->blobs, digest, sizeof(*digest));
	if (!seen)
		return fail(ENOMEM, "%s", layout->tar.what);
	if (seen->value)
		return 0;
	seen->value = layout;
	return zip_add(&layout->zip, name, blob, false, digest);
}

static int add_text(struct descriptor *out, struct layout *layout, const char *type, const char *text)
{
	static const struct annotation none[1];
	char name[sizeof(BLOBS) + DIGEST_HEX] = BLOBS;
	struct name *seen;

	*out = (struct descriptor){ .media_type = type, .annotations = none };
	if (!text)
		return fail(ENOMEM, "%s", layout->tar.what);
	out->size = strlen(text);
	digest_data(&out->digest, text, out->size);
	digest_print_hex(name + sizeof(BLOBS) - 1, &out->digest);
	seen = seen_get(&layout->blobs, &out->digest, sizeof(out->digest));
	if (!seen)
		return fail(ENOMEM, "%s", layout->tar.what);
	if (seen->value)
		return 0;
	seen->value = layout;
	return zip_add_text(&layout->zip, name, text);
}

/* --- images ------------------------------------------------------------------------------------------------ */

static int copy_out(struct store_writer *out, const struct layout *layout, const struct blob *blob)
{
	unsigned char window[16384];
	uint64_t done = 0;
	int ret = store_begin(out, layout->store);

	while (ret == 0 && done < blob->size) {
		const uint64_t left = blob->size - done;
		const ssize_t got =
			pread(blob->fd, window, left < sizeof(window) ? left : sizeof(window),
			      (off_t)(blob->offset + done));

		if (got <= 0)
			return fail(got < 0 ? errno : ENODATA, "%s", layout->tar.what);
		ret = store_write(out, window, (size_t)got);
		done += (uint64_t)got;
	}
	if (ret == 0 && lseek(out->fd, 0, SEEK_SET) < 0)
		ret = fail(errno, "%s", layout->tar.what);
	return ret;
}

/* A layer that is compressed: its diff id is that of what comes out, and of nothing behind it. */
static int check_packed(const struct layout *layout, const struct blob *blob,
			const struct digest *diff_id, const char *name)
{
	struct store_writer copy;
	struct digest digest;
	bool packed;
	int ret = copy_out(&copy, layout, blob);

	if (ret == 0)
		ret = tar_unpacked(&digest, &packed, NULL, copy.fd, layout->tar.what);
	if (ret == 0 && !digest_same(&digest, diff_id))
		ret = fail(EBADMSG, "%s: %s is not the layer that its configuration names",
			   layout->tar.what, name);
	store_abandon(&copy);
	return ret;
}

static const char *type_of(const struct blob *blob)
{
	unsigned char magic[4] = { 0 };

	if (pread(blob->fd, magic, sizeof(magic), (off_t)blob->offset) < (ssize_t)sizeof(magic))
		return MEDIA_TAR;
	if (magic[0] == 0x1f && magic[1] == 0x8b)
		return MEDIA_TAR "+gzip";
	return memcmp(magic, "\x28\xb5\x2f\xfd", sizeof(magic)) == 0 ? MEDIA_TAR "+zstd" : MEDIA_TAR;
}

static int add_layer(struct descriptor *out, struct layout *layout, const char *name,
		     const struct digest *diff_id)
{
	static const struct annotation none[1];
	struct blob blob;
	int ret;

	if (tar_index_find(&blob, &layout->tar, name) < 0)
		return fail(0, "%s: %s is not in it", layout->tar.what, name);
	*out = (struct descriptor){ .media_type = type_of(&blob),
				    .size = blob.size,
				    .annotations = none };
	ret = digest_range(&out->digest, blob.fd, blob.offset, blob.size);
	if (ret < 0)
		return fail(-ret, "%s: %s", layout->tar.what, name);
	if (strcmp(out->media_type, MEDIA_TAR) != 0)
		ret = check_packed(layout, &blob, diff_id, name);
	else if (!digest_same(&out->digest, diff_id))
		ret = fail(EBADMSG, "%s: %s is not the layer that its configuration names",
			   layout->tar.what, name);
	return ret == 0 ? add_blob(layout, &out->digest, &blob) : ret;
}

static int add_layers(struct manifest *manifest, struct layout *layout, const struct saved *saved,
		      const struct image_config *config)
{
	size_t i;
	int ret = 0;

	if (config->diff_id_count != saved->layers.count || saved->layers.count > LAYERS_MOST)
		return fail(0, "%s: manifest.json has %zu layers, %s has %zu", layout->tar.what,
			    saved->layers.count, saved->config, config->diff_id_count);
	manifest->layer_count = saved->layers.count;
	manifest->layers =
		arena_alloc(layout->arena, (manifest->layer_count + 1) * sizeof(struct descriptor));
	if (!manifest->layers)
		return fail(ENOMEM, "%s", layout->tar.what);
	for (i = 0; ret == 0 && i < manifest->layer_count; i++)
		ret = add_layer(&manifest->layers[i], layout, saved->layers.items[i],
				&config->diff_ids[i]);
	return ret;
}

static int add_entry(struct layout *layout, const struct descriptor *image, const char *name)
{
	struct annotation *annotations = arena_alloc(layout->arena, 2 * sizeof(*annotations));

	if (!annotations)
		return fail(ENOMEM, "%s", layout->tar.what);
	if (layout->count == INDEX_MOST)
		return fail(0, "%s: more than %d names", layout->tar.what, INDEX_MOST);
	if (name)
		annotations[0] = (struct annotation){ ANNOTATION_IMAGE_NAME, name };
	layout->images[layout->count] = *image;
	layout->images[layout->count++].annotations = annotations;
	return 0;
}

static int add_image(struct layout *layout, const struct saved *saved)
{
	static const struct annotation none[1];
	const char *text = tar_index_text(layout->arena, &layout->tar, saved->config);
	struct manifest manifest = { .media_type = MEDIA_MANIFEST, .annotations = none };
	struct image_config config;
	struct descriptor image;
	size_t i;
	int ret;

	if (!text)
		return -EINVAL;
	ret = image_config_parse(&config, layout->arena, text,
				 arena_print(layout->arena, "%s: %s", layout->tar.what,
					     saved->config));
	if (ret == 0)
		ret = add_text(&manifest.config, layout, MEDIA_CONFIG, text);
	if (ret == 0)
		ret = add_layers(&manifest, layout, saved, &config);
	if (ret == 0)
		ret = add_text(&image, layout, MEDIA_MANIFEST,
			       manifest_print(layout->arena, &manifest));
	if (ret == 0 && saved->names.count == 0)
		ret = add_entry(layout, &image, NULL);
	for (i = 0; ret == 0 && i < saved->names.count; i++)
		ret = add_entry(layout, &image, saved->names.items[i]);
	return ret;
}

static int add_saved(struct layout *layout)
{
	struct saved_list *list = arena_alloc(layout->arena, sizeof(*list));
	size_t i;
	int ret;

	if (!list)
		return fail(ENOMEM, "%s", layout->tar.what);
	ret = read_list(list, layout);
	for (i = 0; ret == 0 && i < list->count; i++)
		ret = add_image(layout, &list->items[i]);
	return ret;
}

/* --- layouts ----------------------------------------------------------------------------------------------- */

/* What is in there is checked when it is read from the zip. */
static int copy_layout(struct layout *layout)
{
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < layout->tar.members.count; i++) {
		const char *name = layout->tar.members.all[i]->key;
		struct blob blob;

		if (strcmp(name, "index.json") != 0 && strcmp(name, "oci-layout") != 0 &&
		    strncmp(name, BLOBS, sizeof(BLOBS) - 1) != 0)
			continue;
		if (tar_index_find(&blob, &layout->tar, name) < 0)
			return fail(0, "%s: %s leads to nothing in it", layout->tar.what, name);
		ret = zip_add(&layout->zip, name, &blob, false, NULL);
	}
	return ret;
}

static int write_layout(struct layout *layout)
{
	struct index index = { .manifests = layout->images };
	const char *text;
	struct blob blob;
	int ret;

	if (tar_index_find(&blob, &layout->tar, "manifest.json") < 0) {
		if (tar_index_find(&blob, &layout->tar, "oci-layout") == 0)
			return copy_layout(layout);
		return fail(0,
			    "%s: a tar with neither manifest.json nor oci-layout (docker save writes the one, the other is an image layout's)",
			    layout->tar.what);
	}
	ret = add_saved(layout);
	index.count = layout->count;
	text = ret == 0 ? index_print(layout->arena, &index) : NULL;
	if (ret == 0 && !text)
		ret = fail(ENOMEM, "%s", layout->tar.what);
	if (ret == 0)
		ret = zip_add_text(&layout->zip, "index.json", text);
	return ret == 0 ? zip_add_text(&layout->zip, "oci-layout", LAYOUT) : ret;
}

static int make_layout(struct store_writer *out, struct arena *arena, int fd, const char *what)
{
	struct layout *layout = arena_alloc(arena, sizeof(*layout));
	int ret;

	if (!layout)
		return fail(ENOMEM, "%s", what);
	layout->arena = arena;
	layout->store = out->store;
	layout->blobs.arena = arena;
	ret = tar_index_open(&layout->tar, arena, fd, what);
	zip_begin(&layout->zip, out->fd, 0, what);
	if (ret == 0)
		ret = write_layout(layout);
	if (ret == 0)
		ret = zip_finish(&layout->zip);
	zip_abandon(&layout->zip);
	return ret;
}

bool tar_layout_is_likely(int fd)
{
	static const struct {
		size_t at, length;
		const char *bytes;
	} marks[] = {
		{ 257, 5, "ustar" },
		{ 0, 2, "\x1f\x8b" },
		{ 0, 3, "BZh" },
		{ 0, 5, "\xfd\x37\x7a\x58\x5a" },
		{ 0, 4, "\x28\xb5\x2f\xfd" },
	};
	char head[262] = "";
	const ssize_t got = pread(fd, head, sizeof(head), 0);
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (got >= (ssize_t)(marks[i].at + marks[i].length) &&
		    memcmp(head + marks[i].at, marks[i].bytes, marks[i].length) == 0)
			return true;
	}
	return false;
}

int tar_layout(struct store_writer *out, struct arena *arena, const struct store *store, int fd,
	       const char *what)
{
	struct store_writer unpacked = { .fd = -1 };
	struct digest digest;
	bool packed = false;
	int ret = store_begin(out, store);

	if (ret == 0)
		ret = store_begin(&unpacked, store);
	if (ret == 0 && lseek(fd, 0, SEEK_SET) < 0)
		ret = fail(errno, "%s", what);
	if (ret == 0)
		ret = tar_unpacked(&digest, &packed, &unpacked, fd, what);
	if (ret == 0)
		ret = make_layout(out, arena, packed ? unpacked.fd : fd, what);
	store_abandon(&unpacked);
	return ret;
}
