/* SPDX-License-Identifier: MIT */
/* Tries, from inside a sandbox, to get hold of the file of a program that is not the sandbox's own,
 * and to change it in every way that the kernel knows: grab PATH | grab --watch SECONDS. Each way
 * that works is a line; "tried" is the last. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define MISSING (~0ULL)

enum {
	SYS_OPEN_TREE = 428,
	SYS_MOUNT_SETATTR = 442,
	CLONE_TREE = 1,
	HELD_MAX = 64,
	KNOWN_MAX = 64,
	DESCRIPTORS = 16,
	NAME_SIZE = 64
};

struct mount_attributes {
	uint64_t set, clear, propagation, user_namespace;
};

/* Handles that were got while the program ran, to be tried once more after its end. */
static int held[HELD_MAX];
static int held_count;

static void got(const char *how, const char *path)
{
	printf("grabbed %s by %s\n", path, how);
	fflush(stdout);
}

static void check(bool success, const char *how, const char *path)
{
	if (success)
		got(how, path);
}

static void try_open(const char *path)
{
	static const struct {
		int flags;
		const char *how;
	} ways[] = {
		{ O_WRONLY, "opening it to write" },
		{ O_RDWR, "opening it to read and write" },
		{ O_WRONLY | O_APPEND, "opening it to append" },
		{ O_WRONLY | O_TRUNC, "truncating it" },
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int fd = open(path, ways[i].flags | O_NONBLOCK);

		check(fd >= 0, ways[i].how, path);
		if (fd >= 0)
			close(fd);
	}
}

static void try_names(const char *path)
{
	const struct timeval times[2] = { { 0, 0 }, { 0, 0 } };

	check(chmod(path, 04777) == 0, "chmod", path);
	check(chown(path, 1, 1) == 0, "chown", path);
	check(truncate(path, 0) == 0, "truncate", path);
	check(utimes(path, times) == 0, "utimes", path);
	check(setxattr(path, "security.capability", "", 0, 0) == 0, "setxattr", path);
	check(setxattr(path, "trusted.davit", "x", 1, 0) == 0, "setxattr of trusted", path);
	check(linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/linked", AT_SYMLINK_FOLLOW) == 0, "linkat",
	      path);
}

/* The file as FD, which may be O_PATH: through /proc, and its mount. */
static void try_handle(int fd, const char *path)
{
	struct mount_attributes writable = { .clear = 1 };
	char name[NAME_SIZE];
	long clone;
	int flags = 0;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	try_open(name);
	try_names(name);
	check(mount(NULL, name, NULL, MS_REMOUNT | MS_BIND, NULL) == 0, "mounting it again", path);
	check(mount(NULL, name, NULL, MS_REMOUNT, NULL) == 0, "mounting its file system again", path);
	check(syscall(SYS_MOUNT_SETATTR, fd, "", AT_EMPTY_PATH, &writable, sizeof(writable)) == 0,
	      "mount_setattr", path);
	check(linkat(fd, "", AT_FDCWD, "/tmp/linked-too", AT_EMPTY_PATH) == 0,
	      "linkat by descriptor", path);
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0)
		check(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0, "its flags", path);
	check(fchmod(fd, 04777) == 0, "fchmod", path);
	check(fallocate(fd, 0, 0, 1) == 0, "fallocate", path);
	check(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED, "a shared mapping",
	      path);
	clone = syscall(SYS_OPEN_TREE, fd, "", CLONE_TREE | AT_EMPTY_PATH);
	if (clone < 0)
		return;
	(void)syscall(SYS_MOUNT_SETATTR, (int)clone, "", AT_EMPTY_PATH, &writable, sizeof(writable));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", (int)clone);
	try_open(name);
	close((int)clone);
	/* A bind of it in the sandbox's own tree, which may be mounted again. */
	close(open("/tmp/place", O_CREAT | O_WRONLY, 0600));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (mount(name, "/tmp/place", NULL, MS_BIND, NULL) == 0) {
		(void)mount(NULL, "/tmp/place", NULL, MS_REMOUNT | MS_BIND, NULL);
		try_open("/tmp/place");
		(void)umount2("/tmp/place", MNT_DETACH);
	}
}

