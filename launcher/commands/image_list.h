/* SPDX-License-Identifier: MIT */
/* Which images davit images shows, and in what words. */
#ifndef COMMANDS_IMAGE_LIST_H
#define COMMANDS_IMAGE_LIST_H

#include <stdbool.h>

#include "commands/listing.h"
#include "store/tags.h"

struct images_options {
	bool all, digests, no_trunc, quiet;
	const char *format;
	struct texts filter;
	const char *name; /* NAME[:TAG], or NULL */
};

struct image_list {
	struct leaves *rows; /* the newest first */
	size_t count;
	int failed; /* the error of one that could not be read, said */
};

/* Those of STORE that OPTIONS ask for. Returns 0 or -errno, said by fail(). */
int image_list_make(struct image_list *list, struct arena *arena, const struct store *store,
		    const struct images_options *options);
/* When TEXT, as a configuration has it, was: nanoseconds since 1970, or 0. */
uint64_t image_time(const char *text);
/* "3 days ago", or "N/A" for 0; from ARENA, or NULL. */
const char *image_since(struct arena *arena, uint64_t time);
/* "0123456789ab" of an id, or all of it when WHOLE; from ARENA, or NULL. */
const char *image_id(struct arena *arena, const char *id, bool whole);

#endif
