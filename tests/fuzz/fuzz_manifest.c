/* SPDX-License-Identifier: MIT */
/* A manifest or an index of any text: refused in words, or what is printed of it reads back as the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/oci_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *manifest_again(struct arena *arena, const char *text)
{
	struct manifest manifest;

	if (manifest_parse(&manifest, arena, text, "x") < 0)
		return NULL;
	if (manifest.layer_count > LAYERS_MOST || !manifest.config.media_type)
		abort();
	return manifest_print(arena, &manifest);
}

static const char *index_again(struct arena *arena, const char *text)
{
	struct index index;

	if (index_parse(&index, arena, text, "x") < 0)
		return NULL;
	if (index.count > INDEX_MOST)
		abort();
	(void)index_choose(&index, platform_own());
	return index_print(arena, &index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *text = calloc(1, size + 1);
	const char *once, *twice;
	int kind;

	if (!text)
		return 0;
	memcpy(text, data, size);
	for (kind = 0; kind < 2; kind++) {
		once = kind ? index_again(&arena, text) : manifest_again(&arena, text);
		if (!once)
			continue;
		twice = kind ? index_again(&arena, once) : manifest_again(&arena, once);
		if (!twice || strcmp(once, twice) != 0)
			abort();
	}
	arena_close(&arena);
	free(text);
	return 0;
}
