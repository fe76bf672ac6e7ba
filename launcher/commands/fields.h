/* SPDX-License-Identifier: MIT */
/* --format: named values put into words, by the part of Go's templates that people use with Docker. */
#ifndef COMMANDS_FIELDS_H
#define COMMANDS_FIELDS_H

#include "base/arena.h"

struct field {
	const char *name; /* "Name" of {{.Name}} */
	const char *value;
};

/* FORMAT with a value for each {{.NAME}}, and \t and \n as what they mean; "json" for all of FIELDS
 * as a JSON object of strings. FIELDS end with a row without a name. From ARENA; NULL, said by
 * fail(), for a name that is not there. */
const char *fields_format(struct arena *arena, const char *format, const struct field *fields);
/* LINES as text; where GAP is not 0, what tabs separate in them stands in columns with GAP blanks
 * between, as Docker's "table FORMAT" has it. From ARENA, or NULL. */
const char *fields_lines(struct arena *arena, const struct texts *lines, unsigned int gap);

#endif
