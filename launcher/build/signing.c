/* SPDX-License-Identifier: MIT */
/* Lay out signatures as an image. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "build/sign.h"
#include "build/signing.h"
#include "image/oci_config.h"
#include "image/source.h"

static const struct annotation no_annotations[] = { { NULL, NULL } };

static void describe(struct descriptor *out, const char *media_type, const char *text)
{
	*out = (struct descriptor){ .media_type = media_type,
				    .size = strlen(text),
				    .annotations = no_annotations };
	digest_data(&out->digest, text, strlen(text));
}

/* As cosign writes it: nothing in it is used. */
static const char *print_config(struct arena *arena, const struct manifest *manifest)
{
	struct string text = { 0 };
	size_t i;

	string_add(arena, &text,
		   "{\"architecture\":\"\",\"created\":\"0001-01-01T00:00:00Z\","
		   "\"history\":[");
	for (i = 0; i < manifest->layer_count; i++)
		string_add(arena, &text, "%s{\"created\":\"0001-01-01T00:00:00Z\"}", i ? "," : "");
	string_add(arena, &text, "],\"os\":\"\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
	for (i = 0; i < manifest->layer_count; i++) {
		char digest[DIGEST_TEXT];

		digest_print(digest, &manifest->layers[i].digest);
		string_add(arena, &text, "%s\"%s\"", i ? "," : "", digest);
	}
	string_add(arena, &text, "]},\"config\":{}}");
	return arena->failed ? NULL : text.text;
}

static bool is_there(const struct manifest *old, const struct descriptor *layer)
{
	const char *signature = annotation_find(layer->annotations, ANNOTATION_SIGNATURE);
	size_t i;

	for (i = 0; i < old->layer_count; i++) {
		const char *other = annotation_find(old->layers[i].annotations, ANNOTATION_SIGNATURE);

		if (other && strcmp(other, signature) == 0 &&
		    digest_same(&old->layers[i].digest, &layer->digest))
			return true;
	}
	return false;
}

/* MANIFEST, with what there is, gets one more layer. Returns 0, 1 when it is there, or -errno said. */
static int add_layer(struct manifest *manifest, struct arena *arena, const char *payload,
		     const char *signature)
{
	struct annotation *annotations = arena_alloc(arena, 2 * sizeof(*annotations));
	const size_t count = manifest->layer_count;
	struct descriptor *layers = arena_alloc(arena, (count + 1) * sizeof(*layers));

	if (!layers || !annotations)
		return fail(ENOMEM, "sign");
	if (count >= SIGNATURES_MOST)
		return fail(0, "sign: there are %d signatures already, which is the most",
			    SIGNATURES_MOST);
	if (count)
		memcpy(layers, manifest->layers, count * sizeof(*layers));
	describe(&layers[count], MEDIA_SIGNATURE, payload);
	annotations[0] = (struct annotation){ ANNOTATION_SIGNATURE, signature };
	layers[count].annotations = annotations;
	if (is_there(manifest, &layers[count]))
		return 1;
	manifest->layers = layers;
	manifest->layer_count++;
	return 0;
}

static int read_old(struct manifest *out, struct arena *arena, const struct signing_order *order)
{
	const char *text;

	*out = (struct manifest){ .annotations = no_annotations };
	if (!order->old)
		return 0;
	text = source_text(arena, order->source, order->old);
	if (!text)
		return -EINVAL;
	return manifest_parse(out, arena, text,
			      arena_print(arena, "%s: signatures", order->source->path));
}

/* Config and manifest of the signatures. */
static int lay_out(struct signing *out, struct arena *arena, struct manifest *manifest)
{
	const char *config = print_config(arena, manifest), *text;

	if (!config)
		return fail(ENOMEM, "sign");
	describe(&manifest->config, MEDIA_CONFIG, config);
	text = manifest_print(arena, manifest);
	if (!text || texts_add(arena, &out->blobs, config) < 0 ||
	    texts_add(arena, &out->blobs, text) < 0)
		return fail(ENOMEM, "sign");
	describe(&out->descriptor, MEDIA_MANIFEST, text);
	return 0;
}

int signing_make(struct signing *out, struct arena *arena, const struct signing_order *order,
		 const struct digest *digest)
{
	const struct payload payload = { *digest, order->reference };
	const char *text = payload_print(arena, &payload), *signature;
	struct manifest manifest;
	int ret;

	*out = (struct signing){ .known = false };
	if (!text)
		return fail(0, "sign: %s is no name of an image", order->reference);
	ret = read_old(&manifest, arena, order);
	if (ret == 0)
		ret = sign_text(&signature, &out->key, arena, order->key, text);
	if (ret == 0)
		ret = add_layer(&manifest, arena, text, signature);
	out->known = ret == 1;
	if (ret != 0)
		return ret < 0 ? ret : 0;
	if (texts_add(arena, &out->blobs, text) < 0)
		return fail(ENOMEM, "sign");
	return lay_out(out, arena, &manifest);
}
