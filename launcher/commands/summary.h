/* SPDX-License-Identifier: MIT */
/* One sandbox in Docker's words, for lists and inspection. */
#ifndef COMMANDS_SUMMARY_H
#define COMMANDS_SUMMARY_H

#include "sandbox/ending.h"
#include "sandbox/record.h"

struct summary {
	const struct record *record;
	const char *state;  /* created, running, paused, exited */
	const char *status; /* "Up 3 minutes", "Exited (0) 5 seconds ago" */
	const char *image, *network;
	struct texts args, labels;
	struct ending ending; /* of one that has exited */
	uint64_t created;     /* seconds since 1970 */
	uint64_t age;         /* seconds since it was created */
};

/* Returns 0 or -ENOMEM, said by fail(). */
int summary_make(struct summary *summary, struct arena *arena, const struct record *record);

#endif
