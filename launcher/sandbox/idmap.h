/* SPDX-License-Identifier: MIT */
/* Which ids of this machine stand for the ids of a user namespace. */
#ifndef SANDBOX_IDMAP_H
#define SANDBOX_IDMAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The kernel's own limit: user_namespaces(7). */
enum { ID_RANGES_MAX = 340 };

/* No id: -1 means "unchanged" to the system calls. */
#define ID_NONE UINT32_MAX

struct id_range {
	uint32_t inside, outside, count;
};

struct id_map {
	const struct id_range *ranges;
	size_t count; /* 0: no map */
};

/* Read WORDS, each INSIDE:OUTSIDE[:COUNT], given as OPTION. Refused are ids beyond 2^32 - 2, ranges
 * that overlap on either side, id 0 of this machine, and maps without id 0 inside. Returns 0 or
 * -errno, said by fail(). Pure. */
int id_map_parse(struct id_map *map, struct arena *arena, const struct texts *words,
		 const char *option);
/* Read the ranges of USER, a name or a number, in TEXT, the contents of /etc/subuid or /etc/subgid,
 * called FILE: they stand for the ids from 0 on, in their order. Returns 0 or -errno, said by
 * fail(). subuid(5). Pure. */
int id_map_subordinate(struct id_map *map, struct arena *arena, const char *text, const char *user,
		       const char *file);
/* The id of this machine that INSIDE stands for, or ID_NONE. */
uint32_t id_map_outside(const struct id_map *map, uint32_t inside);
/* As /proc/PID/uid_map takes it; from ARENA, or NULL. */
char *id_map_print(struct arena *arena, const struct id_map *map);

#endif
