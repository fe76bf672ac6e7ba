/* SPDX-License-Identifier: MIT */
/* A table for people: columns as wide as what is in them. */
#include <string.h>

#include "commands/table.h"

void table_add(struct table *table, struct arena *arena, const char *cell)
{
	if (cell)
		(void)texts_add(arena, &table->cells, cell);
}

/* Letters, not bytes. UTF-8 */
static size_t cell_width(const char *cell)
{
	size_t width = 0;

	for (; *cell; cell++)
		width += ((unsigned char)*cell & 0xc0) != 0x80;
	return width;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t widest = 0, i;

	for (i = column; i < table->cells.count; i += table->columns) {
		size_t length = cell_width(table->cells.items[i]);

		if (length > widest)
			widest = length;
	}
	return widest;
}

char *table_print(struct arena *arena, const struct table *table, unsigned int gap)
{
	struct string text = { 0 };
	size_t *widths = arena_alloc(arena, table->columns * sizeof(*widths)), i, column = 0;

	for (i = 0; widths && i < table->columns; i++)
		widths[i] = column_width(table, i) + gap;
	for (i = 0; widths && i < table->cells.count; i++) {
		const char *cell = table->cells.items[i];

		if (column + 1 < table->columns) {
			const size_t blanks = widths[column++] - cell_width(cell);

			string_add(arena, &text, "%s%*s", cell, (int)blanks, "");
		} else {
			string_add(arena, &text, "%s\n", cell);
			column = 0;
		}
	}
	return arena->failed ? NULL : text.text;
}

static size_t column_count(const char *line)
{
	size_t count = 1;

	for (; *line; line++)
		count += *line == '\t';
	return count;
}

/* A line's parts, neither more nor fewer than there are columns. */
static void row_add(struct table *table, struct arena *arena, const char *line)
{
	size_t i;

	for (i = 0; i < table->columns; i++) {
		const size_t length = strcspn(line, "\t");

		table_add(table, arena, arena_copy(arena, line, length));
		line += length + (line[length] == '\t');
	}
}

char *table_print_lines(struct arena *arena, const struct texts *lines, unsigned int gap)
{
	struct table table = { .columns = lines->count ? column_count(lines->items[0]) : 1 };
	size_t i;

	for (i = 0; i < lines->count; i++)
		row_add(&table, arena, lines->items[i]);
	return table_print(arena, &table, gap);
}
