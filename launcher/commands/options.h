/* SPDX-License-Identifier: MIT */
/* The options of a launch: one table for the command line, its help, and the keys of .conf files. */
#ifndef COMMANDS_OPTIONS_H
#define COMMANDS_OPTIONS_H

#include "base/arena.h"
#include "sandbox/request.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST };

struct option {
	const char *name; /* without the dashes */
	char letter;      /* or 0 */
	enum option_kind kind;
	size_t offset;        /* of a bool, const char * or struct texts in struct request */
	const char *argument; /* its name in the help, NULL for a flag */
	const char *help;
};

/* Ended by a row without a name. */
extern const struct option options[];

/* Read options up to the image, the image, and the command behind it, into REQUEST; lists come from
 * ARENA. argv[0] is passed over. Returns 0, 1 when --help was asked for, or -EINVAL said by fail().
 */
int options_parse(struct request *request, struct arena *arena, int argc, char **argv);
/* The options as a table for people; from ARENA, or NULL. */
char *options_help(struct arena *arena);

#endif
