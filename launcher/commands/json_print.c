/* SPDX-License-Identifier: MIT */
/* Writing JSON (RFC 8259). */
#include <stdbool.h>
#include <string.h>

#include "commands/json_print.h"

enum { STEP = 4 };

/* The end of a line, or nothing. */
static void line_end(struct arena *arena, struct string *text, int indent)
{
	if (indent != JSON_ONE_LINE)
		string_add(arena, text, "\n%*s", indent, "");
}

static int deeper(int indent)
{
	return indent == JSON_ONE_LINE ? indent : indent + STEP;
}

static const char *colon(int indent)
{
	return indent == JSON_ONE_LINE ? ":" : ": ";
}

static void json_items(struct arena *arena, struct string *text, const struct leaf *leaf, int indent)
{
	const struct texts *items = &leaf->items;
	const bool map = leaf->kind == LEAF_MAP;
	size_t i;

	string_add(arena, text, map ? "{" : "[");
	for (i = 0; i < items->count; i++) {
		const char *item = items->items[i];
		const size_t length = strcspn(item, "=");

		string_add(arena, text, "%s", i ? "," : "");
		line_end(arena, text, deeper(indent));
		if (!map) {
			json_quote(arena, text, item);
			continue;
		}
		item = arena_copy(arena, item, length);
		json_quote(arena, text, item ? item : "");
		string_add(arena, text, "%s", colon(indent));
		item = items->items[i] + length;
		json_quote(arena, text, *item ? item + 1 : "");
	}
	if (items->count)
		line_end(arena, text, indent);
	string_add(arena, text, map ? "}" : "]");
}

void json_leaf(struct arena *arena, struct string *text, const struct leaf *leaf, int indent)
{
	if (leaf->kind == LEAF_TEXT)
		json_quote(arena, text, leaf->text);
	else if (leaf->kind == LEAF_RAW)
		string_add(arena, text, "%s", leaf->text);
	else
		json_items(arena, text, leaf, indent);
}

/* How many of COUNT values from FIRST on are below the same name as the first. */
static size_t same_name(const struct leaf *first, size_t count, size_t length)
{
	const size_t whole = length + strcspn(first->path + length, ".");
	size_t i;

	for (i = 1; i < count; i++) {
		if (strncmp(first[i].path, first->path, whole) != 0 || first[i].path[whole] != '.')
			break;
	}
	return first->path[whole] ? i : 1;
}

void json_tree(struct arena *arena, struct string *text, const struct leaf *first, size_t count,
	       size_t length, int indent)
{
	size_t i, part;

	string_add(arena, text, "{");
	for (i = 0; i < count; i += part) {
		const char *name = first[i].path + length;
		const size_t size = strcspn(name, ".");

		part = same_name(first + i, count - i, length);
		string_add(arena, text, "%s", i ? "," : "");
		line_end(arena, text, deeper(indent));
		string_add(arena, text, "\"%.*s\"%s", (int)size, name, colon(indent));
		if (name[size])
			json_tree(arena, text, first + i, part, length + size + 1, deeper(indent));
		else
			json_leaf(arena, text, first + i, deeper(indent));
	}
	line_end(arena, text, indent);
	string_add(arena, text, "}");
}
