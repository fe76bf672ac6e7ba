/* SPDX-License-Identifier: MIT */
/* What has to be there first goes first. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "config.h"
#include "image/signature.h"
#include "image/trust.h"
#include "registry/push.h"
#include "registry/push_parts.h"
#include "registry/upload.h"

enum { SOURCES_MOST = 16 /* repositories in one token */ };

struct push {
	const struct push_order *order;
	struct arena *arena;
	struct registry registry;
	struct index all; /* of the source */
	struct progress progress;
	const char *words[PROGRESS_STATES];
};

/* --- where blobs may be mounted from ----------------------------------------------------------------- */

/* What is in ENTRY, of REPOSITORY of the same host, and among PARTS. */
static int offer(struct push *push, struct push_parts *parts, const struct descriptor *entry,
		 const char *repository)
{
	struct push_parts other = { .arena = push->arena, .source = parts->source };
	bool useful = false;
	size_t i;
	int ret = push_parts_add(&other, entry);

	for (i = 0; ret == 0 && i < other.blob_count; i++) {
		struct push_blob *blob = push_parts_find(parts, &other.blobs[i].descriptor->digest);

		if (blob && !blob->mount) {
			blob->mount = repository;
			useful = true;
		}
	}
	if (ret == 0 && useful && texts_add(push->arena, &push->registry.sources, repository) < 0)
		ret = fail(ENOMEM, "%s", repository);
	return ret;
}

/* The store knows what was pulled from where, or pushed to where. */
static int find_mounts(struct push *push, struct push_parts *parts)
{
	const struct registry *registry = &push->registry;
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < push->all.count && registry->sources.count < SOURCES_MOST; i++) {
		const struct descriptor *entry = &push->all.manifests[i];
		const char *name = annotation_find(entry->annotations, ANNOTATION_IMAGE_NAME);
		const char *host, *repository;
		struct reference reference;

		if (!name || reference_try(&reference, push->arena, name))
			continue;
		ret = registry_place(&host, &repository, push->arena, registry->settings, &reference);
		if (ret == 0 && strcmp(host, registry->host) == 0 &&
		    strcmp(repository, registry->repository) != 0)
			ret = offer(push, parts, entry, repository);
	}
	return ret;
}

/* --- blobs ------------------------------------------------------------------------------------------- */

/* One layer's line of the progress. */
struct line {
	struct progress *progress;
	size_t number;
};

static void blob_sent(void *data, uint64_t bytes)
{
	const struct line *line = data;

	line->progress->items[line->number].state = PROGRESS_MOVING;
	line->progress->items[line->number].units = (uint32_t)(bytes / 1024);
	progress_show(line->progress);
}

static int push_blob(struct push *push, const struct push_blob *blob, struct line *line)
{
	static const enum progress_state states[] = {
		[UPLOAD_DONE] = PROGRESS_DONE,
		[UPLOAD_THERE] = PROGRESS_THERE,
		[UPLOAD_MOUNTED] = PROGRESS_MOUNTED,
	};
	const struct upload upload = {
		.registry = &push->registry,
		.source = push->order->source,
		.descriptor = blob->descriptor,
		.mount = push->registry.sources.count ? blob->mount : NULL,
		.sent = line ? blob_sent : NULL,
		.data = line,
	};
	int ret = upload_blob(&upload);

	if (ret < 0 || !line)
		return ret < 0 ? ret : 0;
	if (ret == UPLOAD_MOUNTED)
		push->words[PROGRESS_MOUNTED] =
			arena_print(push->arena, "Mounted from %s", blob->mount);
	if (!push->words[PROGRESS_MOUNTED])
		return fail(ENOMEM, "push");
	line->progress->items[line->number].state = states[ret];
	line->progress->last = 0;
	progress_show(line->progress);
	return 0;
}

