/* SPDX-License-Identifier: MIT */
/* For test_tree.c: a tree full of links that lead astray, with something outside of it that must not be found. */
#ifndef HOSTILE_TREE_H
#define HOSTILE_TREE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/tree.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { READ = O_RDONLY | O_NONBLOCK, NOFOLLOW = O_PATH | O_NOFOLLOW, CHAIN = 41 };

/* The folder with "root" and "outside", and descriptors of both. */
static char scratch[] = "/tmp/test_tree.XXXXXX";
static int root = -1, outside = -1;

typedef int tree_opener(int root, const char *path, int flags);

/* --- helpers --- */

static void make_file(int at, const char *path, const char *text)
{
	int fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Opens, compares with what the plain path REAL inside root is (or an errno), closes. */
static void expect(tree_opener *opener, const char *path, int flags, const char *real, int error)
{
	struct stat got, want;
	int fd = opener(root, path, flags);

	if (error) {
		if (fd != -error)
			fail_msg("%.80s, flags %#o: %d, not %d", path, flags, fd, -error);
		return;
	}
	if (fd < 0)
		fail_msg("%.80s, flags %#o: %d", path, flags, fd);
	assert_int_equal(fstat(fd, &got), 0);
	assert_int_equal(fstatat(root, real, &want, AT_SYMLINK_NOFOLLOW), 0);
	if (got.st_ino != want.st_ino || got.st_dev != want.st_dev)
		fail_msg("%.80s, flags %#o: is not %s", path, flags, real);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

static void expect_both(const char *path, int flags, const char *real, int error)
{
	expect(tree_open, path, flags, real, error);
	expect(tree_open_walk, path, flags, real, error);
}

/* What a call returned that is a descriptor to be closed. */
static void expect_fd(int fd)
{
	if (fd < 0)
		fail_msg("%d", fd);
	close(fd);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode;
}

/* --- the tree --- */

static const struct {
	const char *name, *target;
} links[] = {
	{ "absolute", "/dir/file" },
	{ "relative", "dir/file" },
	{ "to_dir", "/dir" },
	{ "slash", "dir/" },
	{ "file_slash", "file/" },
	{ "up", "../../../../dir/file" },
	{ "out", "../outside/secret" },
	{ "top", ".." },
	{ "self", "." },
	{ "real_root", "/" },
	{ "many", "//dir///.//sub/..//file" },
	{ "loop", "loop" },
	{ "ping", "pong" },
	{ "pong", "/ping" },
	{ "to_fifo", "fifo" },
	{ "dangling", "nowhere/at/all" },
	{ "dir/back", "../dir" },
	{ "dir/sub/up", "../../file" },
	{ "dir/sub/home", "/file" },
};

static int setup(void **state)
{
	char path[64], name[16], before[16];
	size_t i;

	(void)state;
	umask(0);
	if (!mkdtemp(scratch))
		return -1;
	snprintf(path, sizeof(path), "%s/root", scratch);
	mkdir(path, 0755);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/outside", scratch);
	mkdir(path, 0755);
	outside = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	make_file(outside, "secret", "secret");
	mkdirat(root, "dir", 0755);
	mkdirat(root, "dir/sub", 0755);
	make_file(root, "file", "file");
	make_file(root, "dir/file", "inside");
	mknodat(root, "fifo", S_IFIFO | 0644, 0);
	for (i = 0; i < COUNT(links); i++)
		assert_int_equal(symlinkat(links[i].target, root, links[i].name), 0);
	snprintf(path, sizeof(path), "%s/outside/secret", scratch);
	assert_int_equal(symlinkat(path, root, "absolute_out"), 0);
	assert_int_equal(symlinkat("file", root, "chain1"), 0);
	for (i = 2; i <= CHAIN; i++) {
		snprintf(name, sizeof(name), "chain%zu", i);
		snprintf(before, sizeof(before), "chain%zu", i - 1);
		assert_int_equal(symlinkat(before, root, name), 0);
	}
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	close(root);
	close(outside);
	snprintf(command, sizeof(command), "rm -r %s", scratch);
	return system(command);
}

/* After whatever was done in root. */
static void outside_is_unchanged(void)
{
	char path[64];
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/outside", scratch);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count++;
	closedir(dir);
	assert_int_equal(count, 3);
	dir = opendir(scratch);
	assert_non_null(dir);
	for (count = 0; (entry = readdir(dir)); count++)
		;
	closedir(dir);
	assert_int_equal(count, 4);
}

#endif
