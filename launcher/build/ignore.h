/* SPDX-License-Identifier: MIT */
/* .dockerignore: what of a build's context is not there for COPY and ADD. Pure. */
#ifndef BUILD_IGNORE_H
#define BUILD_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct ignore_rule {
	const char *pattern;
	bool keep; /* "!": what it matches is there after all */
};

struct ignore {
	struct ignore_rule *rules;
	size_t count;
	bool keeps; /* has a rule that keeps: what is in an ignored directory may be there */
};

/* Read TEXT, ended by NUL; FILE stands in messages. Returns 0, or -errno said by fail(). */
int ignore_parse(struct ignore *out, struct arena *arena, const char *text, const char *file);
/* Whether PATH, clean and below the context, is ignored: by the last rule that matches it or a
 * directory that it is in. */
bool ignore_has(const struct ignore *ignore, const char *path);

#endif
