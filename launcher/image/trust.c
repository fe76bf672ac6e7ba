/* SPDX-License-Identifier: MIT */
/* Find an image's signatures, and one of them that a trusted key made. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "image/trust.h"

void signature_tag(char tag[SIGNATURE_TAG], const struct digest *digest)
{
	char hex[DIGEST_HEX + 1];

	digest_print_hex(hex, digest);
	(void)snprintf(tag, SIGNATURE_TAG, "sha256-%s.sig", hex);
}

int trust_fail_unsigned(const char *what, const struct digest *digest)
{
	char text[DIGEST_TEXT];

	digest_print(text, digest);
	fail(0, "%s: nobody signed it (%s); davit sign does", what, text);
	return -ENOKEY;
}

struct search {
	struct arena *arena;
	const struct signatures *signatures;
	const struct keys *keys;
	const struct digest *digest;
	unsigned int others,
		strangers; /* signatures of other images, and by keys that are not trusted */
};

/* That this key made this signature over this payload. Each part is of a length of its own, or ended by NUL. */
static void state(struct digest *out, const struct public_key *key, const char *payload,
		  const char *signature)
{
	static const char head[] = "signature";
	struct hasher hasher;

	hasher_begin(&hasher);
	hasher_add(&hasher, head, sizeof(head));
	hasher_add(&hasher, key->point, sizeof(key->point));
	hasher_add(&hasher, signature, strlen(signature) + 1);
	hasher_add(&hasher, payload, strlen(payload));
	hasher_end(out, &hasher);
}

static bool is_signed(const struct keys *keys, const struct public_key *key, const char *payload,
		      const char *signature)
{
	const struct signature_memory *memory = keys->memory;
	struct digest statement;

	if (!memory)
		return signature_verify(key, payload, strlen(payload), signature);
	state(&statement, key, payload, signature);
	if (memory->knows(memory->data, &statement))
		return true;
	if (!signature_verify(key, payload, strlen(payload), signature))
		return false;
	memory->learn(memory->data, &statement);
	return true;
}

static const struct public_key *find_key(const struct keys *keys, const char *payload,
					 const char *signature)
{
	size_t i;

	for (i = 0; i < keys->count; i++) {
		if (is_signed(keys, &keys->items[i], payload, signature))
			return &keys->items[i];
	}
	return NULL;
}

/* The payload of LAYER, or NULL after fail(). */
static const char *read_payload(const struct search *search, const struct descriptor *layer)
{
	const char *what = search->signatures->what, *text;

	if (layer->size > PAYLOAD_MOST) {
		fail(0, "%s: a signature over more than %d bytes", what, PAYLOAD_MOST);
		return NULL;
	}
	text = source_text(search->arena, search->signatures->source, layer);
	if (text && strlen(text) != layer->size) {
		fail(0, "%s: a signature over something that is no text", what);
		return NULL;
	}
	return text;
}

/* Returns 0, 1 when LAYER is no signature that counts, or -errno said. */
static int try_layer(struct signer *out, struct search *search, const struct descriptor *layer)
{
	const char *signature = annotation_find(layer->annotations, ANNOTATION_SIGNATURE);
	const char *what = search->signatures->what, *text;
	char hex[DIGEST_HEX + 1];
	const struct public_key *key;
	struct payload payload;
	int ret;

	if (strcmp(layer->media_type, MEDIA_SIGNATURE) != 0)
		return 1;
	if (!signature)
		return fail(0, "%s: a signature without its annotation, %s", what,
			    ANNOTATION_SIGNATURE);
	text = read_payload(search, layer);
	if (!text)
		return -EINVAL;
	/* Parsed only when it is known whose it is; until then this saves the arithmetic. */
	digest_print_hex(hex, search->digest);
	key = strstr(text, hex) ? find_key(search->keys, text, signature) : NULL;
	if (!key) {
		search->others += !strstr(text, hex);
		search->strangers += strstr(text, hex) != NULL;
		return 1;
	}
	ret = payload_parse(&payload, search->arena, text,
			    arena_print(search->arena, "%s: signature by %s", what, key->name));
	if (ret < 0)
		return ret;
	if (!digest_same(&payload.manifest, search->digest)) {
		search->others++;
		return 1;
	}
	*out = (struct signer){ key->name, payload.reference };
	return 0;
}

static int fail_untrusted(const struct search *search)
{
	const char *what = search->signatures->what;

	if (search->strangers && search->keys->count)
		fail(0, "%s: no signature by a key in %s", what, search->keys->directory);
	else if (search->strangers)
		fail(0, "%s: signed, but %s holds no key (NAME.pub) to trust", what,
		     search->keys->directory);
	else if (search->others)
		fail(0, "%s: its signature is one of another image", what);
	else
		trust_fail_unsigned(what, search->digest);
	return -ENOKEY;
}

int trust_find(struct signer *out, struct arena *arena, const struct signatures *signatures,
	       const struct keys *keys, const struct digest *digest)
{
	struct search search = { arena, signatures, keys, digest, 0, 0 };
	const char *text = source_text(arena, signatures->source, signatures->descriptor);
	struct manifest manifest;
	size_t i;
	int ret;

	if (!text)
		return -EINVAL;
	ret = manifest_parse(&manifest, arena, text,
			     arena_print(arena, "%s: signatures", signatures->what));
	if (ret < 0)
		return ret;
	if (manifest.layer_count > SIGNATURES_MOST)
		return fail(0, "%s: more than %d signatures", signatures->what, SIGNATURES_MOST);
	for (i = 0, ret = 1; i < manifest.layer_count && ret == 1; i++)
		ret = try_layer(out, &search, &manifest.layers[i]);
	return ret == 1 ? fail_untrusted(&search) : ret;
}

/* An entry's name is the tag alone, or ends with ":" and the tag. */
static bool has_tag(const struct descriptor *entry, const char *tag)
{
	const char *name = annotation_find(entry->annotations, ANNOTATION_NAME);
	const char *colon = name ? strrchr(name, ':') : NULL;

	return name && strcmp(colon ? colon + 1 : name, tag) == 0;
}

struct descriptor *trust_entry(const struct index *index, const struct digest *digest)
{
	char tag[SIGNATURE_TAG];
	size_t i;

	signature_tag(tag, digest);
	for (i = 0; i < index->count; i++) {
		if (has_tag(&index->manifests[i], tag))
			return &index->manifests[i];
	}
	return NULL;
}

int trust_source(struct signer *out, struct arena *arena, const struct source *source,
		 const struct keys *keys, const struct digest *digest)
{
	struct signatures signatures = { source->path, source, NULL };
	struct index index;
	int ret = source_index(&index, arena, source);

	if (ret < 0)
		return ret;
	signatures.descriptor = trust_entry(&index, digest);
	if (!signatures.descriptor)
		return trust_fail_unsigned(source->path, digest);
	return trust_find(out, arena, &signatures, keys, digest);
}
