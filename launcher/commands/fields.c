/* SPDX-License-Identifier: MIT */
/* --format: named values put into words, by the part of Go's templates that people use with Docker. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "commands/fields.h"
#include "commands/table.h"

/* RFC 8259: quotes, backslashes and control characters are escaped. */
static void json_string(struct arena *arena, struct string *text, const char *value)
{
	string_add(arena, text, "\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			string_add(arena, text, "\\%c", *value);
		else if ((unsigned char)*value < ' ')
			string_add(arena, text, "\\u%04x", (unsigned int)*value);
		else
			string_add(arena, text, "%c", *value);
	}
	string_add(arena, text, "\"");
}

static void print_json(struct arena *arena, struct string *text, const struct field *fields)
{
	const struct field *field;

	for (field = fields; field->name; field++) {
		string_add(arena, text, "%s", field == fields ? "{" : ",");
		json_string(arena, text, field->name);
		string_add(arena, text, ":");
		json_string(arena, text, field->value);
	}
	string_add(arena, text, "}");
}

static bool name_is(const char *name, size_t length, const char *text)
{
	return strlen(name) == length && strncmp(name, text, length) == 0;
}

/* AT is behind "{{". Returns what is behind "}}", or NULL, said. */
static const char *print_value(struct arena *arena, struct string *text, const char *at,
			       const struct field *fields)
{
	const char *end = strstr(at, "}}"), *name = at + strspn(at, " ");
	const struct field *field;
	size_t length;

	if (end && *name == '.') {
		length = strcspn(++name, " }");
		for (field = fields; field->name; field++) {
			if (name_is(field->name, length, name) &&
			    name + length + strspn(name + length, " ") == end) {
				string_add(arena, text, "%s", field->value);
				return end + 2;
			}
		}
	}
	fail(0, "--format {{%.*s}}: expected a field such as {{.%s}}, or json",
	     (int)(end ? end - at : (ptrdiff_t)strlen(at)), at, fields->name);
	return NULL;
}

const char *fields_format(struct arena *arena, const char *format, const struct field *fields)
{
	struct string text = { 0 };

	string_add(arena, &text, "%s", "");
	if (strcmp(format, "json") == 0) {
		print_json(arena, &text, fields);
		format = "";
	}
	while (format && *format) {
		if (strncmp(format, "{{", 2) == 0) {
			format = print_value(arena, &text, format + 2, fields);
		} else if (strncmp(format, "\\t", 2) == 0 || strncmp(format, "\\n", 2) == 0) {
			string_add(arena, &text, "%c", format[1] == 't' ? '\t' : '\n');
			format += 2;
		} else {
			string_add(arena, &text, "%c", *format++);
		}
	}
	if (!format)
		return NULL;
	if (arena->failed)
		fail(ENOMEM, "--format");
	return arena->failed ? NULL : text.text;
}

static size_t column_count(const char *line)
{
	size_t count = 1;

	for (; *line; line++)
		count += *line == '\t';
	return count;
}

const char *fields_lines(struct arena *arena, const struct texts *lines, unsigned int gap)
{
	struct table table = { .columns = gap && lines->count ? column_count(lines->items[0]) : 1 };
	size_t i;

	for (i = 0; i < lines->count; i++) {
		char *rest = arena_copy(arena, lines->items[i], strlen(lines->items[i])), *cell;

		while (gap && rest && (cell = strsep(&rest, "\t")))
			table_add(&table, arena, cell);
		if (!gap)
			table_add(&table, arena, rest);
	}
	return lines->count ? table_print(arena, &table, gap) : "";
}
