/* SPDX-License-Identifier: MIT */
/* What an image is, whether it may be had and has room; then its layers; then its name. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "config.h"
#include "image/details.h"
#include "image/trust.h"
#include "registry/pull_parts.h"
#include "store/partial.h"

enum { SLACK = 65536 /* bytes for names, manifests and what the file system makes of them */ };

static int fail_memory(const struct pull *pull)
{
	return fail(ENOMEM, "%s", pull->what);
}

/* --- what it is -------------------------------------------------------------------------------------- */

static const struct platform *machine_of(const struct pull *pull)
{
	return pull->order->platform ? pull->order->platform : platform_own();
}

/* The machines that an index has images for, for people. */
static int fail_machine(const struct pull *pull, const struct index *index)
{
	struct string list = { 0 };
	const char *own = platform_print(pull->arena, machine_of(pull));
	size_t i;

	for (i = 0; i < index->count; i++) {
		const struct descriptor *entry = &index->manifests[i];

		if (!index_is_aside(entry))
			string_add(pull->arena, &list, "%s%s", list.text ? ", " : "",
				   platform_print(pull->arena, &entry->platform));
	}
	fail(0, "%s: no image for %s, but for %s", pull->what, own ? own : "?",
	     list.text ? list.text : "none at all");
	return -ENOENT;
}

/* From an index to the entry for the machine; *want says which. */
static int descend(struct pull *pull, struct descriptor *next)
{
	const struct descriptor *found;
	struct index index;
	int ret = index_parse(&index, pull->arena, pull->texts[pull->depth], pull->what);

	if (ret < 0)
		return ret;
	found = index_choose(&index, machine_of(pull));
	if (!found)
		return fail_machine(pull, &index);
	if (pull->depth + 1 == PULL_DEPTH)
		return fail(0, "%s: its indexes are nested too deep", pull->what);
	*next = *found;
	pull->depth++;
	return 0;
}

/* What the name means, down to the manifest. */
static int resolve(struct pull *pull)
{
	const struct reference *reference = pull->order->reference;
	struct registry_want want = { .tag = reference->tag,
				      .digest = reference->has_digest ? &reference->digest : NULL };
	struct descriptor next = { 0 };
	int ret;

	for (;;) {
		struct descriptor *got = &pull->tree[pull->depth];

		ret = registry_manifest(got, &pull->texts[pull->depth], &pull->registry, &want);
		if (ret < 0)
			return ret;
		if (pull->depth > 0 && got->size != next.size)
			return fail(0, "%s: a manifest has %llu bytes; its index says %llu",
				    pull->what, (unsigned long long)got->size,
				    (unsigned long long)next.size);
		if (!descriptor_is_index(got))
			return manifest_parse(&pull->manifest, pull->arena,
					      pull->texts[pull->depth], pull->what);
		ret = descend(pull, &next);
		if (ret < 0)
			return ret;
		want = (struct registry_want){ .digest = &next.digest };
	}
}

/* What else is kept in registries, such as charts of Kubernetes, is told by what it is, not by what
 * its config has not. */
static int check_kinds(const struct pull *pull)
{
	const struct manifest *manifest = &pull->manifest;
	size_t i;

	if (!manifest->layer_count)
		return fail(0, "%s: the image has no layers", pull->what);
	for (i = 0; i < manifest->layer_count; i++) {
		if (manifest->layers[i].format == LAYER_OTHER)
			return fail(0, "%s: layer %zu is %s, which is no kind of layer that is known",
				    pull->what, i, manifest->layers[i].media_type);
	}
	return 0;
}

static int read_config(struct pull *pull)
{
	const char *what = arena_print(pull->arena, "%s: config", pull->what);
	const char *text = what ? pull_text(pull, &pull->manifest.config) : NULL;
	const char *built, *own;
	int ret = text ? image_config_parse(&pull->config, pull->arena, text, what) : -EINVAL;

	if (ret == 0)
		ret = image_config_match(&pull->config, &pull->manifest, what);
	if (ret < 0 || platform_fit(machine_of(pull), &pull->config.platform))
		return ret;
	built = platform_print(pull->arena, &pull->config.platform);
	own = platform_print(pull->arena, machine_of(pull));
	return fail(0, "%s: built for %s, and %s is expected (--platform)", pull->what,
		    built ? built : "?", own ? own : "?");
}

/* --- its layers -------------------------------------------------------------------------------------- */

static bool is_tar(const struct descriptor *layer)
{
	return layer->format == LAYER_TAR || layer->format == LAYER_TAR_GZIP ||
	       layer->format == LAYER_TAR_ZSTD;
}

