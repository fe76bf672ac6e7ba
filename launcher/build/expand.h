/* SPDX-License-Identifier: MIT */
/* Variables, quotes and escapes in a Dockerfile's words, with the meaning that Docker gives them:
 * $NAME, ${NAME}, ${NAME:-word}, and with -, :+, +, :?, ?, #, ##, %, %%, / and //. Pure. */
#ifndef BUILD_EXPAND_H
#define BUILD_EXPAND_H

#include <stdbool.h>

#include "base/arena.h"

enum { EXPANDED_MOST = 1 << 20 };

struct expansion {
	char escape; /* \ or ` */
	/* The value of the variable whose name are the first LENGTH bytes of NAME, or NULL. */
	const char *(*find)(void *data, const char *name, size_t length);
	void *data;
};

/* WORD with its variables replaced, and without its quotes and escapes, in *out from ARENA.
 * Returns NULL, or what is wrong in words, from ARENA too. */
const char *expand_word(const char **out, struct arena *arena, const char *word,
			const struct expansion *expansion);
/* The same for the lines of a here-document, in which quotes are as good as other letters. */
const char *expand_document(const char **out, struct arena *arena, const char *text,
			    const struct expansion *expansion);

#endif
