/* SPDX-License-Identifier: MIT */
/* davit ps: the sandboxes of this machine, in Docker's columns. */
#include <errno.h>
#include <stdbool.h>

#include "base/log.h"
#include "commands/listing.h"
#include "commands/ps_list.h"
#include "commands/verb_options.h"

const struct option ps_options[] = {
	{ "all", 'a', OPTION_FLAG_OF(ps_options, all), HELP("those that have ended, too") },
	{ "filter", 'f', OPTION_LIST_OF(ps_options, filter, "KEY=VALUE"),
	  HELP("only those; by ancestor, exited, id, label, name or status") },
	{ "format", 0, OPTION_TEXT_OF(ps_options, format, "FORMAT"),
	  HELP("for each, such as '{{.Names}} {{.Status}}'; table …, json") },
	{ "last", 'n', OPTION_TEXT_OF(ps_options, last, "NUMBER"),
	  HELP("only the newest ones, ended or not") },
	{ "latest", 'l', OPTION_FLAG_OF(ps_options, latest), HELP("only the newest one") },
	{ "no-trunc", 0, OPTION_FLAG_OF(ps_options, no_trunc), HELP("whole commands") },
	{ "quiet", 'q', OPTION_FLAG_OF(ps_options, quiet), HELP("only the names") },
	OPTIONS_END,
};

static const char usual[] = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t"
			    "{{.Ports}}\t{{.Names}}";

static const char *const titles[][2] = {
	{ "ID", "CONTAINER ID" },
	{ "Image", "IMAGE" },
	{ "Command", "COMMAND" },
	{ "CreatedAt", "CREATED AT" },
	{ "RunningFor", "CREATED" },
	{ "Status", "STATUS" },
	{ "State", "STATE" },
	{ "Ports", "PORTS" },
	{ "Names", "NAMES" },
	{ "Labels", "LABELS" },
	{ "Mounts", "MOUNTS" },
	{ "Networks", "NETWORKS" },
	{ NULL, NULL },
};

static const char *print(struct arena *arena, const struct ps_options *options,
			 const struct ps_list *list)
{
	struct leaves *rows = arena_alloc(arena, (list->count + 1) * sizeof(*rows));
	const struct listing listing = { "ps", titles, rows, list->count };
	size_t i;

	if (!rows) {
		fail(ENOMEM, "ps");
		return NULL;
	}
	for (i = 0; i < list->count; i++)
		rows[i] = list->items[i].leaves;
	return listing_print(arena, &listing,
			     options->quiet  ? "{{.ID}}" :
			     options->format ? options->format :
					       usual);
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
