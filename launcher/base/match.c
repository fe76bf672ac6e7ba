/* SPDX-License-Identifier: MIT */
/* Paths against patterns, without the tables of all the world's letters that fnmatch(3) brings. */
#include <stddef.h>

#include "base/match.h"

/* Behind the set that begins at *SET, "["; NULL when it does not end. *yes: whether BYTE is in it. */
static const char *set_match(bool *yes, const char *set, unsigned char byte)
{
	const char *at = set + 1;
	const bool others = *at == '!' || *at == '^';
	const char *first = at += others;
	bool found = false;

	while (*at && (*at != ']' || at == first)) {
		const unsigned char low = (unsigned char)at[0];
		const bool range = at[1] == '-' && at[2] && at[2] != ']';
		const unsigned char high = (unsigned char)(range ? at[2] : at[0]);

		found = found || (low <= byte && byte <= high);
		at += range ? 3 : 1;
	}
	*yes = found != others && byte != '/';
	return *at ? at + 1 : NULL;
}

/* Behind the part of PATTERN that stands for one byte, if it stands for BYTE; else NULL. */
static const char *one_match(const char *pattern, char byte)
{
	const char *behind = pattern + 1;
	bool yes = *pattern == byte;

	if (*pattern == '[')
		behind = set_match(&yes, pattern, (unsigned char)byte);
	else if (*pattern == '?')
		yes = byte != '/';
	return *pattern && yes ? behind : NULL;
}

/* What does not match lets the last * take one byte more. An earlier one need not: up to the next
 * slash, the last one can take whatever it could; and a slash is but a slash. */
bool match_path(const char *pattern, const char *path)
{
	const char *star = NULL, *taken = NULL, *next;

	while (*path) {
		next = *pattern == '*' ? NULL : one_match(pattern, *path);
		if (*pattern == '*') {
			star = ++pattern;
			taken = path;
		} else if (next) {
			pattern = next;
			path++;
		} else if (star && *taken != '/') {
			pattern = star;
			path = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool match_is_pattern(const char *pattern)
{
	bool yes;

	while (pattern && *pattern)
		pattern = *pattern == '[' ? set_match(&yes, pattern, 'x') : pattern + 1;
	return pattern != NULL;
}
