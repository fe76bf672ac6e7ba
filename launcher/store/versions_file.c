/* SPDX-License-Identifier: MIT */
/* The versions of an app in their file: read, put in place in one step, one davit at a time. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/list.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "store/versions.h"

/* Files that no app is called like. */
#define NEW_PREFIX ".new-"
#define LOCK_PREFIX ".lock-"

enum { FILE_NAME_SIZE = 80 };

/* The directory, made if MAKE. Returns a descriptor or -errno. */
static int folder_open(const char *root, bool make)
{
	autoclose int top = openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (make && top < 0 && errno == ENOENT && mkdir(root, 0755) == 0)
		top = openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return -errno;
	if (make && mkdirat(top, "versions", 0700) == 0 && fsync(top) < 0)
		return -errno;
	fd = openat(top, "versions", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int versions_read(struct versions *out, struct arena *arena, const char *root, const char *name)
{
	autoclose int dir = folder_open(root, false);
	const char *path = arena_print(arena, "%s/versions/%s", root, name);
	char *text = arena_alloc(arena, VERSIONS_MOST);
	ssize_t got = dir;
	int ret;

	*out = (struct versions){ .name = name };
	if (!path || !text)
		return fail(ENOMEM, "%s", name);
	if (!text_is_name(name))
		return fail(0, "%s: expected the name of an app", name);
	if (dir >= 0)
		got = sys_read_file(text, VERSIONS_MOST, dir, name);
	if (got == -ENOENT)
		return 0;
	if (got < 0)
		return fail((int)-got, "read %s", path);
	if (strlen(text) != (size_t)got)
		return fail(0, "%s: expected text, not a NUL byte", path);
	ret = versions_parse(out, arena, path, text);
	out->name = name;
	return ret;
}

/* The old file stays what it is until the new one is complete on the flash. */
static int replace(int dir, const char *name, const char *text)
{
	char made[FILE_NAME_SIZE];
	autoclose int fd = -1;
	int ret;

	snprintf(made, sizeof(made), NEW_PREFIX "%s", name);
	/* After a power cut it may be a second name of the file, where renaming is two changes (jffs2). */
	(void)unlinkat(dir, made, 0);
	fd = openat(dir, made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	ret = sys_write_all(fd, text, strlen(text));
	if (ret == 0 && (fsync(fd) < 0 || renameat(dir, made, dir, name) < 0))
		ret = -errno;
	if (ret < 0)
		(void)unlinkat(dir, made, 0);
	return ret == 0 && fsync(dir) < 0 ? -errno : ret;
}

int versions_write(const struct versions *versions, const char *root)
{
	struct arena arena = { 0 };
	autoclose int dir = folder_open(root, true);
	const char *text = versions_print(&arena, versions);
	struct versions again;
	int ret = dir < 0 ? dir : -ENOMEM;

	/* What could not be read again would be the end of it, and of all sweeps. */
	if (dir >= 0 && text)
		ret = versions_parse(&again, &arena, versions->name, text);
	if (ret == 0)
		ret = strlen(text) < VERSIONS_MOST ? replace(dir, versions->name, text) : -EFBIG;
	arena_close(&arena);
	return ret < 0 ? fail(-ret, "write %s/versions/%s", root, versions->name) : 0;
}

int versions_remove(const char *root, const char *name)
{
	autoclose int dir = folder_open(root, false);
	char lock[FILE_NAME_SIZE];
	int ret = dir < 0 ? dir : 0;

	if (ret == -ENOENT || !text_is_name(name))
		return 0;
	if (ret == 0 && unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		ret = -errno;
	snprintf(lock, sizeof(lock), LOCK_PREFIX "%s", name);
	if (ret == 0)
		(void)unlinkat(dir, lock, 0);
	if (ret == 0 && fsync(dir) < 0)
		ret = -errno;
	return ret < 0 ? fail(-ret, "remove %s/versions/%s", root, name) : 0;
}

int versions_list(struct texts *names, struct arena *arena, const char *root)
{
	autoclose int dir = folder_open(root, false);
	struct list list;
	const char *name;

	*names = (struct texts){ 0 };
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return fail(-dir, "%s/versions", root);
	list_begin(&list, dir);
	while ((name = list_next(&list))) {
		if (!text_is_name(name))
			continue;
		name = arena_copy(arena, name, strlen(name));
		if (!name || texts_add(arena, names, name) < 0)
			return fail(ENOMEM, "%s/versions", root);
	}
	return list.error ? fail(-list.error, "%s/versions", root) : 0;
}

/* The kernel tells who has it; 0: nobody. */
static pid_t holder(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

static int fail_busy(pid_t pid, const char *name)
{
	fail(0,
	     "%s: another davit, process %d, is bringing up a version of it (kill -INT %d calls that off)",
	     name, (int)pid, (int)pid);
	return -EAGAIN;
}

int versions_check(const char *root, const char *name)
{
	autoclose int dir = folder_open(root, false);
	autoclose int fd = -1;
	char file[FILE_NAME_SIZE];
	pid_t pid;

	if (dir < 0)
		return 0;
	snprintf(file, sizeof(file), LOCK_PREFIX "%s", name);
	fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	pid = fd < 0 ? 0 : holder(fd);
	return pid ? fail_busy(pid, name) : 0;
}

/* That nobody removed the file meanwhile. Returns 1, 0 or -errno. */
static int is_current(int dir, const char *file, int fd)
{
	struct stat here, there;

	if (fstat(fd, &here) < 0)
		return -errno;
	if (fstatat(dir, file, &there, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return here.st_ino == there.st_ino;
}

/* Not flock(2): a sandbox's davit, which is a child of this one and stays, would have it too. */
enum manner { TRY, REFUSE, WAIT };

static int lock_app(const char *root, const char *name, enum manner manner)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	autoclose int dir = folder_open(root, true);
	char file[FILE_NAME_SIZE];

	if (dir < 0)
		return fail(-dir, "%s/versions", root);
	if (!text_is_name(name))
		return fail(0, "%s: expected the name of an app", name);
	snprintf(file, sizeof(file), LOCK_PREFIX "%s", name);
	for (;;) {
		autoclose int fd = openat(dir, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		int ret;

		if (fd < 0)
			return fail(errno, "%s/versions/%s", root, file);
		do {
			ret = fcntl(fd, manner == WAIT ? F_SETLKW : F_SETLK, &lock);
		} while (ret < 0 && errno == EINTR);
		if (ret < 0 && (errno == EAGAIN || errno == EACCES))
			return manner == TRY ? -EAGAIN : fail_busy(holder(fd), name);
		if (ret < 0)
			return fail(errno, "lock %s/versions/%s", root, file);
		ret = is_current(dir, file, fd);
		if (ret < 0)
			return fail(-ret, "%s/versions/%s", root, file);
		if (ret)
			return steal_fd(&fd);
	}
}

int versions_lock(const char *root, const char *name, bool wait)
{
	return lock_app(root, name, wait ? WAIT : REFUSE);
}

int versions_try(const char *root, const char *name)
{
	return lock_app(root, name, TRY);
}
