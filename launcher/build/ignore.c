/* SPDX-License-Identifier: MIT */
/* The rules of .dockerignore, one a line. Source: docs.docker.com, build context, .dockerignore files. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "build/ignore.h"
#include "build/pattern.h"

enum { RULES_MOST = 1024 };

/* TEXT is one line, trimmed. */
static int add_rule(struct ignore *out, struct arena *arena, char *text)
{
	struct ignore_rule *rule = &out->rules[out->count];
	bool outside;

	rule->keep = *text == '!';
	text += rule->keep;
	text += strspn(text, " \t");
	if (!*text)
		return -EINVAL;
	rule->pattern = path_clean(&outside, arena, text);
	if (!rule->pattern)
		return -ENOMEM;
	if (!pattern_is_valid(rule->pattern))
		return -EINVAL;
	/* "." and what lies outside match nothing. */
	if (!*rule->pattern || outside)
		return 0;
	out->keeps = out->keeps || rule->keep;
	out->count++;
	return 0;
}

int ignore_parse(struct ignore *out, struct arena *arena, const char *text, const char *file)
{
	unsigned int line;
	size_t length;
	int ret;

	*out = (struct ignore){ .rules = arena_alloc(arena, RULES_MOST * sizeof(*out->rules)) };
	if (!out->rules)
		return fail(ENOMEM, "%s", file);
	for (line = 1; *text; text += length + (text[length] == '\n'), line++) {
		char *copy, *end;

		length = strcspn(text, "\n");
		copy = arena_copy(arena, text, length);
		if (!copy)
			return fail(ENOMEM, "%s", file);
		if (*copy == '#')
			continue;
		copy += strspn(copy, " \t\r");
		for (end = copy + strlen(copy); end > copy && strchr(" \t\r", end[-1]); end--)
			end[-1] = '\0';
		if (!*copy)
			continue;
		if (out->count == RULES_MOST)
			return fail(0, "%s:%u: more than %d patterns", file, line, RULES_MOST);
		ret = add_rule(out, arena, copy);
		if (ret == -ENOMEM)
			return fail(ENOMEM, "%s", file);
		if (ret < 0)
			return fail(0,
				    "%s:%u: not a pattern (a [ without its ], or nothing behind ! or \\)",
				    file, line);
	}
	return 0;
}

/* Whether the pattern matches PATH, or a directory above it. */
static bool covers(const char *pattern, const char *path)
{
	char part[PATH_MAX];
	size_t length = strlen(path), i;

	if (length >= sizeof(part))
		return false;
	if (pattern_match(pattern, path))
		return true;
	memcpy(part, path, length + 1);
	for (i = length; i-- > 0;) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		if (pattern_match(pattern, part))
			return true;
	}
	return false;
}

bool ignore_has(const struct ignore *ignore, const char *path)
{
	bool ignored = false;
	size_t i;

	for (i = 0; i < ignore->count; i++) {
		const struct ignore_rule *rule = &ignore->rules[i];

		if (rule->keep == ignored && covers(rule->pattern, path))
			ignored = !rule->keep;
	}
	return ignored;
}
