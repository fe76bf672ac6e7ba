/* SPDX-License-Identifier: MIT */
/* The lines of a Dockerfile: comments, continuation, directives; and words in a line. */
#ifndef BUILD_DOCKERFILE_LINES_H
#define BUILD_DOCKERFILE_LINES_H

#include "build/dockerfile.h"

struct lines {
	struct arena *arena;
	const char *at;    /* what is not read yet */
	unsigned int line; /* its number */
	char escape;
};

/* Begin: a byte order mark and the directives at the top are passed over, escape is obeyed.
 * Returns NULL, or what is wrong in words, in line lines->line. */
const char *lines_begin(struct lines *lines, struct arena *arena, const char *text);
/* The next instruction on one line, continued lines joined; *number is where it begins. From the
 * arena; NULL: the end. */
char *lines_next(struct lines *lines, unsigned int *number);
/* The text of a here-document up to the line DOCUMENT->name. Returns 0, or -EINVAL (not said) when
 * there is no such line. */
int lines_document(struct lines *lines, struct here_document *document);
/* The next word of *TEXT, blanks in quotes or after ESCAPE being part of it, as written; *TEXT is
 * behind it then. From ARENA; NULL: there is none. */
char *word_next(struct arena *arena, const char **text, char escape);
/* What "<<NAME" means. Returns whether it is a here-document. */
bool word_is_document(struct here_document *out, struct arena *arena, const char *word);
/* The strings of a list of JSON. Returns whether TEXT is one. */
bool word_list(struct texts *out, struct arena *arena, const char *text);
const char *skip_blanks(const char *text);

#endif