static void try_path(const char *path)
{
	static const int flags[] = { O_PATH, O_RDONLY | O_NONBLOCK };
	size_t i;

	try_open(path);
	try_names(path);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		int fd = open(path, flags[i]);

		if (fd < 0)
			continue;
		try_handle(fd, path);
		if (held_count < HELD_MAX)
			held[held_count++] = fd;
		else
			close(fd);
	}
}

/* All programs of the sandbox are in /bin. */
static struct stat known[KNOWN_MAX];
static size_t known_count;

static void learn_programs(void)
{
	DIR *list = opendir("/bin");
	struct dirent *entry;
	char path[300];

	while (list && (entry = readdir(list)) && known_count < KNOWN_MAX) {
		snprintf(path, sizeof(path), "/bin/%s", entry->d_name);
		if (stat(path, &known[known_count]) == 0)
			known_count++;
	}
	if (list)
		closedir(list);
}

static bool is_foreign(int file)
{
	struct stat st;
	size_t i;

	if (fstat(file, &st) < 0)
		return false;
	for (i = 0; i < known_count; i++) {
		if (st.st_dev == known[i].st_dev && st.st_ino == known[i].st_ino)
			return false;
	}
	return true;
}

/* The number in base BASE behind NAME in the status of process PID, or MISSING. */
static unsigned long long status_of(int pid, const char *name, int base)
{
	char path[NAME_SIZE], text[4096];
	const char *at = NULL;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (length > 0) {
		text[length] = '\0';
		at = strstr(text, name);
	}
	return at ? strtoull(at + strlen(name), NULL, base) : MISSING;
}

/* A process that may do more than we may. */
static void try_rights(int pid)
{
	static const char *const sets[] = { "\nCapPrm:", "\nCapEff:", "\nCapBnd:" };
	const unsigned long long mine = status_of(getpid(), "\nCapBnd:", 16);
	char path[NAME_SIZE];
	size_t i;

	snprintf(path, sizeof(path), "process %d", pid);
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		const unsigned long long theirs = status_of(pid, sets[i], 16);

		check(theirs != MISSING && (theirs & ~mine) != 0, "more capabilities", path);
	}
	check(status_of(pid, "\nNoNewPrivs:", 10) == 0, "new privileges", path);
	check(status_of(pid, "\nSeccomp:", 10) == 0, "no filter", path);
}

/* A process that is on its way in: its program, its memory, its descriptors, its directories. */
static void try_process(int pid)
{
	char path[NAME_SIZE];
	int fd, file;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	file = open(path, O_PATH);
	if (file < 0 || !is_foreign(file)) {
		if (file >= 0)
			close(file);
		return;
	}
	printf("saw the program of process %d\n", pid);
	try_rights(pid);
	for (fd = 3; fd < DESCRIPTORS; fd++) {
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		check(lstat(path, &st) == 0, "a descriptor of it", path);
	}
	try_handle(file, path);
	if (held_count < HELD_MAX)
		held[held_count++] = file;
	else
		close(file);
}

static void watch(int seconds)
{
	const time_t end = time(NULL) + seconds;
	int i;

	learn_programs();
	puts("watching");
	fflush(stdout);
	while (time(NULL) < end) {
		DIR *list = opendir("/proc");
		struct dirent *entry;

		while (list && (entry = readdir(list))) {
			int pid = atoi(entry->d_name);

			if (pid > 0 && pid != getpid())
				try_process(pid);
		}
		if (list)
			closedir(list);
	}
	for (i = 0; i < held_count; i++)
		try_handle(held[i], "what was held");
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--watch") == 0)
		watch(atoi(argv[2]));
	else if (argc == 2)
		try_path(argv[1]);
	else
		return 2;
	puts("tried");
	return 0;
}
