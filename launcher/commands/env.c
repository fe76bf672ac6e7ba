/* SPDX-License-Identifier: MIT */
/* --env, --env-file and --label-file: what the command line names, with the values that davit itself has. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "commands/env.h"
#include "config.h"

enum { ENV_FILE_ROOM = 65536 };

/* NAME alone means: with the value that davit itself has; unset, it is left out. */
static int env_add(struct arena *arena, struct texts *list, const char *entry)
{
	const char *value;

	if (!strchr(entry, '=') && entry[0]) {
		value = getenv(entry);
		if (!value)
			return 0;
		entry = arena_print(arena, "%s=%s", entry, value);
	}
	return entry ? texts_add(arena, list, entry) : -ENOMEM;
}

/* A file of NAME=VALUE or NAME per line. */
struct lines {
	const char *option, *expected;
	int (*add)(struct arena *arena, struct texts *list, const char *entry);
};

static const struct lines env_lines = { "env-file", "NAME=VALUE or the NAME of a variable", env_add };
static const struct lines label_lines = { "label-file", "KEY=VALUE", texts_add };

/* Docker's form: each line is taken as it stands; # begins a comment line. */
static int lines_read(struct arena *arena, struct texts *list, const char *path,
		      const struct lines *lines)
{
	char *text = arena_alloc(arena, ENV_FILE_ROOM), *line, *rest;
	ssize_t got = text ? sys_read_file(text, ENV_FILE_ROOM, AT_FDCWD, path) : -ENOMEM;
	unsigned int number = 0;
	size_t length;

	if (got < 0)
		return fail((int)-got, "--%s %s", lines->option, path);
	if (strlen(text) != (size_t)got)
		return fail(0, "--%s %s: expected text, not a NUL byte", lines->option, path);
	for (rest = text; (line = strsep(&rest, "\n"));) {
		number++;
		line += strspn(line, " \t");
		length = strlen(line);
		if (length && line[length - 1] == '\r')
			line[length - 1] = '\0';
		if (!line[0] || line[0] == '#')
			continue;
		if (line[0] == '=' || strcspn(line, " \t") < strcspn(line, "="))
			return fail(0, "%s:%u: expected %s", path, number, lines->expected);
		if (lines->add(arena, list, line) < 0)
			return fail(ENOMEM, "--%s %s", lines->option, path);
	}
	return 0;
}

/* Files first, so that --env overrides them. */
int env_gather(struct texts *list, struct arena *arena, const struct texts *files,
	       const struct texts *entries)
{
	size_t i;
	int ret = 0;

	if (files->count && !CONFIG_ENV_FILE)
		return fail(0, "--env-file: not in this build (CONFIG_ENV_FILE)");
	for (i = 0; i < files->count && ret == 0; i++)
		ret = lines_read(arena, list, files->items[i], &env_lines);
	if (ret < 0)
		return ret;
	for (i = 0; i < entries->count && ret == 0; i++)
		ret = env_add(arena, list, entries->items[i]);
	return ret < 0 ? fail(-ret, "--env") : 0;
}

/* Files first, so that --label overrides them. */
int label_gather(struct texts *list, struct arena *arena, const struct texts *files,
		 const struct texts *entries)
{
	size_t i;
	int ret = 0;

	if (files->count && !CONFIG_ENV_FILE)
		return fail(0, "--label-file: not in this build (CONFIG_ENV_FILE)");
	for (i = 0; i < files->count && ret == 0; i++)
		ret = lines_read(arena, list, files->items[i], &label_lines);
	for (i = 0; i < entries->count && ret == 0; i++)
		ret = texts_add(arena, list, entries->items[i]) < 0 ? fail(ENOMEM, "--label") : 0;
	return ret;
}
