/* SPDX-License-Identifier: MIT */
/* Lists in Docker's columns, or by --format. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "commands/listing.h"
#include "commands/table.h"

enum { GAP = 3 };

/* Titles, and a row for each. NULL, said, for a field that is not there. */
static const char *print_table(struct arena *arena, const struct listing *listing, const char *format)
{
	struct leaves titles = { 0 };
	struct texts lines = { 0 };
	const char *line;
	size_t i;

	for (i = 0; listing->titles[i][0]; i++)
		leaf_add(&titles, arena, listing->titles[i][0], LEAF_TEXT, listing->titles[i][1]);
	line = template_format(arena, format, &titles);
	if (!line)
		return NULL;
	(void)texts_add(arena, &lines, line);
	for (i = 0; i < listing->count; i++) {
		line = template_format(arena, format, &listing->rows[i]);
		if (!line)
			return NULL;
		(void)texts_add(arena, &lines, line);
	}
	line = table_print_lines(arena, &lines, GAP);
	if (!line)
		fail(ENOMEM, "%s", listing->verb);
	return line;
}

static const char *print_lines(struct arena *arena, const struct listing *listing, const char *format)
{
	struct string text = { 0 };
	size_t i;

	string_add(arena, &text, "%s", "");
	for (i = 0; i < listing->count; i++) {
		const char *line = template_format(arena, format, &listing->rows[i]);

		if (!line)
			return NULL;
		string_add(arena, &text, "%s\n", line);
	}
	if (arena->failed)
		fail(ENOMEM, "%s", listing->verb);
	return arena->failed ? NULL : text.text;
}

const char *listing_print(struct arena *arena, const struct listing *listing, const char *format)
{
	return strncmp(format, "table ", 6) == 0 ? print_table(arena, listing, format + 6) :
						   print_lines(arena, listing, format);
}

/* Of 1024 with four digits, as for memory; of 1000 with three, as for what is kept or moved. */
const char *listing_size(struct arena *arena, uint64_t bytes, bool binary)
{
	static const char *const binary_units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	static const char *const decimal_units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	const double step = binary ? 1024 : 1000;
	double size = (double)bytes;
	size_t unit = 0;

	while (size >= step && unit < 6) {
		size /= step;
		unit++;
	}
	if (binary)
		return arena_print(arena, "%.4g%s", size, binary_units[unit]);
	return arena_print(arena, "%.3g%s", size, decimal_units[unit]);
}
