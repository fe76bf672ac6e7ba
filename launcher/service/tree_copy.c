/* SPDX-License-Identifier: MIT */
/* A copy of a directory as an app left it. What is in it is the app's, and may be anything. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/sys.h"
#include "service/tree_copy.h"

enum { WINDOW = 16384, XATTR_MOST = 65536, ENTRY_SIZE = 4096, BLOCK = 512 };

struct copying {
	int links; /* where a file with several names is found again by the number of its inode */
	int depth;
};

/* One thing, open by O_PATH on both sides. */
struct pair {
	int from, to;
	struct stat st;
};

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int open_path(int dir, const char *name)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* A name by which calls that take no O_PATH descriptor find what it stands for. */
static void path_of(char path[32], int fd)
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

/* --- what is known of a thing --------------------------------------------------------------------------- */

static int copy_attribute(const struct pair *pair, const char *name, char *value)
{
	char from[32], to[32];
	ssize_t got;

	path_of(from, pair->from);
	path_of(to, pair->to);
	got = getxattr(from, name, value, XATTR_MOST);
	return got < 0 || setxattr(to, name, value, (size_t)got, 0) < 0 ? -errno : 0;
}

static int copy_attributes(const struct pair *pair)
{
	struct arena arena = { 0 };
	char path[32], *names = NULL, *value = NULL;
	const char *name;
	ssize_t size;
	int ret = 0;

	path_of(path, pair->from);
	size = listxattr(path, NULL, 0);
	if (size <= 0)
		return size == 0 || errno == ENOTSUP ? 0 : -errno;
	names = arena_alloc(&arena, XATTR_MOST);
	value = arena_alloc(&arena, XATTR_MOST);
	size = names && value ? listxattr(path, names, XATTR_MOST) : -1;
	if (size < 0)
		ret = arena.failed ? -ENOMEM : -errno;
	for (name = names; ret == 0 && name && name < names + size; name += strlen(name) + 1)
		ret = copy_attribute(pair, name, value);
	arena_close(&arena);
	return ret;
}

/* The owner first: changing it takes set-user-id bits and file capabilities away. */
static int copy_facts(const struct pair *pair)
{
	const struct timespec times[] = { pair->st.st_atim, pair->st.st_mtim };
	char path[32];
	int ret;

	path_of(path, pair->to);
	if (fchownat(pair->to, "", pair->st.st_uid, pair->st.st_gid, AT_EMPTY_PATH) < 0)
		return -errno;
	if (!S_ISLNK(pair->st.st_mode) && chmod(path, pair->st.st_mode & 07777) < 0)
		return -errno;
	ret = copy_attributes(pair);
	if (ret < 0)
		return ret;
	return utimensat(AT_FDCWD, path, times, 0) < 0 ? -errno : 0;
}

/* --- files ---------------------------------------------------------------------------------------------- */

