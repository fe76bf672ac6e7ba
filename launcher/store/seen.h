/* SPDX-License-Identifier: MIT */
/* What was seen before: keys of bytes, each with something that is known of it. */
#ifndef STORE_SEEN_H
#define STORE_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct name {
	const char *key; /* ended by NUL */
	size_t length;
	uint64_t hash;
	void *value; /* the caller's; NULL at first */
};

/* Zero-initialise; lives in its arena. all is in the order of arrival. */
struct seen {
	struct arena *arena;
	struct name **all, **slots;
	size_t count, room;
};

/* The entry of KEY, or NULL. */
struct name *seen_find(const struct seen *seen, const void *key, size_t length);
/* The same, made when it is missing; the key is copied. NULL when there is no memory. */
struct name *seen_get(struct seen *seen, const void *key, size_t length);
/* Put all into the order of their keys, byte by byte. */
void seen_sort(struct seen *seen);

#endif
