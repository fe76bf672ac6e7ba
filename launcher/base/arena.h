/* SPDX-License-Identifier: MIT */
/* One owner for all the strings of a request, a sandbox and a plan: freed at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

/* Zero-initialise. A failed allocation is remembered, so that a long run of calls needs one check. */
struct arena {
	struct arena_block *blocks;
	int failed;
};

/* A growing list of strings; items is never NULL after a successful texts_add and ends with NULL. */
struct texts {
	const char **items;
	size_t count;
};

/* Text that grows; zero-initialise. text is NULL until something was added. */
struct string {
	char *text;
	size_t length, room;
};

/* Zeroed memory that lives as long as the arena, or NULL. */
void *arena_alloc(struct arena *arena, size_t size);
/* A copy of the first LENGTH bytes of TEXT, ended by NUL, or NULL. */
char *arena_copy(struct arena *arena, const char *text, size_t length);
/* A formatted string, or NULL. */
char *arena_print(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Append TEXT (not copied). Returns 0 or -ENOMEM. */
int texts_add(struct arena *arena, struct texts *list, const char *text);
/* Append to a growing text; a failure is remembered in the arena and leaves the text as it is. */
void string_add(struct arena *arena, struct string *string, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Free everything; safe twice. */
void arena_close(struct arena *arena);

#endif
