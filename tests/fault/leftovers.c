/* SPDX-License-Identifier: MIT */
/* What a launch may leave on this machine: mounts, loop devices, cgroups, files. */
#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fault.h"

struct list {
	char *text;
	size_t size, used;
};

static void add(struct list *list, const char *what, const char *which)
{
	int ret = snprintf(list->text + list->used, list->size - list->used, "%s %.200s; ", what,
			   which);

	if (ret > 0 && (size_t)ret < list->size - list->used)
		list->used += (size_t)ret;
}

/* The lines of the file with the word. */
static void find_lines(struct list *list, const char *what, const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	char line[4096];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, word))
			add(list, what, line);
	}
	if (file)
		fclose(file);
}

static void find_paths(struct list *list, const char *what, const char *pattern)
{
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++)
		add(list, what, found.gl_pathv[i]);
	globfree(&found);
}

static void find_loops(struct list *list, const char *tag)
{
	glob_t found;
	size_t i;

	if (glob("/sys/block/loop*/loop/backing_file", 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++)
		find_lines(list, "loop device", found.gl_pathv[i], tag);
	globfree(&found);
}

void leftovers_find(char *text, size_t size, const char *tag, const char *root)
{
	struct list list = { .text = text, .size = size };
	char pattern[512];

	text[0] = '\0';
	find_lines(&list, "mount", "/proc/self/mountinfo", tag);
	find_loops(&list, tag);
	snprintf(pattern, sizeof(pattern), "/sys/fs/cgroup/davit/*%s*", tag);
	find_paths(&list, "cgroup", pattern);
	snprintf(pattern, sizeof(pattern), "/sys/fs/cgroup/*/davit/*%s*", tag);
	find_paths(&list, "cgroup", pattern);
	snprintf(pattern, sizeof(pattern), "%s/*", root);
	find_paths(&list, "file", pattern);
}
