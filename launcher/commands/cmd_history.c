/* SPDX-License-Identifier: MIT */
/* davit history: how the layers of an image were made, in Docker's columns. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/image_list.h"
#include "commands/listing.h"
#include "commands/moment.h"
#include "commands/subject_details.h"

struct history_values {
	bool human, no_trunc, quiet;
	const char *format;
};

const struct option history_options[] = {
	{ "format", 0, OPTION_TEXT_OF(history_values, format, "FORMAT"),
	  HELP("for each, such as '{{.CreatedBy}} {{.Size}}'; table …, json") },
	{ "human", 'H', OPTION_FLAG_OF(history_values, human),
	  HELP("sizes and dates for people; --human=false: bytes and times") },
	{ "no-trunc", 0, OPTION_FLAG_OF(history_values, no_trunc), HELP("cut nothing short") },
	{ "quiet", 'q', OPTION_FLAG_OF(history_values, quiet), HELP("only the ids") },
	OPTIONS_END
};

static const char *const titles[][2] = {
	{ "ID", "IMAGE" },
	{ "CreatedSince", "CREATED" },
	{ "CreatedAt", "CREATED AT" },
	{ "CreatedBy", "CREATED BY" },
	{ "Size", "SIZE" },
	{ "Comment", "COMMENT" },
	{ NULL, NULL },
};

enum { CREATED_BY_MOST = 45 };

/* In one line, and cut as Docker cuts it. */
static const char *command_words(struct arena *arena, const char *text, bool whole)
{
	char *line = arena_copy(arena, text ? text : "", text ? strlen(text) : 0);
	size_t length = 0, letters = 0;

	if (!line)
		return NULL;
	text_tame(line);
	while (line[length] && letters < CREATED_BY_MOST - 1) {
		length++;
		while (((unsigned char)line[length] & 0xc0) == 0x80)
			length++;
		letters++;
	}
	return whole || !line[length] || !line[length + 1] ?
		       line :
		       arena_print(arena, "%.*s…", (int)length, line);
}

static const char *size_words(struct arena *arena, uint64_t size, bool human)
{
	return human ? listing_size(arena, size, false) :
		       arena_print(arena, "%llu", (unsigned long long)size);
}

static void row_make(struct leaves *row, struct arena *arena, const struct history *step,
		     const struct history_values *given)
{
	const uint64_t time = image_time(step->created);
	const char *at = time ? moment_print(arena, time) : "N/A";

	leaf_add(row, arena, "CreatedSince", LEAF_TEXT, given->human ? image_since(arena, time) : at);
	leaf_add(row, arena, "CreatedAt", LEAF_TEXT, at);
	leaf_add(row, arena, "CreatedBy", LEAF_TEXT,
		 command_words(arena, step->created_by, given->no_trunc));
	leaf_add(row, arena, "Comment", LEAF_TEXT, command_words(arena, step->comment, true));
}

/* The newest first. What has layers but no history has one step for each. */
static int make_rows(struct listing *listing, struct arena *arena, const struct details *details,
		     const struct history_values *given)
{
	static const struct history unknown;
	const struct image_config *config = &details->config;
	const size_t layers = details->manifest.layer_count;
	const size_t steps = config->history_count ? config->history_count : layers;
	struct leaves *rows = arena_alloc(arena, (steps + 1) * sizeof(*rows));
	size_t i, layer = 0;

	if (!rows)
		return fail(ENOMEM, "history");
	for (i = 0; i < steps; i++) {
		const struct history *step = config->history_count ? &config->history[i] : &unknown;
		struct leaves *row = &rows[steps - 1 - i];
		uint64_t size = 0;

		if (!step->empty_layer && layer < layers)
			size = details->manifest.layers[layer++].size;
		leaf_add(row, arena, "ID", LEAF_TEXT,
			 i + 1 < steps ? "<missing>" : image_id(arena, details->id, given->no_trunc));
		row_make(row, arena, step, given);
		leaf_add(row, arena, "Size", LEAF_TEXT, size_words(arena, size, given->human));
	}
	listing->rows = rows;
	listing->count = steps;
	return arena->failed ? fail(ENOMEM, "history") : 0;
}

static int history(struct arena *arena, const char *image, const struct history_values *given)
{
	struct listing listing = { .verb = "history", .titles = titles };
	const char *format = given->quiet ? "{{.ID}}" : given->format;
	struct subject_details found;
	const char *text;
	int ret = subject_details(&found, arena, image);

	if (ret == 0)
		ret = make_rows(&listing, arena, &found.details, given);
	if (ret < 0)
		return ret;
	if (!format || strcmp(format, "table") == 0)
		format = "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
	text = listing_print(arena, &listing, format);
	return text ? say(text) : -EINVAL;
}

int cmd_history(int argc, char **argv)
{
	struct history_values given = { .human = true };
	struct texts words = { 0 };
	struct arena arena = { 0 };
	int code;

	(void)argc;
	if (verb_read(&given, &words, &arena, argv, &code) == 0) {
		code = EXIT_USAGE;
		if (words.count != 1)
			fail(0, "davit history: expected one IMAGE");
		else
			code = history(&arena, words.items[0], &given) < 0 ? EXIT_FAILED : 0;
	}
	arena_close(&arena);
	return code;
}
