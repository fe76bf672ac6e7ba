/* SPDX-License-Identifier: MIT */
/* The images that sandboxes of this machine are of. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/commands.h"
#include "commands/roots.h"
#include "image/details.h"
#include "sandbox/record.h"

enum { DEPTH_MOST = 3 };

int roots_gather(struct texts *roots, struct arena *arena)
{
	struct records records;
	size_t i;
	int ret = record_list(&records, arena, verb_run_root());

	*roots = (struct texts){ 0 };
	for (i = 0; ret == 0 && i < records.count; i++) {
		const char *digest = record_field(arena, &records.items[i], "digest");

		if (digest && texts_add(arena, roots, digest) < 0)
			ret = fail(ENOMEM, "%s", records.items[i].name);
	}
	records_close(&records);
	return ret;
}

static bool is_root(const struct texts *roots, const struct digest *digest)
{
	char text[DIGEST_TEXT];
	size_t i;

	digest_print(text, digest);
	for (i = 0; i < roots->count; i++) {
		if (strcmp(roots->items[i], text) == 0)
			return true;
	}
	return false;
}

/* What is not here, and what is too deep to be launched, is used by nobody. */
static bool leads_to_root(const struct texts *roots, struct arena *arena, const struct store *store,
			  const struct descriptor *descriptor, int depth)
{
	const struct source source = { .path = store->root, .fd = store->fd };
	struct index index;
	const char *text;
	size_t i;

	if (is_root(roots, &descriptor->digest))
		return true;
	if (depth == DEPTH_MOST || !descriptor_is_index(descriptor) ||
	    store_find(store, &descriptor->digest, descriptor->size) == -ENOENT)
		return false;
	text = source_text(arena, &source, descriptor);
	if (!text || index_parse(&index, arena, text, store->root) < 0)
		return true;
	for (i = 0; i < index.count; i++) {
		if (leads_to_root(roots, arena, store, &index.manifests[i], depth + 1))
			return true;
	}
	return false;
}

bool roots_have(const struct texts *roots, struct arena *arena, const struct store *store,
		const struct descriptor *descriptor)
{
	return leads_to_root(roots, arena, store, descriptor, 0);
}

int roots_sweep(struct texts *removed, struct arena *arena, struct store *store)
{
	struct texts roots;
	struct sweeping sweeping = { .roots = &roots, .removed = removed };
	int ret = roots_gather(&roots, arena);

	return ret < 0 ? ret : store_sweep_as(&sweeping, arena, store);
}
