/* SPDX-License-Identifier: MIT */
/* Writes a text between quotes. */
#include <string.h>

#include "base/quote.h"

void json_quote(struct arena *arena, struct string *text, const char *value)
{
	string_add(arena, text, "\"");
	while (*value) {
		size_t plain = 0;

		while ((unsigned char)value[plain] >= ' ' && value[plain] != '"' &&
		       value[plain] != '\\')
			plain++;
		string_add(arena, text, "%.*s", (int)plain, value);
		value += plain;
		if (*value == '"' || *value == '\\')
			string_add(arena, text, "\\%c", *value++);
		else if (*value)
			string_add(arena, text, "\\u%04x", (unsigned int)(unsigned char)*value++);
	}
	string_add(arena, text, "\"");
}
