/* SPDX-License-Identifier: MIT */
/* Who signed an image, and whether it is too old: known before any layer is fetched. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "config.h"
#include "image/trust.h"
#include "registry/pull_parts.h"
#include "store/floor.h"

int pull_put(const struct pull *pull, const struct descriptor *descriptor, const char *text)
{
	struct digest digest;

	if (store_keeps(pull->store, &descriptor->digest, descriptor->size))
		return 0;
	return store_put(&digest, pull->store, text, descriptor->size);
}

/* From the registry; NULL, said. */
static const char *fetch_text(struct pull *pull, const struct descriptor *descriptor)
{
	struct registry *registry = &pull->registry;
	char name[DIGEST_TEXT];
	struct digest digest;
	const char *text;

	digest_print(name, &descriptor->digest);
	do {
		uint64_t from = 0;

		if (registry_blob(&from, registry, descriptor) < 0)
			return NULL;
		text = http_text(pull->arena, registry->http, (size_t)descriptor->size);
		if (text) {
			digest_data(&digest, text, strlen(text));
			if (digest_same(&digest, &descriptor->digest))
				return text;
		}
	} while (registry_pass_over(registry, "wrong bytes"));
	if (text)
		fail(0, "%s: what came as %s does not have this digest", pull->what, name);
	return NULL;
}

const char *pull_text(struct pull *pull, const struct descriptor *descriptor)
{
	char name[DIGEST_TEXT];
	const char *text;

	digest_print(name, &descriptor->digest);
	if (descriptor->size > MANIFEST_MOST) {
		fail(0, "%s: %s has %llu bytes, more than %d", pull->what, name,
		     (unsigned long long)descriptor->size, MANIFEST_MOST);
		return NULL;
	}
	if (store_keeps(pull->store, &descriptor->digest, descriptor->size))
		return source_text(pull->arena, &pull->source, descriptor);
	text = fetch_text(pull, descriptor);
	return text && pull_put(pull, descriptor, text) == 0 ? text : NULL;
}

/* What is signed is small, whoever signed it. */
static int fetch_payload(struct pull *pull, const struct descriptor *layer)
{
	if (layer->size > PAYLOAD_MOST)
		return fail(0, "%s: a signature over %llu bytes, more than %d", pull->what,
			    (unsigned long long)layer->size, PAYLOAD_MOST);
	return pull_text(pull, layer) ? 0 : -EIO;
}

/* The manifest under TAG, and all that it names. */
static int fetch_signatures(struct pull *pull, const char *tag)
{
	const struct registry_want want = { .tag = tag, .quiet = true };
	struct manifest manifest;
	const char *text;
	size_t i;
	int ret = registry_manifest(&pull->signatures, &text, &pull->registry, &want);

	if (ret < 0)
		return ret;
	ret = manifest_parse(&manifest, pull->arena, text, tag);
	if (ret == 0 && manifest.layer_count > SIGNATURES_MOST)
		ret = fail(0, "%s: more than %d signatures", pull->what, SIGNATURES_MOST);
	if (ret == 0 && !pull_text(pull, &manifest.config))
		ret = -EIO;
	for (i = 0; ret == 0 && i < manifest.layer_count; i++)
		ret = fetch_payload(pull, &manifest.layers[i]);
	return ret == 0 ? pull_put(pull, &pull->signatures, text) : ret;
}

int pull_trust(struct pull *pull)
{
	const struct digest *digest = &pull->tree[pull->depth].digest;
	const struct signatures signatures = { pull->what, &pull->source, &pull->signatures };
	char tag[SIGNATURE_TAG];
	struct signer signer;
	struct floor floor;
	int ret;

	/* Without that, whoever wants a signature has refused already. */
	if (!CONFIG_SIGNATURE)
		return 0;
	signature_tag(tag, digest);
	ret = fetch_signatures(pull, tag);
	if (ret < 0)
		pull->signatures.media_type = NULL;
	if (ret == -ENOENT)
		return pull->order->keys ? trust_fail_unsigned(pull->what, digest) : 0;
	if (ret < 0 || !pull->order->keys)
		return ret;
	ret = trust_find(&signer, pull->arena, &signatures, pull->order->keys, digest);
	if (ret == 0 && pull->order->accept)
		ret = pull->order->accept(pull->order->accept_data, signer.reference);
	if (ret < 0)
		return ret;
	return floor_check(&floor, pull->arena, pull->store->root, signer.reference,
			   pull->config.labels);
}
