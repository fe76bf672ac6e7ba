/* SPDX-License-Identifier: MIT */
/* A path in the first line, and rules of .dockerignore in the others. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "build/ignore.h"
#include "build/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is clean stays as it is, and no part of it is "." or "..". */
static void check_clean(struct arena *arena, const char *path)
{
	bool outside;
	const char *once = path_clean(&outside, arena, path);
	const char *twice = path_clean(&outside, arena, once);

	if (outside || strcmp(once, twice) != 0 || once[0] == '/' || strcmp(once, "..") == 0 ||
	    strncmp(once, "../", 3) == 0 || strstr(once, "/../"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct ignore ignore;
	char *text, *rules;

	if (size > 4096)
		return 0;
	text = calloc(1, size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	rules = strchr(text, '\n');
	if (rules) {
		*rules++ = '\0';
		check_clean(&arena, text);
		(void)pattern_is_wild(text);
		if (ignore_parse(&ignore, &arena, rules, ".dockerignore") == 0)
			(void)ignore_has(&ignore, text);
	}
	arena_close(&arena);
	free(text);
	return 0;
}
