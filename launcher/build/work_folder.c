/* SPDX-License-Identifier: MIT */
/* ROOT/build/PID: what a build's steps write, gone at its end, or when another build finds it dead. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "build/builder.h"
#include "sandbox/kept.h"

void work_folder_remove(const char *path)
{
	autoclose int dir = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char inner[PATH_MAX];
	unsigned int number;

	/* Folders are numbered, and gone one after the other: a killed build left the last few. */
	for (number = 1; dir >= 0 && number < INSTRUCTIONS_MOST; number++) {
		snprintf(inner, sizeof(inner), "%s/%u", path, number);
		if (access(inner, F_OK) == 0)
			kept_unmake(inner);
	}
	(void)rmdir(path);
}

/* What builds left behind that were killed. */
static void tidy(const char *root, struct arena *arena)
{
	const char *path = arena_print(arena, "%s/build", root);
	autoclose int dir = path ? openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct list list;
	const char *name;

	if (dir < 0)
		return;
	list_begin(&list, dir);
	while ((name = list_next(&list))) {
		uint64_t pid;

		if (text_number(&pid, name, INT32_MAX) == 0 && pid && kill((pid_t)pid, 0) < 0 &&
		    errno == ESRCH)
			work_folder_remove(arena_print(arena, "%s/%s", path, name));
	}
}

int work_folder_make(struct builder *b)
{
	char *root = realpath(b->store->root, NULL);

	if (!root)
		return fail(errno, "%s", b->store->root);
	tidy(root, b->arena);
	b->work = arena_print(b->arena, "%s/build/%d", root, (int)getpid());
	free(root);
	return b->work ? 0 : fail(ENOMEM, "build");
}