static int copy_range(int from, int to, off_t at, off_t end)
{
	char window[WINDOW];

	while (at < end) {
		const off_t left = end - at;
		ssize_t got = pread(from, window, left < WINDOW ? (size_t)left : WINDOW, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		if (pwrite(to, window, (size_t)got, at) != got)
			return errno ? -errno : -ENOSPC;
		at += got;
	}
	return 0;
}

/* Holes stay holes, where the file system tells of them. */
static int copy_data(int from, int to, off_t size)
{
	off_t at = 0;
	int ret = 0;

	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	if (ftruncate(to, size) < 0)
		return -errno;
	while (at < size && ret == 0) {
		off_t data = lseek(from, at, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			break;
		if (data < 0)
			data = at;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		ret = copy_range(from, to, data, hole);
		at = hole;
	}
	return ret;
}

static int copy_file(int dir, int into, const char *name, const struct stat *st)
{
	autoclose int from =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME | O_CLOEXEC);
	autoclose int to =
		openat(into, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat now;

	if (from < 0 || to < 0 || fstat(from, &now) < 0)
		return -errno;
	if (!S_ISREG(now.st_mode) || now.st_ino != st->st_ino)
		return -ESTALE;
	return copy_data(from, to, now.st_size);
}

static int copy_link(int dir, int into, const char *name)
{
	char target[4096];
	ssize_t got = readlinkat(dir, name, target, sizeof(target) - 1);

	if (got < 0)
		return -errno;
	target[got] = '\0';
	return symlinkat(target, into, name) < 0 ? -errno : 0;
}

/* Returns 1 when there it is already, by another of its names. */
static int link_again(const struct copying *copying, int into, const char *name, const struct stat *st)
{
	char number[32];

	if (st->st_nlink < 2)
		return 0;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)st->st_ino);
	if (linkat(copying->links, number, into, name, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

static int link_remember(const struct copying *copying, int into, const char *name,
			 const struct stat *st)
{
	char number[32];

	if (st->st_nlink < 2)
		return 0;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)st->st_ino);
	return linkat(into, name, copying->links, number, 0) < 0 ? -errno : 0;
}

static int copy_plain(const struct copying *copying, int dir, int into, const char *name,
		      const struct stat *st)
{
	struct pair pair = { .st = *st };
	int ret = link_again(copying, into, name, st);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	if (S_ISREG(st->st_mode))
		ret = copy_file(dir, into, name, st);
	else if (S_ISLNK(st->st_mode))
		ret = copy_link(dir, into, name);
	else if (mknodat(into, name, st->st_mode, st->st_rdev) < 0)
		ret = -errno;
	if (ret < 0)
		return ret;
	pair.from = open_path(dir, name);
	pair.to = open_path(into, name);
	ret = pair.from < 0 ? pair.from : pair.to < 0 ? pair.to : copy_facts(&pair);
	fd_close(&pair.from);
	fd_close(&pair.to);
	return ret < 0 ? ret : link_remember(copying, into, name, st);
}

/* --- directories ---------------------------------------------------------------------------------------- */

static int open_directory(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int copy_directory(struct copying *copying, int from, int to);

static int copy_entry(struct copying *copying, int from, int to, const char *name)
{
	autoclose int below = -1, into = -1;
	struct stat st;
	int ret;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return copy_plain(copying, from, to, name, &st);
	if (copying->depth == TREE_DEPTH_MOST)
		return -ELOOP;
	if (mkdirat(to, name, 0700) < 0)
		return -errno;
	below = open_directory(from, name);
	into = open_directory(to, name);
	if (below < 0 || into < 0)
		return below < 0 ? below : into;
	copying->depth++;
	ret = copy_directory(copying, below, into);
	copying->depth--;
	return ret;
}

static int copy_directory(struct copying *copying, int from, int to)
{
	struct pair pair = { .from = from, .to = to };
	struct list list;
	const char *name;
	int ret = fstat(from, &pair.st) < 0 ? -errno : 0;

	list_begin(&list, from);
	while (ret == 0 && (name = list_next(&list))) {
		if (!is_dots(name))
			ret = copy_entry(copying, from, to, name);
	}
	if (ret == 0)
		ret = list.error;
	/* Last, because what is made in it changes its times. */
	return ret == 0 ? copy_facts(&pair) : ret;
}

int tree_copy(int from, int to, int links)
{
	struct copying copying = { .links = links };

	return copy_directory(&copying, from, to);
}

/* --- before ---------------------------------------------------------------------------------------------- */

static int size_add(uint64_t *bytes, int dir, bool cloned, int depth)
{
	struct list list;
	const char *name;
	int ret = depth > TREE_DEPTH_MOST ? -ELOOP : 0;

	list_begin(&list, dir);
	while (ret == 0 && (name = list_next(&list))) {
		autoclose int below = -1;
		struct stat st;

		if (is_dots(name))
			continue;
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		*bytes += ENTRY_SIZE / (st.st_nlink && S_ISREG(st.st_mode) ? st.st_nlink : 1);
		if (S_ISREG(st.st_mode) && !cloned && st.st_nlink)
			*bytes += (uint64_t)st.st_blocks * BLOCK / st.st_nlink;
		if (!S_ISDIR(st.st_mode))
			continue;
		below = open_directory(dir, name);
		ret = below < 0 ? below : size_add(bytes, below, cloned, depth + 1);
	}
	return ret == 0 ? list.error : ret;
}

int tree_copy_size(uint64_t *bytes, int from, bool cloned)
{
	*bytes = 0;
	return size_add(bytes, from, cloned, 0);
}

bool tree_copy_is_cloned(int dir)
{
	static const char one[] = ".clone-1", two[] = ".clone-2";
	autoclose int from =
		openat(dir, one, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	autoclose int to =
		openat(dir, two, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	const bool cloned = from >= 0 && to >= 0 && sys_write_all(from, one, sizeof(one)) == 0 &&
			    ioctl(to, FICLONE, from) == 0;

	(void)unlinkat(dir, one, 0);
	(void)unlinkat(dir, two, 0);
	return cloned;
}
