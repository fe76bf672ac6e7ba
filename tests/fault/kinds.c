/* SPDX-License-Identifier: MIT */
/* The kinds of faults, by the names that people give them. */
#include <errno.h>
#include <string.h>

#include "fault.h"

static const struct {
	const char *name;
	int kind;
} kinds_known[] = {
	{ "EPERM", EPERM },
	{ "ENOMEM", ENOMEM },
	{ "EIO", EIO },
	{ "EINTR", EINTR },
	{ "ENOSPC", ENOSPC },
	{ "KILL", FAULT_KILL },
	{ "DAVIT", FAULT_KILL_DAVIT },
	{ "LAST", FAULT_LAST },
};

enum { KIND_COUNT = sizeof(kinds_known) / sizeof(kinds_known[0]) };

const char *fault_name(int kind)
{
	size_t i = 0;

	while (i < KIND_COUNT && kinds_known[i].kind != kind)
		i++;
	return i < KIND_COUNT ? kinds_known[i].name : "?";
}

bool kinds_take(struct kinds *kinds, char *words)
{
	char *word;
	size_t i;

	kinds->count = 0;
	while ((word = strsep(&words, ","))) {
		if (strcmp(word, "turn") == 0) {
			kinds->turn = true;
			continue;
		}
		for (i = 0; i < KIND_COUNT && strcmp(kinds_known[i].name, word) != 0; i++)
			continue;
		if (i == KIND_COUNT || kinds->count == KINDS_MOST)
			return false;
		kinds->items[kinds->count++] = kinds_known[i].kind;
	}
	if (kinds->turn && kinds->count == 0) {
		for (i = 0; i < KIND_COUNT; i++)
			kinds->items[kinds->count++] = kinds_known[i].kind;
	}
	return kinds->count > 0;
}

struct fault fault_make(int kind, unsigned int process, unsigned int call, bool detached)
{
	static const int lasting[] = { EIO, ENOMEM, EPERM, ENOSPC };

	return (struct fault){ .kind = kind == FAULT_LAST ? lasting[call % 4] : kind,
			       .process = process,
			       .call = call,
			       .detached = detached,
			       .lasting = kind == FAULT_LAST };
}