/* Layers, each with its line, then what people do not see. */
static int push_blobs(struct push *push, const struct push_parts *parts, enum progress_kind kind)
{
	struct line line = { .progress = &push->progress };
	size_t i, count = 0;
	int ret;

	for (i = 0; i < parts->blob_count; i++)
		count += parts->blobs[i].is_layer;
	ret = progress_begin(&push->progress, push->arena, kind, count);
	for (i = count = 0; ret == 0 && i < parts->blob_count; i++) {
		if (parts->blobs[i].is_layer)
			progress_name(&push->progress, count++, parts->blobs[i].descriptor);
	}
	memcpy(push->words, progress_push_words, sizeof(push->words));
	push->progress.words = push->words;
	if (ret == 0)
		progress_show(&push->progress);
	for (i = 0; ret == 0 && i < parts->blob_count; i++) {
		if (!parts->blobs[i].is_layer)
			continue;
		ret = push_blob(push, &parts->blobs[i], &line);
		line.number++;
	}
	for (i = 0; ret == 0 && i < parts->blob_count; i++) {
		if (!parts->blobs[i].is_layer)
			ret = push_blob(push, &parts->blobs[i], NULL);
	}
	progress_end(&push->progress);
	return ret;
}

/* --- manifests --------------------------------------------------------------------------------------- */

/* The registry has what the source has not, or there is nothing to be done. */
static int manifest_require(struct push *push, const struct descriptor *descriptor)
{
	struct registry *registry = &push->registry;
	struct http_request request = { .method = "HEAD", .headers = registry_manifest_types };
	char digest[DIGEST_TEXT];
	struct http_answer answer;
	const char *platform;
	int ret;

	digest_print(digest, &descriptor->digest);
	platform = platform_print(push->arena, &descriptor->platform);
	request.url = arena_print(push->arena, "manifests/%s", digest);
	if (!platform || !request.url)
		return fail(ENOMEM, "push");
	ret = registry_ask(&answer, registry, &request, 404);
	if (ret == 0 && answer.status == 404)
		ret = fail(0,
			   "%s: has only a part of its images: the one for %s, %s, is neither here nor in %s/%s",
			   push->order->source->path, platform, digest, registry->host,
			   registry->repository);
	return ret;
}

/* NAME: a tag, or NULL for the digest. */
static int manifest_put(struct push *push, const struct push_manifest *manifest, const char *name)
{
	const struct descriptor *descriptor = manifest->descriptor;
	const struct http_header headers[] = {
		{ "Content-Type", descriptor->media_type },
		{ NULL, NULL },
	};
	struct http_request request = { .method = "PUT",
					.headers = headers,
					.body = manifest->text,
					.length = descriptor->size,
					.has_body = true };
	char digest[DIGEST_TEXT];
	struct http_answer answer;
	int ret;

	digest_print(digest, &descriptor->digest);
	request.url = arena_print(push->arena, "manifests/%s", name ? name : digest);
	if (!request.url)
		return fail(ENOMEM, "push");
	ret = registry_ask(&answer, &push->registry, &request, 0);
	if (ret == 0 && answer.digest && strcmp(answer.digest, digest) != 0) {
		fail(0, "%s: takes %s for %s", answer.url, digest, answer.digest);
		ret = -EPROTO;
	}
	return ret;
}

/* All but the last, which is what the others belong to. */
static int push_manifests(struct push *push, const struct push_parts *parts)
{
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i + 1 < parts->manifest_count; i++) {
		if (parts->manifests[i].text)
			ret = manifest_put(push, &parts->manifests[i], NULL);
		else
			ret = manifest_require(push, parts->manifests[i].descriptor);
	}
	return ret;
}

static bool has_layer(const struct manifest *manifest, const struct descriptor *layer)
{
	const char *signature = annotation_find(layer->annotations, ANNOTATION_SIGNATURE);
	size_t i;

	for (i = 0; i < manifest->layer_count; i++) {
		const struct descriptor *other = &manifest->layers[i];
		const char *own = annotation_find(other->annotations, ANNOTATION_SIGNATURE);

		if (digest_same(&other->digest, &layer->digest) && signature && own &&
		    strcmp(signature, own) == 0)
			return true;
	}
	return false;
}

