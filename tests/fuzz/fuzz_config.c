/* SPDX-License-Identifier: MIT */
/* An image's config of any text: refused in words, or what is printed of it reads back as the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/oci_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *config_again(struct arena *arena, const char *text)
{
	struct image_config config;
	size_t i;

	if (image_config_parse(&config, arena, text, "x") < 0)
		return NULL;
	for (i = 0; i < config.env.count; i++) {
		if (!strchr(config.env.items[i], '='))
			abort();
	}
	for (i = 0; i < config.volumes.count; i++) {
		if (config.volumes.items[i][0] != '/')
			abort();
	}
	return image_config_print(arena, &config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *text = calloc(1, size + 1);
	const char *once, *twice;

	if (!text)
		return 0;
	memcpy(text, data, size);
	once = config_again(&arena, text);
	if (once) {
		twice = config_again(&arena, once);
		if (!twice || strcmp(once, twice) != 0)
			abort();
	}
	arena_close(&arena);
	free(text);
	return 0;
}
