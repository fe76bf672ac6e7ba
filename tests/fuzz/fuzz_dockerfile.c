/* SPDX-License-Identifier: MIT */
/* A Dockerfile of any text: refused in words, or in instructions that are what they must be, whose
 * words expand or say why not. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "build/dockerfile.h"
#include "build/expand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value with all that could be taken for syntax. */
static const char *find(void *data, const char *name, size_t length)
{
	(void)data;
	if (!length || strlen(name) < length)
		abort();
	return *name == 'u' ? NULL : *name == 'e' ? "" : "a*b/$c'd\"${e}\\";
}

static void try(struct arena *arena, const struct dockerfile *dockerfile, const char *word)
{
	const struct expansion expansion = { .escape = dockerfile->escape, .find = find };
	const char *out;

	if (!expand_word(&out, arena, word, &expansion) && strlen(out) > EXPANDED_MOST)
		abort();
	if (!expand_document(&out, arena, word, &expansion) && strlen(out) > EXPANDED_MOST)
		abort();
}

static void check(struct arena *arena, const struct dockerfile *dockerfile,
		  const struct instruction *one)
{
	size_t i;

	if ((one->kind == INSTRUCTION_COPY || one->kind == INSTRUCTION_ADD) &&
	    (one->words.count < 1 || one->words.count + one->document_count < 2))
		abort();
	if (one->kind == INSTRUCTION_FROM && one->words.count != 1 && one->words.count != 3)
		abort();
	if (!one->line || !one->text)
		abort();
	for (i = 0; i < one->words.count; i++) {
		if ((one->kind == INSTRUCTION_ENV || one->kind == INSTRUCTION_LABEL) &&
		    !strchr(one->words.items[i], '='))
			abort();
		try(arena, dockerfile, one->words.items[i]);
	}
	for (i = 0; i < one->document_count; i++)
		if (!one->documents[i].name[0] || !one->documents[i].text)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct dockerfile dockerfile;
	char *text = calloc(1, size + 1);
	size_t i;

	if (!text)
		return 0;
	memcpy(text, data, size);
	if (dockerfile_parse(&dockerfile, &arena, text, "Dockerfile") == 0)
		for (i = 0; i < dockerfile.count; i++)
			check(&arena, &dockerfile, &dockerfile.instructions[i]);
	arena_close(&arena);
	free(text);
	return 0;
}