/* Somebody may have signed there who is not known here: his signature is about to go. */
static int warn_of_others(struct push *push, const char *ours, const char *tag)
{
	const struct registry_want want = { .tag = tag, .quiet = true };
	struct manifest manifests[2];
	struct descriptor descriptor;
	const char *theirs;
	size_t i;
	int ret = registry_manifest(&descriptor, &theirs, &push->registry, &want);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	ret = manifest_parse(&manifests[0], push->arena, ours, tag);
	if (ret == 0)
		ret = manifest_parse(&manifests[1], push->arena, theirs, tag);
	for (i = 0; ret == 0 && i < manifests[1].layer_count; i++) {
		if (has_layer(&manifests[0], &manifests[1].layers[i]))
			continue;
		warn("%s/%s:%s: has a signature that is not here, and loses it",
		     push->registry.host, push->registry.repository, tag);
		break;
	}
	return ret;
}

/* The signatures of what DIGEST names, as far as there are any. */
static int push_signatures(struct push *push, const struct digest *digest)
{
	const struct descriptor *entry = trust_entry(&push->all, digest);
	struct push_parts parts = { .arena = push->arena, .source = push->order->source };
	char tag[SIGNATURE_TAG];
	int ret;

	if (!entry)
		return 0;
	signature_tag(tag, digest);
	ret = push_parts_add(&parts, entry);
	if (ret == 0)
		ret = push_blobs(push, &parts, PROGRESS_QUIET);
	if (ret == 0)
		ret = warn_of_others(push, parts.manifests[parts.manifest_count - 1].text, tag);
	return ret == 0 ? manifest_put(push, &parts.manifests[parts.manifest_count - 1], tag) : ret;
}

/* --- all --------------------------------------------------------------------------------------------- */

static int report(const struct push *push, const struct descriptor *image)
{
	const char *tag = push->order->reference->tag, *line;
	char digest[DIGEST_TEXT];

	digest_print(digest, &image->digest);
	line = arena_print(push->arena, "%s%sdigest: %s size: %llu", tag ? tag : "",
			   tag ? ": " : "", digest, (unsigned long long)image->size);
	if (!line)
		return fail(ENOMEM, "push");
	progress_line(push->order->progress, NULL, line);
	if (push->order->progress != PROGRESS_JSON)
		return 0;
	/* For programs, as Docker's API has it. */
	line = arena_print(push->arena,
			   "{\"progressDetail\":{},\"aux\":{\"Tag\":\"%s\",\"Digest\":\"%s\",\"Size\":%llu}}\n",
			   tag ? tag : "", digest, (unsigned long long)image->size);
	return line ? say(line) : fail(ENOMEM, "push");
}

static int push_all(struct push *push)
{
	const struct push_order *order = push->order;
	struct push_parts parts = { .arena = push->arena, .source = order->source };
	const struct push_manifest *last;
	size_t i;
	int ret = push_parts_add(&parts, order->image);

	if (ret == 0)
		ret = source_index(&push->all, push->arena, order->source);
	if (ret == 0)
		ret = find_mounts(push, &parts);
	if (ret == 0)
		ret = push_blobs(push, &parts, order->progress);
	if (ret == 0)
		ret = push_manifests(push, &parts);
	/* Whoever finds the new image by its tag finds its signatures too. */
	for (i = 0; ret == 0 && CONFIG_SIGNATURE && i < parts.manifest_count; i++)
		ret = push_signatures(push, &parts.manifests[i].descriptor->digest);
	if (ret < 0)
		return ret;
	last = &parts.manifests[parts.manifest_count - 1];
	ret = manifest_put(push, last, order->reference->tag);
	return ret == 0 ? report(push, last->descriptor) : ret;
}

int push_image(struct arena *arena, const struct registry_settings *settings,
	       const struct push_order *order)
{
	struct push push = { .order = order, .arena = arena };
	const char *line;
	int ret = registry_open(&push.registry, arena, settings, order->reference, REGISTRY_PUSH);

	if (ret == 0) {
		line = arena_print(arena, "The push refers to repository [%s/%s]",
				   push.registry.host, push.registry.repository);
		if (line)
			progress_line(order->progress, NULL, line);
		ret = push_all(&push);
	}
	registry_close(&push.registry);
	return ret;
}
