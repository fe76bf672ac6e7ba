/* SPDX-License-Identifier: MIT */
/* Reading options by a table, for every verb that has some: long, short, clustered, =, --, --help. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/verb_options.h"
#include "config.h"

enum { HELP_COLUMN = 34 };

/* NAME of LENGTH bytes, or LETTER. Returns true after saying why it is refused. */
static bool say_refused(const struct option_reader *reader, const char *name, size_t length,
			char letter)
{
	const struct refused_option *refused = reader->refused;

	for (; refused && refused->name; refused++) {
		if (letter ? refused->letter != letter :
			     strlen(refused->name) != length ||
				     strncmp(refused->name, name, length) != 0)
			continue;
		fail(0, "--%s: %s", refused->name, refused->reason);
		return true;
	}
	return false;
}

/* The row of LETTER, or NULL. */
static const struct option *row_of(const struct option *table, char letter)
{
	for (; table->name; table++) {
		if (letter && table->letter == letter)
			return table;
	}
	return NULL;
}

static const struct option *find_letter(const struct option_reader *reader, char letter)
{
	const struct option *option = row_of(reader->table, letter);

	if (option)
		return option;
	if (say_refused(reader, "", 0, letter))
		return NULL;
	fail(0, "unknown option -%c (davit help %s lists them)", letter, reader->verb);
	return NULL;
}

static const struct option *find_name(const struct option_reader *reader, const char *name,
				      size_t length)
{
	const struct option *option, *like = NULL;
	unsigned int least;
	char word[32] = "";

	for (option = reader->table; option->name; option++) {
		if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
			return option;
	}
	if (say_refused(reader, name, length, '\0'))
		return NULL;
	if (length < sizeof(word))
		memcpy(word, name, length);
	least = text_far(word);
	for (option = reader->table; CONFIG_SUGGEST && option->name; option++) {
		unsigned int distance = text_distance(word, option->name);

		if (distance < least) {
			least = distance;
			like = option;
		}
	}
	if (strcmp(word, "root") == 0 || strcmp(word, "config") == 0)
		fail(0, "--%s stands before the command: davit --%s DIR %s", word, word,
		     reader->verb);
	else if (like)
		fail(0, "unknown option --%.*s (did you mean --%s?)", (int)length, name, like->name);
	else
		fail(0, "unknown option --%.*s (davit help %s lists them)", (int)length, name,
		     reader->verb);
	return NULL;
}

static int flag_set(bool *flag, const struct option *option, const char *value)
{
	if (!value || strcmp(value, "true") == 0)
		*flag = true;
	else if (strcmp(value, "false") == 0)
		*flag = false;
	else
		return fail(0, "--%s=%s: expected true, false or nothing", option->name, value);
	return 0;
}

static int option_set(const struct option_reader *reader, const struct option *option,
		      const char *value)
{
	void *field = (char *)reader->values + option->offset;

	if (option->kind == OPTION_FLAG)
		return flag_set(field, option, value);
	if (option->kind == OPTION_LIST)
		return texts_add(reader->arena, field, value) < 0 ?
			       fail(ENOMEM, "--%s", option->name) :
			       0;
	*(const char **)field = value;
	return 0;
}

/* The option's value: behind = or in the next argument, which is then passed over. */
static int option_take(struct option_reader *reader, const struct option *option, const char *value)
{
	if (option->kind != OPTION_FLAG && !value) {
		value = *reader->next;
		if (!value)
			return fail(0, "--%s needs %s", option->name, option->argument);
		reader->next++;
	}
	return option_set(reader, option, value);
}

static int parse_long(struct option_reader *reader, const char *text)
{
	size_t length = strcspn(text, "=");
	const struct option *option = find_name(reader, text, length);

	if (!option)
		return -EINVAL;
	return option_take(reader, option, text[length] ? text + length + 1 : NULL);
}

/* --help; -h is that too, where it is nothing else, as with Docker. */
static bool asks_for_help(const struct option *table, const char *text)
{
	return strcmp(text, "--help") == 0 || (strcmp(text, "-h") == 0 && !row_of(table, 'h'));
}

/* -it is -i -t; -m16m and -m=16m are -m 16m. */
static int parse_letters(struct option_reader *reader, const char *text)
{
	int ret = 0;

	for (; *text && ret == 0; text++) {
		const struct option *option = find_letter(reader, *text);
		const char *value = NULL;

		if (!option)
			return -EINVAL;
		if (option->kind != OPTION_FLAG && text[1]) {
			value = text[1] == '=' ? text + 2 : text + 1;
			return option_take(reader, option, value);
		}
		ret = option_take(reader, option, value);
	}
	return ret;
}

int options_read(struct option_reader *reader)
{
	int ret = 0;

	while (!reader->over && *reader->next && (*reader->next)[0] == '-' && (*reader->next)[1] &&
	       ret == 0) {
		const char *text = *reader->next++;

		reader->over = strcmp(text, "--") == 0;
		if (reader->over)
			break;
		if (asks_for_help(reader->table, text))
			return 1;
		ret = text[1] == '-' ? parse_long(reader, text + 2) : parse_letters(reader, text + 1);
	}
	return ret;
}

char *options_list(struct arena *arena, const struct option *table)
{
	struct string text = { 0 };
	const struct option *option;

	for (option = table; option->name; option++) {
		const char *name =
			arena_print(arena, "  %c%c%s --%s%s%s", option->letter ? '-' : ' ',
				    option->letter ? option->letter : ' ', option->letter ? "," : " ",
				    option->name, option->argument ? " " : "",
				    option->argument ? option->argument : "");

		if (option->help[0])
			string_add(arena, &text, "%-*s %s\n", HELP_COLUMN, name ? name : "",
				   option->help);
		else
			string_add(arena, &text, "%s\n", name ? name : "");
	}
	return arena->failed ? NULL : text.text;
}
