/* SPDX-License-Identifier: MIT */
/* An image's name of any text: refused in words, or what is printed of it is taken apart the same way. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/manifest.h"
#include "image/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *text = calloc(1, size + 1);
	struct reference once, twice;
	struct platform platform;

	if (!text)
		return 0;
	memcpy(text, data, size);
	(void)platform_parse(&platform, &arena, text);
	if (!reference_try(&once, &arena, text)) {
		const char *printed = reference_print(&arena, &once);

		if (strlen(once.name) > REFERENCE_NAME_MOST || strstr(once.path, "..") ||
		    once.path[0] == '/' || (once.tag && strchr(once.tag, '/')))
			abort();
		if (reference_try(&twice, &arena, printed) || strcmp(once.name, twice.name) != 0)
			abort();
	}
	arena_close(&arena);
	free(text);
	return 0;
}
