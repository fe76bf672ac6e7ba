/* SPDX-License-Identifier: MIT */
/* Patterns of COPY and of .dockerignore: Go's filepath.Match, and ** for any number of directories. Pure. */
#ifndef BUILD_PATTERN_H
#define BUILD_PATTERN_H

#include <stdbool.h>

#include "base/arena.h"

/* True when all of PATH matches: * is any number of bytes but slashes, ? is one, [a-c] and [^a-c]
 * are one of those or of the others, \ takes the next as it is, ** is anything. */
bool pattern_match(const char *pattern, const char *path);
/* False when a [ has no ], or nothing follows a \. */
bool pattern_is_valid(const char *pattern);
/* Whether it means more than itself. */
bool pattern_is_wild(const char *pattern);
/* TEXT as a path below a directory, from ARENA: no slash at its ends, no empty part, no ".";
 * the directory itself is "". *outside: its ".." lead out of it. NULL: no memory. */
const char *path_clean(bool *outside, struct arena *arena, const char *text);

#endif
