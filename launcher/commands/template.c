/* SPDX-License-Identifier: MIT */
/* What is known of something, as a tree of named values, and Go's templates over it. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/json_print.h"
#include "commands/template.h"

enum { ROOM_FIRST = 32, WORDS_MOST = 4 };

static struct leaf *leaf_new(struct leaves *leaves, struct arena *arena)
{
	if (leaves->count == leaves->room) {
		const size_t room = leaves->room ? leaves->room * 2 : ROOM_FIRST;
		struct leaf *items = arena_alloc(arena, room * sizeof(*items));

		if (!items)
			return NULL;
		if (leaves->count)
			memcpy(items, leaves->items, leaves->count * sizeof(*items));
		leaves->items = items;
		leaves->room = room;
	}
	return &leaves->items[leaves->count++];
}

void leaf_add(struct leaves *leaves, struct arena *arena, const char *path, enum leaf_kind kind,
	      const char *text)
{
	struct leaf *leaf = leaf_new(leaves, arena);

	if (leaf)
		*leaf = (struct leaf){ .path = path, .kind = kind, .text = text ? text : "" };
}

void leaf_add_items(struct leaves *leaves, struct arena *arena, const char *path,
		    enum leaf_kind kind, const struct texts *items)
{
	struct leaf *leaf = leaf_new(leaves, arena);

	if (leaf)
		*leaf = (struct leaf){ .path = path, .kind = kind, .text = "", .items = *items };
}

const char *leaves_print(struct arena *arena, const struct leaves *leaves, unsigned int indent)
{
	struct string text = { 0 };

	json_tree(arena, &text, leaves->items, leaves->count, 0, (int)indent);
	return arena->failed ? NULL : text.text;
}

/* --- what a path names ------------------------------------------------------------------------------ */

/* The values that PATH, behind its dot, names: itself one, or those below it. Returns how many there are. */
static size_t find(const struct leaf **first, const struct leaves *leaves, const char *path)
{
	const size_t length = strlen(path);
	size_t i, count = 0;

	*first = leaves->items;
	if (!length)
		return leaves->count;
	for (i = 0; i < leaves->count; i++) {
		const char *other = leaves->items[i].path;

		if (strncmp(other, path, length) != 0 || (other[length] && other[length] != '.'))
			continue;
		if (!count)
			*first = &leaves->items[i];
		count++;
	}
	return count;
}

static bool is_one(const struct leaf *first, size_t count, const char *path)
{
	return count == 1 && strcmp(first->path, path) == 0;
}

static void print_json(struct arena *arena, struct string *text, const struct leaf *first,
		       size_t count, const char *path)
{
	const size_t length = strlen(path);

	if (is_one(first, count, path))
		json_leaf(arena, text, first, JSON_ONE_LINE);
	else
		json_tree(arena, text, first, count, length ? length + 1 : 0, JSON_ONE_LINE);
}

/* As Go prints a list, or a map, between brackets. */
static void print_items(struct arena *arena, struct string *text, const struct leaf *leaf,
			const char *between)
{
	size_t i;

	for (i = 0; i < leaf->items.count; i++) {
		const char *item = leaf->items.items[i];
		const size_t key = strcspn(item, "=");

		string_add(arena, text, "%s", i ? between : "");
		if (leaf->kind == LEAF_LIST)
			string_add(arena, text, "%s", item);
		else
			string_add(arena, text, "%.*s:%s", (int)key, item,
				   item + key + (item[key] == '='));
	}
}

static void print_plain(struct arena *arena, struct string *text, const struct leaf *first,
			size_t count, const char *path)
{
	if (!is_one(first, count, path)) {
		print_json(arena, text, first, count, path);
	} else if (first->kind == LEAF_TEXT || first->kind == LEAF_RAW) {
		string_add(arena, text, "%s", first->text);
	} else {
		string_add(arena, text, first->kind == LEAF_MAP ? "map[" : "[");
		print_items(arena, text, first, " ");
		string_add(arena, text, "]");
	}
}

/* --- what stands between {{ and }} ------------------------------------------------------------------ */

