/* SPDX-License-Identifier: MIT */
/* Times and how long ago they were, in Docker's words. */
#ifndef COMMANDS_MOMENT_H
#define COMMANDS_MOMENT_H

#include <stdint.h>

#include "base/arena.h"

enum { MOMENT_SECOND = 1000000000 };

/* The point in time that TEXT names, in nanoseconds since 1970: "10m" or "1h30m" ago, seconds since 1970, or
 * 2026-01-31[T12:00:00[.5]][Z]. NOW is what "ago" counts from. Returns 0 or -EINVAL. Pure. */
int moment_parse(uint64_t *out, const char *text, uint64_t now);
/* Nanoseconds since 1970 as 2026-01-31T12:00:00.123456789Z; from ARENA, or NULL. */
const char *moment_print(struct arena *arena, uint64_t time);
/* Seconds as 2026-01-31 12:00:00 +0000 UTC; from ARENA, or NULL. */
const char *moment_print_date(struct arena *arena, uint64_t seconds);
/* How long SECONDS are: "About a minute", "3 hours"; from ARENA, or NULL. */
const char *moment_print_length(struct arena *arena, uint64_t seconds);
/* What time it is: nanoseconds since 1970; seconds since the machine was started. */
uint64_t moment_now(void);
uint64_t moment_uptime(void);

#endif
