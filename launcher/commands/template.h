/* SPDX-License-Identifier: MIT */
/* What is known of something, as a tree of named values: as JSON, and by the part of Go's templates that Docker's
 * --format is used with. */
#ifndef COMMANDS_TEMPLATE_H
#define COMMANDS_TEMPLATE_H

#include "base/arena.h"

/* What a value is: text; a number, truth or JSON as it stands; a list; words "KEY=VALUE". */
enum leaf_kind { LEAF_TEXT, LEAF_RAW, LEAF_LIST, LEAF_MAP };

/* A value, by its path from the top: "State.Status". Values below one name follow each other. */
struct leaf {
	const char *path;
	enum leaf_kind kind;
	const char *text;
	struct texts items;
};

struct leaves {
	struct leaf *items;
	size_t count, room;
};

/* Append a value; a failure is remembered in the arena. */
void leaf_add(struct leaves *leaves, struct arena *arena, const char *path, enum leaf_kind kind,
	      const char *text);
void leaf_add_items(struct leaves *leaves, struct arena *arena, const char *path,
		    enum leaf_kind kind, const struct texts *items);
/* All of it as JSON over several lines, each indented by INDENT blanks at least; from ARENA, or NULL. */
const char *leaves_print(struct arena *arena, const struct leaves *leaves, unsigned int indent);
/* FORMAT with what stands in {{ }} put in: .PATH, json .PATH, index .PATH KEY, len .PATH, join
 * .PATH "TEXT", upper, lower; \t and \n as what they mean. From ARENA; NULL, said by fail(), for
 * what is not there or is not understood. */
const char *template_format(struct arena *arena, const char *format, const struct leaves *leaves);

#endif
