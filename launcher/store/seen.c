/* SPDX-License-Identifier: MIT */
/* Find names by a hash; the slots are at most half full. */
#include <stdlib.h>
#include <string.h>

#include "store/seen.h"

static uint64_t hash_of(const unsigned char *key, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
	size_t i;

	for (i = 0; i < length; i++)
		hash = (hash ^ key[i]) * 0x100000001b3;
	return hash ^ hash >> 29;
}

/* Where KEY is, or the free slot where it belongs. */
static struct name **slot_of(const struct seen *seen, const void *key, size_t length, uint64_t hash)
{
	size_t i = hash & (seen->room - 1);

	while (seen->slots[i] && (seen->slots[i]->hash != hash || seen->slots[i]->length != length ||
				  memcmp(seen->slots[i]->key, key, length) != 0))
		i = (i + 1) & (seen->room - 1);
	return &seen->slots[i];
}

/* Twice the room; what it was before stays in the arena, which is as much again in all. */
static int grow(struct seen *seen)
{
	struct seen more = *seen;
	size_t i;

	more.room = seen->room ? 2 * seen->room : 256;
	more.slots = arena_alloc(seen->arena, more.room * sizeof(struct name *));
	more.all = arena_alloc(seen->arena, more.room / 2 * sizeof(struct name *));
	if (!more.slots || !more.all)
		return -1;
	for (i = 0; i < seen->count; i++) {
		struct name *name = seen->all[i];

		more.all[i] = name;
		*slot_of(&more, name->key, name->length, name->hash) = name;
	}
	*seen = more;
	return 0;
}

struct name *seen_find(const struct seen *seen, const void *key, size_t length)
{
	return seen->room ? *slot_of(seen, key, length, hash_of(key, length)) : NULL;
}

struct name *seen_get(struct seen *seen, const void *key, size_t length)
{
	const uint64_t hash = hash_of(key, length);
	struct name *name = seen_find(seen, key, length);

	if (name)
		return name;
	if (seen->count == seen->room / 2 && grow(seen) < 0)
		return NULL;
	name = arena_alloc(seen->arena, sizeof(*name));
	if (!name)
		return NULL;
	*name = (struct name){ .key = arena_copy(seen->arena, key, length),
			       .length = length,
			       .hash = hash };
	if (!name->key)
		return NULL;
	*slot_of(seen, key, length, hash) = name;
	seen->all[seen->count++] = name;
	return name;
}

static int compare(const void *a, const void *b)
{
	const struct name *one = *(struct name *const *)a, *other = *(struct name *const *)b;

	return strcmp(one->key, other->key);
}

void seen_sort(struct seen *seen)
{
	if (seen->count > 1)
		qsort(seen->all, seen->count, sizeof(struct name *), compare);
}
