/* SPDX-License-Identifier: MIT */
/* Lines and words of Dockerfiles, cut as BuildKit's parser cuts them. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cJSON.h>

#include "build/dockerfile_lines.h"

#define BLANKS " \t\r\v\f"

const char *skip_blanks(const char *text)
{
	return text + strspn(text, BLANKS);
}

/* The next line and its length, without its end. Returns whether there is one. */
static bool next_line(struct lines *lines, const char **text, size_t *length)
{
	const size_t all = strcspn(lines->at, "\n");

	if (!*lines->at)
		return false;
	*text = lines->at;
	*length = all;
	while (*length && (*text)[*length - 1] == '\r')
		(*length)--;
	lines->at += all + (lines->at[all] == '\n');
	lines->line++;
	return true;
}

/* The length of a line without the escape that continues it, or all of it. */
static size_t continued_length(const struct lines *lines, const char *text, size_t length)
{
	size_t end = length;

	while (end && strchr(BLANKS, text[end - 1]))
		end--;
	if (!end || text[end - 1] != lines->escape)
		return length;
	if (end > 1 && text[end - 2] == lines->escape)
		return length;
	return end - 1;
}

/* A comment, or nothing at all. */
static bool is_void(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length && strchr(BLANKS, text[i]))
		i++;
	return i == length || text[i] == '#';
}

char *lines_next(struct lines *lines, unsigned int *number)
{
	struct string whole = { 0 };
	const char *text;
	size_t length, part;

	while (next_line(lines, &text, &length)) {
		if (is_void(text, length))
			continue;
		if (!whole.text) {
			*number = lines->line - 1;
			part = (size_t)(skip_blanks(text) - text);
			text += part;
			length -= part;
		}
		part = continued_length(lines, text, length);
		string_add(lines->arena, &whole, "%.*s", (int)part, text);
		if (part == length)
			break;
	}
	return whole.text;
}

int lines_document(struct lines *lines, struct here_document *document)
{
	struct string whole = { 0 };
	const char *text;
	size_t length;

	string_add(lines->arena, &whole, "%s", "");
	while (next_line(lines, &text, &length)) {
		while (document->is_chomped && length && *text == '\t') {
			text++;
			length--;
		}
		if (length == strlen(document->name) && !memcmp(text, document->name, length)) {
			document->text = whole.text;
			return whole.text ? 0 : -1;
		}
		string_add(lines->arena, &whole, "%.*s\n", (int)length, text);
	}
	return -1;
}

/* The name and the value of "# name = value", in ARENA. Returns whether the line is of that form. */
static bool read_directive(struct arena *arena, const char *text, size_t length, char **name,
			   char **value)
{
	char *copy = arena_copy(arena, text, length), *equals;
	size_t end;

	if (!copy)
		return false;
	copy = (char *)skip_blanks(copy);
	if (*copy != '#')
		return false;
	*name = (char *)skip_blanks(copy + 1);
	equals = strchr(*name, '=');
	end = strspn(*name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	if (!equals || !end || skip_blanks(*name + end) != equals)
		return false;
	(*name)[end] = '\0';
	*value = (char *)skip_blanks(equals + 1);
	for (end = strlen(*value); end && strchr(BLANKS, (*value)[end - 1]); end--)
		(*value)[end - 1] = '\0';
	return true;
}

const char *lines_begin(struct lines *lines, struct arena *arena, const char *text)
{
	static const char *const known[] = { "escape", "syntax", "check" };
	bool seen[3] = { false };

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	*lines = (struct lines){ .arena = arena, .at = text, .line = 1, .escape = '\\' };
	for (;;) {
		struct lines ahead = *lines;
		char *name, *value;
		const char *line;
		size_t length, i;

		if (!next_line(&ahead, &line, &length) ||
		    !read_directive(arena, line, length, &name, &value))
			return NULL;
		for (i = 0; i < 3 && strcasecmp(name, known[i]) != 0; i++)
			;
		if (i == 3)
			return NULL;
		if (seen[i])
			return "a directive may be there only once";
		seen[i] = true;
		if (i == 0 && strcmp(value, "\\") != 0 && strcmp(value, "`") != 0)
			return "expected escape=\\ or escape=`";
		*lines = ahead;
		if (i == 0)
			lines->escape = *value;
	}
}

char *word_next(struct arena *arena, const char **text, char escape)
{
	const char *start = skip_blanks(*text), *at = start;
	char quote = '\0';

	if (!*start) {
		*text = start;
		return NULL;
	}
	for (; *at && (quote || !strchr(BLANKS "\n", *at)); at++) {
		if (*at == escape && quote != '\'' && at[1])
			at++;
		else if (quote)
			quote = (char)(*at == quote ? '\0' : quote);
		else if (*at == '"' || *at == '\'')
			quote = *at;
	}
	*text = at;
	return arena_copy(arena, start, (size_t)(at - start));
}

bool word_is_document(struct here_document *out, struct arena *arena, const char *word)
{
	const char *at = word + strspn(word, "0123456789");
	size_t length = 0;
	char *name;

	if (strncmp(at, "<<", 2) != 0)
		return false;
	*out = (struct here_document){ .is_chomped = at[2] == '-' };
	at += 2 + out->is_chomped;
	if (!*at || strchr(at, '<'))
		return false;
	name = arena_alloc(arena, strlen(at) + 1);
	if (!name)
		return false;
	for (; *at; at++) {
		if (strchr("\"'\\", *at))
			out->is_literal = true;
		else
			name[length++] = *at;
	}
	out->name = name;
	return length > 0;
}

static bool take_strings(struct texts *out, struct arena *arena, const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item) ||
		    texts_add(arena, out,
			      arena_copy(arena, item->valuestring, strlen(item->valuestring))) < 0)
			return false;
	}
	return true;
}

bool word_list(struct texts *out, struct arena *arena, const char *text)
{
	cJSON *list;
	bool is_list;

	*out = (struct texts){ 0 };
	text = skip_blanks(text);
	/* cJSON would end a string at a NUL. */
	if (*text != '[' || strstr(text, "\\u0000"))
		return false;
	list = cJSON_ParseWithOpts(text, NULL, true);
	is_list = cJSON_IsArray(list) && take_strings(out, arena, list);
	cJSON_Delete(list);
	if (!is_list)
		*out = (struct texts){ 0 };
	return is_list;
}
