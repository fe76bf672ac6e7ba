/* SPDX-License-Identifier: MIT */
/* What a launch may leave on this machine: mounts, loop devices, cgroups, files. */
#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static void find_paths(struct list *list, const char *what, const char *pattern, const char *kept)
{
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		if (!kept || strcmp(strrchr(found.gl_pathv[i], '/') + 1, kept) != 0)
			add(list, what, found.gl_pathv[i]);
	}
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

unsigned int processes_beside(int pid)
{
	char path[64], wanted[64] = "", name[64], line[512];
	unsigned int count = 0;
	struct dirent *entry;
	DIR *list = opendir("/proc");
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	if (readlink(path, wanted, sizeof(wanted) - 1) < 0)
		wanted[0] = '\0';
	while (list && wanted[0] && (entry = readdir(list))) {
		snprintf(path, sizeof(path), "/proc/%.20s/ns/pid", entry->d_name);
		memset(name, 0, sizeof(name));
		if (readlink(path, name, sizeof(name) - 1) < 0 || strcmp(name, wanted) != 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/stat", entry->d_name);
		file = fopen(path, "r");
		/* What has ended, and waits for process 1 to ask, is no process any more. */
		count += file && fgets(line, sizeof(line), file) && !strstr(line, ") Z");
		if (file)
			fclose(file);
	}
	if (list)
		closedir(list);
	return count;
}

void leftovers_find(char *text, size_t size, const char *tag, const char *root, const char *kept)
{
	struct list list = { .text = text, .size = size };
	char pattern[512];

	text[0] = '\0';
	find_lines(&list, "mount", "/proc/self/mountinfo", tag);
	find_loops(&list, tag);
	snprintf(pattern, sizeof(pattern), "/sys/fs/cgroup/davit.*%s*", tag);
	find_paths(&list, "cgroup", pattern, NULL);
	snprintf(pattern, sizeof(pattern), "/sys/fs/cgroup/*/davit.*%s*", tag);
	find_paths(&list, "cgroup", pattern, NULL);
	snprintf(pattern, sizeof(pattern), "%s/*", root);
	find_paths(&list, "file", pattern, kept);
}
