/* SPDX-License-Identifier: MIT */
/* A table for people: columns as wide as what is in them. */
#ifndef COMMANDS_TABLE_H
#define COMMANDS_TABLE_H

#include "base/arena.h"

/* Zero-initialise but for the number of columns. Cells are row after row, titles first. */
struct table {
	size_t columns;
	struct texts cells;
};

/* Append one cell (not copied; NULL, as of arena_print(), is remembered in the arena). */
void table_add(struct table *table, struct arena *arena, const char *cell);
/* The table as lines, GAP blanks between columns; from ARENA, or NULL. */
char *table_print(struct arena *arena, const struct table *table, unsigned int gap);
/* LINES as a table: what tabs separate in them stands in columns, as many as the first one has. */
char *table_print_lines(struct arena *arena, const struct texts *lines, unsigned int gap);

#endif
