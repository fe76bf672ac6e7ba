/* SPDX-License-Identifier: MIT */
/* Judge a store with davit. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../fault/fault.h"
#include "judge.h"

enum { DEPTH = 16 };

static bool davit(char *why, size_t size, char *const *argv, const char *what)
{
	static char said[TEXT_ROOM];
	const int code = plain_run(said, sizeof(said), argv);

	if (code == 0 && !strstr(said, "davit: "))
		return true;
	snprintf(why, size, "%s: exit code %d, %.300s", what, code, said);
	return false;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st;
	(void)kind;
	return place->level > 0 ? remove(path) : 0;
}

static bool runs(char *why, size_t size, struct judge *judge)
{
	char *plan[] = { judge->command[0], "plan", judge->app, NULL };
	char *start[] = { judge->command[0], "start", judge->live, NULL };
	char *look[] = { judge->command[0], "exec", judge->live, "/bin/app", NULL };

	if (judge->live && (!davit(why, size, start, "the app that ran before") ||
			    !davit(why, size, look, "the app that ran before")))
		return false;
	if (!judge->app)
		return true;
	if (!davit(why, size, plan, "the app that ran before"))
		return false;
	if (!judge->program[0] || judge->judged % judge->every)
		return true;
	judge->ran++;
	return davit(why, size, judge->program, "the app that ran before");
}

/* Entries of PATH that begin so. */
static void forget(struct disk *disk, const char *path, const char *start)
{
	const int dir = disk_find(disk, path);
	int i;

	for (i = disk->entry_count - 1; i >= 0 && dir != NOWHERE; i--) {
		if (disk->entries[i].dir == dir &&
		    strncmp(disk->entries[i].name, start, strlen(start)) == 0)
			disk_set(disk, dir, disk->entries[i].name, NOWHERE);
	}
}

/* Without words that are numbers of 9 digits or more: times. */
static const struct content *without_times(const struct content *content)
{
	char *text = strdup((const char *)content->bytes), *at = text;
	const struct content *same;

	while (text && (at = strchr(at, ' '))) {
		const size_t digits = strspn(++at, "0123456789");

		if (digits >= 9 && strchr(" \n", at[digits]))
			memset(at, '0', digits);
	}
	same = text ? content_make(text, strlen(text)) : content;
	free(text);
	return same;
}

/* What may differ after all: times; what was begun of a note, which the next one removes; pieces of downloads. */
static void forget_all(struct disk *disk)
{
	const int dir = disk_find(disk, "store/versions");
	int i;

	forget(disk, "store/versions", ".");
	forget(disk, "store/floors", ".");
	forget(disk, "store", "partial");

	for (i = 0; i < disk->entry_count && dir != NOWHERE; i++) {
		struct file *file = &disk->files[disk->entries[i].file];

		if (disk->entries[i].dir == dir && file->content)
			file->content = without_times(file->content);
	}
}

/* The command once more: done, or it was done already. */
static bool finishes(char *why, size_t size, const struct judge *judge)
{
	char difference[256];
	struct disk disk = { 0 }, new = { 0 };
	bool good;

	good = davit(why, size, judge->command, "the command again");
	disk_read(&disk, judge->top);
	disk_copy(&new, judge->new);
	forget_all(&new);
	forget_all(&disk);
	disk_compare(difference, sizeof(difference), &disk, &new);
	disk_free(&disk);
	disk_free(&new);
	if (!difference[0])
		return true;
	if (good)
		snprintf(why, size, "the command again does not end as without a cut: %.200s",
			 difference);
	return false;
}

void judge_restart(const struct judge *judge)
{
	processes_kill();
	(void)nftw(judge->run, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS);
}

void judge_begin(const struct judge *judge, const struct disk *disk)
{
	judge_restart(judge);
	disk_write(disk, judge->top);
}

bool judge_cut(char *why, size_t size, struct judge *judge, const struct disk *disk, bool ended)
{
	struct disk swept = { 0 };
	bool good;

	judge->judged++;
	if (!judge_store(why, size, judge, disk, ended))
		return false;
	judge_begin(judge, disk);
	if (!davit(why, size, judge->starts, "davit") || !runs(why, size, judge) ||
	    !davit(why, size, judge->sweep, "sweeping"))
		return false;
	disk_read(&swept, judge->top);
	good = judge_clean(why, size, judge, &swept);
	disk_free(&swept);
	return good && finishes(why, size, judge);
}