/* What else is refused about layers is refused before the first of them is fetched. */
static int check_layers(const struct pull *pull, bool *tar)
{
	const struct manifest *manifest = &pull->manifest;
	size_t i;

	*tar = false;
	for (i = 0; i < manifest->layer_count; i++)
		*tar = *tar || is_tar(&manifest->layers[i]);
	if (*tar && pull->order->keys)
		return fail(0,
			    "%s: its layers are of tar; what they become has another digest than was signed, so that no launch could check it: build it by davit build, and sign that",
			    pull->what);
	if (*tar && !pull->order->convert)
		return fail(0,
			    "%s: its layers are of tar, and this build cannot turn them into squashfs (CONFIG_CONVERT): load it where images are built, and push it from there",
			    pull->what);
	return 0;
}

static size_t item_find(const struct layers *layers, const struct digest *digest)
{
	size_t i = 0;

	while (i < layers->count && !digest_same(&layers->items[i].descriptor->digest, digest))
		i++;
	return i;
}

/* Which layers there are, and which of them are lacking: *lacking bytes. */
static int list_layers(struct layers *layers, struct pull *pull, uint64_t *lacking, bool tar)
{
	const struct manifest *manifest = &pull->manifest;
	struct converted *shared = NULL;
	size_t i;

	*layers = (struct layers){ .what = pull->what,
				   .registry = &pull->registry,
				   .store = pull->store,
				   .convert = pull->order->convert };
	layers->items = arena_alloc(pull->arena, manifest->layer_count * sizeof(*layers->items));
	if (tar)
		shared = mmap(NULL, manifest->layer_count * sizeof(*shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!layers->items || shared == MAP_FAILED)
		return fail_memory(pull);
	*lacking = SLACK;
	for (i = 0; i < manifest->layer_count; i++) {
		const struct descriptor *layer = &manifest->layers[i];
		struct layer_item *item = &layers->items[layers->count];
		uint64_t have = partial_size(pull->store, &layer->digest);

		if (item_find(layers, &layer->digest) < layers->count)
			continue;
		*item = (struct layer_item){ .descriptor = layer, .tar = is_tar(layer) };
		if (shared)
			item->converted = &shared[layers->count];
		item->there = item->tar ?
				      converted_find(item->converted, pull->store, &layer->digest) :
				      store_has(pull->store, &layer->digest, layer->size);
		layers->count++;
		if (item->there) {
			partial_drop(pull->store, &layer->digest);
			continue;
		}
		/* All of LAYERS_MOST together can still be counted. */
		if (layer->size > UINT64_MAX >> 9)
			return fail(0, "%s: a layer has more bytes than there are", pull->what);
		/* A squashfs is a little larger than the tar that it is made of. */
		have = have > layer->size ? 0 : have;
		*lacking += item->tar ? layer->size + layer->size / 8 : layer->size - have;
	}
	return 0;
}

static int fetch_layers(struct layers *layers, const struct pull *pull)
{
	size_t i;
	int ret =
		progress_begin(&layers->progress, pull->arena, pull->order->progress, layers->count);

	for (i = 0; ret == 0 && i < layers->count; i++) {
		progress_name(&layers->progress, i, layers->items[i].descriptor);
		if (layers->items[i].there)
			layers->progress.items[i].state = PROGRESS_THERE;
	}
	if (ret == 0) {
		progress_show(&layers->progress);
		ret = layers_fetch(layers);
	}
	progress_end(&layers->progress);
	return ret;
}

/* --- its name ---------------------------------------------------------------------------------------- */

static int put_text(struct descriptor *out, const struct pull *pull, const char *type,
		    const char *text)
{
	static const struct annotation none[1];

	if (!text)
		return fail_memory(pull);
	*out = (struct descriptor){ .media_type = type, .size = strlen(text), .annotations = none };
	digest_data(&out->digest, text, strlen(text));
	return pull_put(pull, out, text);
}

/* Another image of the same files, the same each time: where layers were converted, MANIFEST and
 * CONFIG are changed. */
static int put_converted(struct descriptor *out, struct pull *pull, const struct layers *layers)
{
	struct manifest manifest = pull->manifest;
	struct arena *arena = pull->arena;
	size_t i;
	int ret = 0;

	manifest.media_type = MEDIA_MANIFEST;
	manifest.layers = arena_alloc(arena, manifest.layer_count * sizeof(*manifest.layers));
	if (!manifest.layers)
		return fail_memory(pull);
	for (i = 0; ret == 0 && i < manifest.layer_count; i++) {
		const struct descriptor *layer = &pull->manifest.layers[i];
		const struct layer_item *item = &layers->items[item_find(layers, &layer->digest)];

		manifest.layers[i] = *layer;
		if (!item->tar)
			continue;
		pull->config.diff_ids[i] = item->converted->diff_id;
		ret = item->there ? 0 : converted_keep(pull->store, item->converted);
		if (ret == 0)
			ret = converted_describe(&manifest.layers[i], arena, item->converted);
	}
	if (ret == 0)
		ret = put_text(&manifest.config, pull, MEDIA_CONFIG,
			       image_config_print(arena, &pull->config));
	return ret == 0 ? put_text(out, pull, MEDIA_MANIFEST, manifest_print(arena, &manifest)) : ret;
}

/* As it came: an index too, whose other images are not here. One for another machine is named by
 * its manifest, since the index would lead to this machine's. */
static int put_tree(struct descriptor *out, const struct pull *pull)
{
	const size_t top = pull->order->platform ? pull->depth : 0;
	size_t i = pull->depth + 1;
	int ret = 0;

	while (ret == 0 && i-- > top)
		ret = pull_put(pull, &pull->tree[i], pull->texts[i]);
	*out = pull->tree[top];
	return ret;
}

/* Returns 1 when it means that already, else 0 or -errno, said. */
static int set_name(const struct pull *pull, const struct tags *tags,
		    const struct reference *reference, const struct descriptor *descriptor,
		    const struct digest *origin)
{
	size_t i;
	int ret;

	for (i = 0; i < tags->count; i++) {
		const struct tag *tag = &tags->items[i];

		if (strcmp(tag->name, reference->name) != 0 || strcmp(tag->tag, reference->tag) != 0 ||
		    !digest_same(&tag->descriptor.digest, &descriptor->digest))
			continue;
		ret = digest_same(&tag->origin, origin) ?
			      0 :
			      tag_set_from(pull->store, reference, descriptor, origin);
		return ret < 0 ? ret : 1;
	}
	return tag_set_from(pull->store, reference, descriptor, origin);
}

/* The signatures first: an image with a name can be launched. */
static int set_names(struct pulled *out, const struct pull *pull)
{
	struct reference kept = { .name = pull->order->reference->name,
				  .tag = pull->order->reference->tag };
	struct reference beside = { .name = kept.name };
	char tag[SIGNATURE_TAG], hex[DIGEST_HEX + 1];
	struct tags tags;
	int ret = tags_list(&tags, pull->arena, pull->store);

	digest_print_hex(hex, &out->digest);
	if (!kept.tag)
		kept.tag = arena_print(pull->arena, "sha256-%s", hex);
	out->name = reference_print(pull->arena, pull->order->reference);
	if (ret < 0 || !kept.tag || !out->name)
		return ret < 0 ? ret : fail_memory(pull);
	beside.tag = tag;
	if (CONFIG_SIGNATURE && pull->signatures.media_type) {
		signature_tag(tag, &pull->tree[pull->depth].digest);
		ret = set_name(pull, &tags, &beside, &pull->signatures, &pull->signatures.digest);
	}
	if (ret >= 0)
		ret = set_name(pull, &tags, &kept, &out->descriptor, &out->digest);
	if (ret < 0)
		return ret;
	out->newer = out->newer || ret == 0;
	return 0;
}

/* --- all --------------------------------------------------------------------------------------------- */

static int fetch(struct pulled *out, struct pull *pull)
{
	struct layers layers = { 0 };
	uint64_t lacking = 0;
	size_t i;
	bool tar = false;
	int ret = resolve(pull);

	if (ret == 0)
		ret = check_kinds(pull);
	if (ret == 0)
		ret = read_config(pull);
	if (ret == 0)
		ret = pull_trust(pull);
	if (ret == 0)
		ret = check_layers(pull, &tar);
	if (ret == 0)
		ret = list_layers(&layers, pull, &lacking, tar);
	if (ret < 0)
		return ret;
	for (i = 0; i < layers.count; i++)
		out->newer = out->newer || !layers.items[i].there;
	if (out->newer)
		ret = store_room(pull->store, lacking, pull->what);
	if (ret == 0)
		ret = fetch_layers(&layers, pull);
	if (ret == 0)
		ret = tar ? put_converted(&out->descriptor, pull, &layers) :
			    put_tree(&out->descriptor, pull);
	out->digest = pull->tree[pull->order->platform ? pull->depth : 0].digest;
	return ret == 0 ? set_names(out, pull) : ret;
}

int pull_image(struct pulled *out, struct arena *arena, const struct registry_settings *settings,
	       const struct store *store, const struct pull_order *order)
{
	const struct reference *reference = order->reference;
	struct pull *pull = arena_alloc(arena, sizeof(*pull));
	char digest[DIGEST_TEXT];
	const char *from;
	int ret;

	*out = (struct pulled){ 0 };
	if (!pull)
		return fail(ENOMEM, "%s", reference->name);
	*pull = (struct pull){ .order = order,
			       .store = store,
			       .arena = arena,
			       .source = { .path = store->root, .fd = store->fd },
			       .what = reference_print(arena, reference) };
	ret = registry_open(&pull->registry, arena, settings, reference, REGISTRY_PULL);
	digest_print(digest, &reference->digest);
	from = arena_print(arena, "Pulling from %s", pull->registry.repository);
	if (ret == 0 && (!pull->what || !from))
		ret = fail(ENOMEM, "%s", reference->name);
	if (ret == 0) {
		progress_line(order->progress, reference->has_digest ? digest : reference->tag, from);
		ret = fetch(out, pull);
	}
	registry_close(&pull->registry);
	return ret;
}
