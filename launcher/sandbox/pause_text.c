/* SPDX-License-Identifier: MIT */
/* Where the freezers are: from the lines of /proc/PID/cgroup and /proc/self/mounts. */
#include <string.h>

#include "sandbox/pause.h"

/* True when NAME is one of the words that commas separate, or when both are empty. */
static bool words_have(const char *words, size_t length, const char *name)
{
	const size_t name_length = strlen(name);
	const char *end = words + length;

	for (;;) {
		const char *comma = memchr(words, ',', (size_t)(end - words));
		size_t span = (size_t)((comma ? comma : end) - words);

		if (span == name_length && strncmp(words, name, span) == 0)
			return true;
		if (!comma)
			return false;
		words = comma + 1;
	}
}

/* "4:memory:/a/b" or "0::/a/b"; cgroups(7). */
const char *pause_cgroup_of(struct arena *arena, const char *text, const char *name)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		const char *words = memchr(text, ':', length);
		const char *path =
			words ? memchr(words + 1, ':', length - (size_t)(words + 1 - text)) : NULL;

		if (path && words_have(words + 1, (size_t)(path - words - 1), name))
			return arena_copy(arena, path + 1, length - (size_t)(path + 1 - text));
		text += length + (text[length] == '\n');
	}
	return NULL;
}

/* The blank-separated field NUMBER of a line, from 0 on. */
static const char *field_of(const char *line, size_t *length, int number)
{
	for (; number >= 0; number--) {
		line += strspn(line, " ");
		*length = strcspn(line, " \n");
		if (number)
			line += *length;
	}
	return line;
}

/* A mount point with an escape in it (a blank, say) is passed over. */
const char *pause_mount_of(struct arena *arena, const char *mounts, const char *name)
{
	const char *wanted = name[0] ? "cgroup" : "cgroup2";

	while (*mounts) {
		size_t target_length, type_length, options_length;
		const char *target = field_of(mounts, &target_length, 1);
		const char *type = field_of(mounts, &type_length, 2);
		const char *options = field_of(mounts, &options_length, 3);

		if (strlen(wanted) == type_length && strncmp(type, wanted, type_length) == 0 &&
		    !memchr(target, '\\', target_length) &&
		    (!name[0] || words_have(options, options_length, name)))
			return arena_copy(arena, target, target_length);
		mounts += strcspn(mounts, "\n");
		mounts += *mounts == '\n';
	}
	return NULL;
}
