/* SPDX-License-Identifier: MIT */
/* Which sandboxes davit ps shows, and in what words. */
#ifndef COMMANDS_PS_LIST_H
#define COMMANDS_PS_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "commands/commands.h"
#include "commands/template.h"

struct ps_options {
	bool all, latest, no_trunc, quiet;
	const char *format, *last;
	struct texts filter;
};

struct ps_item {
	uint64_t start; /* clock ticks: what is newer */
	struct leaves leaves;
};

struct ps_list {
	struct ps_item *items; /* the newest first */
	size_t count;
};

/* Those that OPTIONS ask for. Returns 0 or -errno, said by fail(). */
int ps_list_make(struct ps_list *list, struct arena *arena, const struct ps_options *options);

#endif
