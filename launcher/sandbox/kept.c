/* SPDX-License-Identifier: MIT */
/* The folder of an app: made, locked, removed. What is in it is the app's, and may be anything. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/sys.h"
#include "sandbox/kept.h"
#include "sandbox/state.h"

/* A name that no sandbox has. */
static const char gone[] = ".gone";

/* The directory that PATH is in has it on the disk. */
static int sync_above(const char *path)
{
	char above[PATH_MAX];

	if (snprintf(above, sizeof(above), "%s/..", path) >= (int)sizeof(above))
		return -ENAMETOOLONG;
	return sys_sync_directory(AT_FDCWD, above);
}

/* All directories on the way; the last two, apps and NAME, for root alone. */
static int make_path(const char *path, bool *made)
{
	const char *name = strrchr(path, '/'), *apps = name;
	char part[PATH_MAX];
	const char *end;
	int ret;

	while (apps > path && *--apps != '/')
		;
	for (end = strchr(path + 1, '/');; end = strchr(end + 1, '/')) {
		const size_t length = end ? (size_t)(end - path) : strlen(path);

		if (length >= sizeof(part))
			return -ENAMETOOLONG;
		memcpy(part, path, length);
		part[length] = '\0';
		*made = mkdir(part, path + length > apps ? 0700 : 0755) == 0;
		if (!*made && errno != EEXIST)
			return -errno;
		/* Those two may have been made by a davit that was killed just then. */
		ret = *made || path + length > apps ? sync_above(part) : 0;
		if (ret < 0 || !end)
			return ret;
	}
}

static int check_own(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & (S_IRWXG | S_IRWXO)) ? 0 : -EPERM;
}

static int lock(int fd)
{
	int ret = check_own(fd);

	if (ret < 0)
		return ret;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

int kept_open(const char *path, bool *made)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int ret = 0;

	*made = false;
	if (fd < 0 && errno == ENOENT) {
		ret = make_path(path, made);
		fd = ret < 0 ? ret : open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (ret < 0 || fd < 0)
		return ret < 0 ? ret : -errno;
	ret = lock(fd);
	return ret < 0 ? ret : steal_fd(&fd);
}

static int apps_open(const char *root)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/apps", root) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

bool kept_is_there(const char *root, const char *name)
{
	autoclose int apps = apps_open(root);
	struct stat st;

	/* Not faccessat(2), whose flags are younger than Linux 5.8. */
	return apps >= 0 && name[0] != '.' && !strchr(name, '/') &&
	       fstatat(apps, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool is_directory(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* NAME of DIR becomes a directory of TOP. A removal that was cut off may have left the names that this one begins with. */
static int move_up(int dir, const char *name, int top, unsigned long *counter)
{
	char moved[32];

	do {
		snprintf(moved, sizeof(moved), "%s%lu", gone, (*counter)++);
		if (renameat(dir, name, top, moved) == 0)
			return 0;
	} while (errno == ENOTEMPTY || errno == EEXIST);
	return -errno;
}

/* Remove directory NAME of TOP; the directories in it become TOP's own. */
static int flatten(int top, const char *name, unsigned long *counter)
{
	autoclose int fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct list list = { .error = 0 };
	const char *entry;
	int ret = fd < 0 ? -errno : 0;

	if (ret == 0)
		list_begin(&list, fd);
	while (ret == 0 && (entry = list_next(&list))) {
		if (is_dots(entry))
			continue;
		if (is_directory(fd, entry))
			ret = move_up(fd, entry, top, counter);
		else
			ret = unlinkat(fd, entry, 0) < 0 ? -errno : 0;
	}
	if (ret == 0)
		ret = list.error;
	/* A list may pass over what was moved while it was read: then it is not empty, and its turn comes again. */
	if (ret == 0 && unlinkat(top, name, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY)
		ret = -errno;
	return ret;
}

/* However deep the app nested its directories, this needs three descriptors and no stack. */
static int clear(int top)
{
	unsigned long counter = 0;
	bool found = true;
	int ret = 0;

	while (found && ret == 0) {
		struct list list;
		const char *name;

		found = false;
		list_begin(&list, top);
		while (ret == 0 && (name = list_next(&list))) {
			if (is_dots(name))
				continue;
			found = true;
			if (is_directory(top, name))
				ret = flatten(top, name, &counter);
			else
				ret = unlinkat(top, name, 0) < 0 ? -errno : 0;
		}
		if (ret == 0)
			ret = list.error;
	}
	return ret;
}

int kept_clear(int dir, const char *name)
{
	autoclose int top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const bool other = top < 0 && errno == ENOTDIR;
	int ret = top < 0 && !other ? -errno : other ? 0 : clear(top);

	if (ret == 0 && unlinkat(dir, name, other ? 0 : AT_REMOVEDIR) < 0)
		ret = -errno;
	return ret == -ENOENT ? 0 : ret;
}

/* What was renamed is no app's any more, whatever happens next. */
static int remove_gone(int apps)
{
	return kept_clear(apps, gone);
}

static int remove_at(int apps, const char *name)
{
	autoclose int fd = openat(apps, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int ret = fd < 0 ? -errno : lock(fd);

	/* Only one davit at a time moves something there. */
	if (ret == 0 && flock(apps, LOCK_EX) < 0)
		ret = -errno;
	if (ret == 0)
		ret = remove_gone(apps);
	if (ret == 0 && (renameat(apps, name, apps, gone) < 0 || fsync(apps) < 0))
		ret = -errno;
	return ret == 0 ? remove_gone(apps) : ret;
}

int kept_remove(const char *root, const char *name)
{
	autoclose int apps = apps_open(root);
	int ret = apps < 0 ? apps : remove_at(apps, name);

	return ret < 0 && ret != -ENOENT ? fail(-ret, "remove %s/apps/%s", root, name) : 0;
}

int kept_sweep(const char *root)
{
	autoclose int apps = apps_open(root);
	int ret = apps < 0 ? apps : 0;

	if (ret == 0 && flock(apps, LOCK_EX) < 0)
		ret = -errno;
	if (ret == 0)
		ret = remove_gone(apps);
	return ret < 0 && ret != -ENOENT ? fail(-ret, "remove %s/apps/%s", root, gone) : 0;
}

void kept_unmake(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char apps[PATH_MAX];
	autoclose int fd = -1;

	if (snprintf(apps, sizeof(apps), "%.*s", (int)(name - path), path) >= (int)sizeof(apps))
		return;
	fd = open(apps, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)remove_at(fd, name);
}

void kept_tidy(int dir)
{
	char path[PATH_MAX];
	ssize_t got = readlinkat(dir, STATE_KEPT, path, sizeof(path) - 1);

	if (got <= 0)
		return;
	path[got] = '\0';
	if (path[0] == '/')
		kept_unmake(path);
}
