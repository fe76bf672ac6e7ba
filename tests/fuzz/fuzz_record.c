/* SPDX-License-Identifier: MIT */
/* A state file of any text, read by all readers; words of any bytes, which must come back as they were. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/record.h"
#include "sandbox/record_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct arena *arena, const char *text)
{
	static const char *const keys[] = { "image",  "args",          "env", "label",
					    "memory", "cgroup-memory", "end" };
	const struct record record = { .dir = -1, .text = text };
	struct texts words = { 0 };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		(void)record_field(arena, &record, keys[i]);
		(void)record_number(&record, keys[i]);
		(void)record_words(&words, arena, text, keys[i]);
	}
	(void)record_has_flag(&record, "tty");
	for (i = 0; i < CONTROLLER_COUNT; i++)
		(void)record_cgroup(arena, &record, (enum controller)i);
}

/* No word makes a line, or becomes another word. */
static void check_round(struct arena *arena, const char *const *words, size_t count)
{
	struct string text = { 0 };
	struct texts read = { 0 };
	size_t i;

	record_line(arena, &text, "args", words, count);
	string_add(arena, &text, "end\n");
	if (arena->failed || record_words(&read, arena, text.text, "args") < 0)
		return;
	if (read.count != count || strchr(text.text, '\n') != strstr(text.text, "\nend\n"))
		abort();
	for (i = 0; i < count; i++) {
		if (strcmp(read.items[i], words[i]) != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *words[8];
	struct arena arena = { 0 };
	char *text = malloc(size + 1);
	size_t count = 0, used = 0;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	read_all(&arena, text);
	while (used < size && count < sizeof(words) / sizeof(words[0])) {
		words[count] = text + used;
		used += strlen(words[count++]) + 1;
	}
	check_round(&arena, words, count);
	arena_close(&arena);
	free(text);
	return 0;
}
