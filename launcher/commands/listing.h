/* SPDX-License-Identifier: MIT */
/* Lists in Docker's columns, or by --format. */
#ifndef COMMANDS_LISTING_H
#define COMMANDS_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "commands/template.h"

struct listing {
	const char *verb; /* for messages */
	/* Field and title of each column that there may be; ends with NULL. */
	const char *const (*titles)[2];
	const struct leaves *rows;
	size_t count;
};

/* LISTING by FORMAT, one line for each row; "table …" has titles above. From ARENA; NULL after fail(). */
const char *listing_print(struct arena *arena, const struct listing *listing, const char *format);
/* Bytes in Docker's words: 1.23MB; as BINARY 1.173MiB. From ARENA, or NULL. */
const char *listing_size(struct arena *arena, uint64_t bytes, bool binary);

#endif
