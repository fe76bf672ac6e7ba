/* SPDX-License-Identifier: MIT */
/* Check all of an image. */
#include <errno.h>

#include "base/fd.h"
#include "base/log.h"
#include "image/audit.h"
#include "image/layer_audit.h"
#include "image/oci_config.h"

static int check_blob(const struct blob *blob, const struct descriptor *descriptor, const char *what)
{
	struct digest digest;
	char text[DIGEST_TEXT];
	int ret = digest_range(&digest, blob->fd, blob->offset, blob->size);

	if (ret < 0)
		return fail(-ret, "read %s", what);
	if (digest_same(&digest, &descriptor->digest))
		return layer_audit(blob, descriptor, what);
	digest_print(text, &digest);
	return fail(EBADMSG, "%s: its digest is %s", what, text);
}

static int check_layer(struct arena *arena, const struct source *source,
		       const struct descriptor *descriptor, const char *what)
{
	struct blob blob = { .fd = -1 };
	char text[DIGEST_TEXT];
	const char *name;
	int ret;

	digest_print(text, &descriptor->digest);
	name = arena_print(arena, "%s: layer %s", what, text);
	if (!name)
		return fail(ENOMEM, "%s", what);
	ret = source_blob(&blob, source, &descriptor->digest, descriptor->size);
	if (ret < 0)
		return ret;
	ret = check_blob(&blob, descriptor, name);
	fd_close(&blob.fd);
	return ret;
}

static int check_config(struct audit *out, struct arena *arena, const struct source *source,
			const struct manifest *manifest, const char *what)
{
	const char *text = source_text(arena, source, &manifest->config);
	const char *name = arena_print(arena, "%s: config", what);
	struct image_config config;
	int ret;

	if (!text || !name)
		return text ? fail(ENOMEM, "%s", what) : -EINVAL;
	ret = image_config_parse(&config, arena, text, name);
	if (ret == 0)
		ret = image_config_match(&config, manifest, name);
	out->platform = config.platform;
	return ret;
}

int audit_image(struct audit *out, struct arena *arena, const struct source *source,
		const struct descriptor *descriptor, const char *what)
{
	const char *text = source_text(arena, source, descriptor);
	const char *name = arena_print(arena, "%s: manifest", what);
	struct manifest manifest;
	size_t i;
	int ret;

	*out = (struct audit){ .layers = 0 };
	if (!text || !name)
		return text ? fail(ENOMEM, "%s", what) : -EINVAL;
	ret = manifest_parse(&manifest, arena, text, name);
	if (ret == 0)
		ret = check_config(out, arena, source, &manifest, what);
	for (i = 0; ret == 0 && i < manifest.layer_count; i++) {
		ret = check_layer(arena, source, &manifest.layers[i], what);
		out->size += manifest.layers[i].size;
		out->trees += manifest.layers[i].has_verity;
	}
	out->layers = manifest.layer_count;
	return ret;
}
