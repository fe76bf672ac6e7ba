/* SPDX-License-Identifier: MIT */
/* Reading options by a table, for every verb that has some: long, short, clustered, =, --, --help. */
#ifndef COMMANDS_VERB_OPTIONS_H
#define COMMANDS_VERB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST };

/* One row of a table, which ends with OPTIONS_END. */
struct option {
	const char *name; /* without the dashes */
	char letter;      /* or 0 */
	enum option_kind kind;
	size_t offset;        /* of a bool, const char * or struct texts in what is filled */
	const char *argument; /* its name in the help, NULL for a flag */
	const char *help;
};

/* Kind, offset and argument of a row whose value goes to FIELD of struct TYPE. */
#define OPTION_FLAG_OF(type, field) OPTION_FLAG, offsetof(struct type, field), NULL
#define OPTION_TEXT_OF(type, field, argument) OPTION_TEXT, offsetof(struct type, field), argument
#define OPTION_LIST_OF(type, field, argument) OPTION_LIST, offsetof(struct type, field), argument
#define OPTIONS_END                                 \
	{                                           \
		NULL, 0, OPTION_FLAG, 0, NULL, NULL \
	}

/* An option that people may know from elsewhere, and what to do instead. */
struct refused_option {
	const char *name;
	char letter;
	const char *reason;
};

/* The tables of verbs, each next to its verb. */
extern const struct option build_options[], diff_options[];
extern const struct option save_options[], load_options[], images_options[], rmi_options[],
	history_options[];
extern const struct option pull_options[], bundle_options[], stats_options[], keygen_options[],
	sign_options[], verify_options[];
extern const struct option start_options[], update_options[], rollback_options[],
	versions_options[], prune_options[];
extern const struct option stop_options[], kill_options[], wait_options[], rm_options[],
	logs_options[], ps_options[], inspect_options[];
extern const struct option login_options[], logout_options[], push_options[], tags_options[];

struct option_reader {
	const struct option *table;
	const struct refused_option *refused; /* ended by a row without a name, or NULL */
	const char *verb;                     /* whose help lists the options */
	void *values;                         /* what is filled */
	struct arena *arena;                  /* for lists */
	char **next;                          /* the next argument; ends with NULL */
	bool over;                            /* "--" was read: nothing behind it is an option */
};

/* Read options up to the first word that is none, or past "--". Returns 0, 1 when --help was asked
 * for, or -errno said by fail(). */
int options_read(struct option_reader *reader);
/* TABLE in words, for people; from ARENA, or NULL. */
char *options_list(struct arena *arena, const struct option *table);

#endif
