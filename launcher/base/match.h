/* SPDX-License-Identifier: MIT */
/* Paths against patterns, without the tables of all the world's letters that fnmatch(3) brings. */
#ifndef BASE_MATCH_H
#define BASE_MATCH_H

#include <stdbool.h>

/* True when all of PATH matches PATTERN: * stands for any number of bytes, ? for one, [a-c] and
 * [!a-c] for one of those or of the others; none of them for a slash. No other byte is special. */
bool match_path(const char *pattern, const char *path);
/* False when a [ in PATTERN has no ]. */
bool match_is_pattern(const char *pattern);

#endif
