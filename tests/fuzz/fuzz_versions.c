/* SPDX-License-Identifier: MIT */
/* A versions file of any text: refused, or what is printed of it is read again and printed the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/versions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *text = calloc(1, size + 1);
	struct versions once, twice;

	if (!text)
		return 0;
	memcpy(text, data, size);
	if (versions_parse(&once, &arena, "app", text) == 0) {
		const char *first = versions_print(&arena, &once);

		if (!first || versions_parse(&twice, &arena, "app", first) < 0 ||
		    strcmp(versions_print(&arena, &twice), first) != 0)
			abort();
	}
	arena_close(&arena);
	free(text);
	return 0;
}
