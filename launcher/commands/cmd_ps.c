/* SPDX-License-Identifier: MIT */
/* davit ps: the sandboxes of this machine, in Docker's columns. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/ps_list.h"
#include "commands/table.h"
#include "commands/template.h"
#include "commands/verb_options.h"

const struct option ps_options[] = {
	{ "all", 'a', OPTION_FLAG_OF(ps_options, all), HELP("those that have ended, too") },
	{ "filter", 'f', OPTION_LIST_OF(ps_options, filter, "KEY=VALUE"),
	  HELP("only those; by ancestor, exited, id, label, name or status") },
	{ "format", 0, OPTION_TEXT_OF(ps_options, format, "FORMAT"),
	  HELP("a line for each, such as '{{.Names}} {{.Status}}', table …, or json") },
	{ "last", 'n', OPTION_TEXT_OF(ps_options, last, "NUMBER"),
	  HELP("only the newest ones, ended or not") },
	{ "latest", 'l', OPTION_FLAG_OF(ps_options, latest), HELP("only the newest one") },
	{ "no-trunc", 0, OPTION_FLAG_OF(ps_options, no_trunc), HELP("whole commands") },
	{ "quiet", 'q', OPTION_FLAG_OF(ps_options, quiet), HELP("only the names") },
	OPTIONS_END,
};

static const char usual[] = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t"
			    "{{.Ports}}\t{{.Names}}";

enum { GAP = 3 };

/* The title of each field, as a sandbox of its own. */
static void add_titles(struct leaves *leaves, struct arena *arena)
{
	static const char *const titles[][2] = {
		{ "ID", "CONTAINER ID" },    { "Image", "IMAGE" },
		{ "Command", "COMMAND" },    { "CreatedAt", "CREATED AT" },
		{ "RunningFor", "CREATED" }, { "Status", "STATUS" },
		{ "State", "STATE" },        { "Ports", "PORTS" },
		{ "Names", "NAMES" },        { "Labels", "LABELS" },
		{ "Mounts", "MOUNTS" },      { "Networks", "NETWORKS" },
	};
	size_t i;

	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		leaf_add(leaves, arena, titles[i][0], LEAF_TEXT, titles[i][1]);
}

/* Titles, and a row for each. NULL, said, for a field that is not there. */
static const char *print_table(struct arena *arena, const char *format, const struct ps_list *list)
{
	struct leaves titles = { 0 };
	struct texts lines = { 0 };
	const char *line;
	size_t i;

	add_titles(&titles, arena);
	line = template_format(arena, format, &titles);
	if (!line)
		return NULL;
	(void)texts_add(arena, &lines, line);
	for (i = 0; i < list->count; i++) {
		line = template_format(arena, format, &list->items[i].leaves);
		if (!line)
			return NULL;
		(void)texts_add(arena, &lines, line);
	}
	line = table_print_lines(arena, &lines, GAP);
	if (!line)
		fail(ENOMEM, "ps");
	return line;
}

static const char *print_lines(struct arena *arena, const char *format, const struct ps_list *list)
{
	struct string text = { 0 };
	size_t i;

	string_add(arena, &text, "%s", "");
	for (i = 0; i < list->count; i++) {
		const char *line = template_format(arena, format, &list->items[i].leaves);

		if (!line)
			return NULL;
		string_add(arena, &text, "%s\n", line);
	}
	if (arena->failed)
		fail(ENOMEM, "ps");
	return arena->failed ? NULL : text.text;
}

static const char *print(struct arena *arena, const struct ps_options *options,
			 const struct ps_list *list)
{
	const char *format = options->format ? options->format : usual;

	if (options->quiet)
		return print_lines(arena, "{{.ID}}", list);
	if (strncmp(format, "table ", 6) != 0)
		return print_lines(arena, format, list);
	format = arena_print(arena, "%s", format + 6);
	return format ? print_table(arena, format, list) : NULL;
}

int cmd_ps(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct ps_options options = { 0 };
	struct texts words = { 0 };
	struct ps_list list;
	const char *text = NULL;
	int code = 0;

	(void)argc;
	if (verb_read(&options, &words, &arena, argv, &code) == 0) {
		if (words.count) {
			fail(0, "ps takes no name: %s (use --filter name=%s)", words.items[0],
			     words.items[0]);
			code = EXIT_USAGE;
		} else if (ps_list_make(&list, &arena, &options) < 0) {
			code = EXIT_FAILED;
		} else {
			text = print(&arena, &options, &list);
			code = text && say(text) == 0 ? 0 : EXIT_FAILED;
		}
	}
	arena_close(&arena);
	return code;
}
