/* SPDX-License-Identifier: MIT */
/* Matches paths, in a number of steps that is bounded. */
#include <string.h>

#include "build/pattern.h"

/* Enough for any pattern that somebody has written for people to read. */
enum { FUEL = 1 << 18 };

static bool match(const char *pattern, const char *path, unsigned int *fuel);

/* One byte of a set, PATTERN being behind its [. Returns what follows the set, or NULL. */
static const char *match_set(const char *pattern, unsigned char byte, bool *found)
{
	const bool negated = *pattern == '^' || *pattern == '!';
	bool in = false;

	pattern += negated;
	do {
		unsigned char low, high;

		pattern += *pattern == '\\' && pattern[1];
		low = high = (unsigned char)*pattern;
		if (!low)
			return NULL;
		pattern++;
		if (*pattern == '-' && pattern[1] && pattern[1] != ']') {
			pattern++;
			pattern += *pattern == '\\' && pattern[1];
			high = (unsigned char)*pattern++;
		}
		in = in || (byte >= low && byte <= high);
	} while (*pattern && *pattern != ']');
	*found = in != negated;
	return *pattern ? pattern + 1 : NULL;
}

/* Behind "**": any number of directories, or, with nothing behind it, anything. */
static bool match_deep(const char *pattern, const char *path, unsigned int *fuel)
{
	const bool whole = *pattern == '/';

	pattern += whole;
	if (!*pattern && !whole)
		return true;
	for (;; path++) {
		if (match(pattern, path, fuel))
			return true;
		if (whole)
			path = strchr(path, '/');
		if (!path || !*path)
			return false;
	}
}

static bool match_any(const char *pattern, const char *path, unsigned int *fuel)
{
	for (;; path++) {
		if (match(pattern, path, fuel))
			return true;
		if (!*path || *path == '/')
			return false;
	}
}

/* What of PATTERN follows the part that is BYTE, or NULL when it is not. */
static const char *match_one(const char *pattern, char byte)
{
	bool found = true;

	if (*pattern == '[') {
		pattern = match_set(pattern + 1, (unsigned char)byte, &found);
		return found && byte != '/' ? pattern : NULL;
	}
	if (*pattern == '?')
		return byte != '/' ? pattern + 1 : NULL;
	pattern += *pattern == '\\' && pattern[1];
	return *pattern == byte ? pattern + 1 : NULL;
}

static bool match(const char *pattern, const char *path, unsigned int *fuel)
{
	for (; *pattern; path++) {
		if (*fuel == 0)
			return false;
		(*fuel)--;
		if (pattern[0] == '*' && pattern[1] == '*')
			return match_deep(pattern + 2, path, fuel);
		if (*pattern == '*')
			return match_any(pattern + 1, path, fuel);
		pattern = *path ? match_one(pattern, *path) : NULL;
		if (!pattern)
			return false;
	}
	return !*path;
}

bool pattern_match(const char *pattern, const char *path)
{
	unsigned int fuel = FUEL;

	return match(pattern, path, &fuel);
}

bool pattern_is_valid(const char *pattern)
{
	bool found;

	while (*pattern) {
		if (*pattern == '[') {
			pattern = match_set(pattern + 1, 'a', &found);
			if (!pattern)
				return false;
		} else if (*pattern == '\\') {
			if (!pattern[1])
				return false;
			pattern += 2;
		} else {
			pattern++;
		}
	}
	return true;
}

bool pattern_is_wild(const char *pattern)
{
	return pattern[strcspn(pattern, "*?[\\")] != '\0';
}

const char *path_clean(bool *outside, struct arena *arena, const char *text)
{
	char *path = arena_alloc(arena, strlen(text) + 2), *end = path;
	size_t length;

	*outside = false;
	for (; path && *text; text += length) {
		text += strspn(text, "/");
		length = strcspn(text, "/");
		if (!length || (length == 1 && text[0] == '.'))
			continue;
		if (length == 2 && text[0] == '.' && text[1] == '.') {
			*outside = *outside || end == path;
			while (end > path && *--end != '/')
				;
			*end = '\0';
			continue;
		}
		if (end > path)
			*end++ = '/';
		memcpy(end, text, length);
		end += length;
		*end = '\0';
	}
	return path;
}