/* Split at blanks; "words" in quotes lose them. Returns how many there are, or -EINVAL. */
static int split(const char *words[WORDS_MOST], struct arena *arena, const char *at, const char *end)
{
	int count = 0;

	for (;;) {
		const char *stop;
		bool quoted;

		while (at < end && isspace((unsigned char)*at))
			at++;
		if (at == end)
			return count;
		quoted = *at == '"' || *at == '`';
		stop = quoted ? strchr(at + 1, *at) : at + strcspn(at, " \t}");
		if (!stop || stop > end || count == WORDS_MOST)
			return -EINVAL;
		words[count] = arena_copy(arena, at + quoted, (size_t)(stop - at) - quoted);
		if (!words[count++])
			return -ENOMEM;
		at = stop + quoted;
	}
}

static int print_index(struct arena *arena, struct string *text, const struct leaf *leaf,
		       const char *key)
{
	const size_t length = strlen(key);
	uint64_t number;
	size_t i;

	if (leaf->kind == LEAF_LIST) {
		if (text_number(&number, key, INT32_MAX) < 0 || number >= leaf->items.count)
			return -EINVAL;
		string_add(arena, text, "%s", leaf->items.items[number]);
		return 0;
	}
	for (i = 0; i < leaf->items.count; i++) {
		const char *item = leaf->items.items[i];

		if (strncmp(item, key, length) == 0 && (item[length] == '=' || !item[length]))
			string_add(arena, text, "%s", item + length + (item[length] == '='));
	}
	return 0;
}

static void print_case(struct arena *arena, struct string *text, const char *value, bool upper)
{
	for (; *value; value++)
		string_add(arena, text, "%c",
			   upper ? toupper((unsigned char)*value) : tolower((unsigned char)*value));
}

/* WORD of a value, with ARGUMENT or NULL. */
static int print_function(struct arena *arena, struct string *text, const char *word,
			  const struct leaf *leaf, const char *argument)
{
	const bool many = leaf->kind == LEAF_LIST || leaf->kind == LEAF_MAP;

	if (strcmp(word, "index") == 0 && many && argument)
		return print_index(arena, text, leaf, argument);
	if (strcmp(word, "join") == 0 && leaf->kind == LEAF_LIST && argument)
		print_items(arena, text, leaf, argument);
	else if (strcmp(word, "len") == 0 && !argument)
		string_add(arena, text, "%zu", many ? leaf->items.count : strlen(leaf->text));
	else if ((strcmp(word, "upper") == 0 || strcmp(word, "lower") == 0) && !many && !argument)
		print_case(arena, text, leaf->text, word[0] == 'u');
	else
		return -EINVAL;
	return 0;
}

/* From AT to END. Returns 0 or -errno. */
static int print_action(struct arena *arena, struct string *text, const char *at, const char *end,
			const struct leaves *leaves)
{
	const char *words[WORDS_MOST], *path;
	int count = split(words, arena, at, end);
	const int where = count > 1 ? 1 : 0;
	const struct leaf *first;
	size_t found;

	if (count < 1 || count > 3 || words[where][0] != '.')
		return count < 0 ? count : -EINVAL;
	path = words[where] + 1;
	found = find(&first, leaves, path);
	if (!found)
		return -ENOENT;
	if (count == 1)
		print_plain(arena, text, first, found, path);
	else if (count == 2 && strcmp(words[0], "json") == 0)
		print_json(arena, text, first, found, path);
	else
		return is_one(first, found, path) ? print_function(arena, text, words[0], first,
								   count == 3 ? words[2] : NULL) :
						    -EINVAL;
	return 0;
}

/* Returns what is behind the "}}" of FORMAT's "{{", or NULL, said. */
static const char *format_action(struct arena *arena, struct string *text, const char *format,
				 const struct leaves *leaves)
{
	const char *end = strstr(format, "}}");
	const int ret = print_action(arena, text, format + 2, end, leaves);

	if (ret == 0)
		return end + 2;
	fail(0, "--format %.*s: %s", (int)(end + 2 - format), format,
	     ret == -ENOENT ?
		     "no such field ('{{json .}}' shows all)" :
		     "expected {{.FIELD}}, {{json .FIELD}}, or index, join, len, lower, upper");
	return NULL;
}

const char *template_format(struct arena *arena, const char *format, const struct leaves *leaves)
{
	struct string text = { 0 };

	if (strcmp(format, "json") == 0)
		format = "{{json .}}";
	string_add(arena, &text, "%s", "");
	while (format && *format) {
		if (strncmp(format, "{{", 2) == 0 && strstr(format, "}}")) {
			format = format_action(arena, &text, format, leaves);
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
