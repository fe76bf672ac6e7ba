/* SPDX-License-Identifier: MIT */
/* Writing JSON (RFC 8259). */
#ifndef COMMANDS_JSON_PRINT_H
#define COMMANDS_JSON_PRINT_H

#include "base/quote.h"
#include "commands/template.h"

enum { JSON_ONE_LINE = -1 };

/* Append one value; INDENT: JSON_ONE_LINE, or how far its line is indented. */
void json_leaf(struct arena *arena, struct string *text, const struct leaf *leaf, int indent);
/* Append as an object the COUNT values from FIRST on, whose paths begin with the same LENGTH bytes. */
void json_tree(struct arena *arena, struct string *text, const struct leaf *first, size_t count,
	       size_t length, int indent);

#endif
