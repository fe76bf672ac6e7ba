/* SPDX-License-Identifier: MIT */
/* Keep the run directory true: one locked directory per live sandbox, leftovers ended and removed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "base/list.h"
#include "base/sys.h"
#include "base/text.h"
#include "config.h"
#include "sandbox/pause.h"
#include "sandbox/process.h"
#include "sandbox/state.h"

/* Nanoseconds; each pause is twice as long as the one before it, together a second. */
enum { WAIT_FIRST = 50000, WAIT_MOST = 5000000, WAIT_STEPS = 206, TRIES = 3, KILL_AT = 8 };

/* The directory itself is made for davit alone, what is above it for all. */
static int make_path(const char *path)
{
	char part[PATH_MAX];
	size_t i;

	for (i = 0; path[i]; i++) {
		const bool last = path[i + 1 + strspn(path + i + 1, "/")] == '\0';

		if (i >= sizeof(part) - 1)
			return -ENAMETOOLONG;
		part[i] = path[i];
		part[i + 1] = '\0';
		if (i == 0 || path[i] == '/' || (path[i + 1] != '/' && path[i + 1]))
			continue;
		if (mkdir(part, last ? 0700 : 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* Whoever else may write there could make davit kill or mount what is theirs to choose; whoever may
 * open it could lock it for ever. */
static int check_own(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & (S_IRWXG | S_IRWXO)) ? 0 : -EPERM;
}

static int lock_fd(int fd)
{
	while (flock(fd, LOCK_EX) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int state_open(const char *run_root)
{
	autoclose int fd = openat(AT_FDCWD, run_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = check_own(fd);
	return ret < 0 ? ret : steal_fd(&fd);
}

int state_try_lock(const char *run_root)
{
	autoclose int fd = state_open(run_root);

	if (fd < 0)
		return fd;
	return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : steal_fd(&fd);
}

int state_lock(const char *run_root)
{
	autoclose int fd = state_open(run_root);
	int ret;

	if (fd == -ENOENT) {
		ret = make_path(run_root);
		if (ret < 0)
			return ret;
		fd = state_open(run_root);
	}
	if (fd < 0)
		return fd;
	ret = lock_fd(fd);
	return ret < 0 ? ret : steal_fd(&fd);
}

/* davit's own are closed to others: nobody else can open and so lock them, and they are not taken
 * for what people made, with limits perhaps, for sandboxes to be in. */
static bool is_ours(const struct stat *st)
{
	return !(st->st_mode & (S_IRWXG | S_IRWXO));
}

/* Who held the lock before may have removed it. */
int state_lock_cgroup(const char *path, bool make)
{
	for (;;) {
		autoclose int fd = -1;
		struct stat held, there;
		int ret;

		if (make && mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 && errno == ENOENT && make)
			continue;
		if (fd < 0)
			return -errno;
		if (fstat(fd, &held) < 0)
			return -errno;
		ret = is_ours(&held) ? lock_fd(fd) : 0;
		if (ret < 0)
			return ret;
		ret = stat(path, &there) < 0 ? -errno : 0;
		if (ret < 0 && ret != -ENOENT)
			return ret;
		if (ret == 0 && there.st_ino == held.st_ino)
			return steal_fd(&fd);
		if (!make)
			return -ENOENT;
	}
}

/* A record lock ends with its process and is not handed on to children, which live on for a moment
 * after a killed davit. fcntl(2) */
int state_lock_record(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_SETLK, &lock) < 0 ? -errno : 0;
}

int state_make(int run_root, const char *name)
{
	autoclose int dir = -1;
	autoclose int fd = -1;
	int ret;

	if (mkdirat(run_root, name, 0700) < 0)
		return -errno;
	dir = openat(run_root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir >= 0)
		fd = openat(dir, "pid", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	ret = fd < 0 ? -errno : state_lock_record(fd);
	if (ret == 0)
		return steal_fd(&fd);
	(void)state_remove(run_root, name, 0);
	return ret;
}

int state_write_pid(int state, pid_t pid, const char *record)
{
	uint64_t ticks;
	char text[96];
	struct iovec parts[] = { { .iov_base = text }, { .iov_base = (void *)record } };
	ssize_t done;
	int ret = process_start_time(&ticks, pid);

	if (ret < 0)
		return ret;
	ret = snprintf(text, sizeof(text), "pid %d\nstart %" PRIu64 "\ncreated %" PRIu64 "\n",
		       (int)pid, ticks, (uint64_t)time(NULL));
	parts[0].iov_len = (size_t)ret;
	parts[1].iov_len = strlen(record);
	done = writev(state, parts, 2);
	if (done < 0)
		return -errno;
	return (size_t)done == parts[0].iov_len + parts[1].iov_len ? 0 : -ENOSPC;
}

/* Whoever waits has this file open, and reads it when the sandbox's record is unlocked. */
static void tell_waiting(int dir, int code)
{
	autoclose int fd = openat(dir, "wait", O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[32];

	if (fd < 0)
		return;
	snprintf(text, sizeof(text), "code %d\n", code);
	(void)sys_write_all(fd, text, strlen(text));
}

/* All files of DIR: a log, how it ended, what other commands noted. */
static int sweep(int dir)
{
	struct list list;
	const char *name;
	int ret = 0;

	list_begin(&list, dir);
	while ((name = list_next(&list))) {
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && unlinkat(dir, name, 0) < 0)
			ret = -errno;
	}
	return ret;
}

/* Mostly there is one file. */
static int remove_once(int run_root, const char *name, int code)
{
	autoclose int dir = openat(run_root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int ret;

	if (dir < 0 && errno == ENOENT)
		return 0;
	/* First of all: beside no record it would mean that the app never wrote to its folder. */
	if (CONFIG_IMAGE_OCI && dir >= 0)
		(void)unlinkat(dir, STATE_KEPT, 0);
	if (dir >= 0 && unlinkat(dir, "pid", 0) < 0 && errno != ENOENT)
		return -errno;
	if (unlinkat(run_root, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY || dir < 0)
		return -errno;
	if (CONFIG_CMD_PAUSE)
		pause_forget(dir);
	tell_waiting(dir, code);
	ret = sweep(dir);
	if (ret < 0)
		return ret;
	return unlinkat(run_root, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int state_remove(int run_root, const char *name, int code)
{
	int i, ret = -EINTR;

	for (i = 0; i < TRIES && ret < 0; i++)
		ret = remove_once(run_root, name, code);
	return ret;
}

static void wait_a_little(int step)
{
	const long length = step < 7 ? (long)WAIT_FIRST << step : WAIT_MOST;
	const struct timespec time = { .tv_nsec = length };

	nanosleep(&time, NULL);
}

int state_remove_cgroup(const char *path)
{
	int i;

	for (i = 0; i < WAIT_STEPS; i++) {
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY && i >= TRIES)
			return -errno;
		/* The end of a namespace takes a moment; what is in none of its own goes on. */
		if (i % KILL_AT == KILL_AT - 1)
			process_kill_cgroup(path);
		wait_a_little(i);
	}
	return -EBUSY;
}

void state_remove_cgroup_parent(const char *path)
{
	autoclose int lock = state_lock_cgroup(path, false);
	struct stat st;

	if (lock >= 0 && fstat(lock, &st) == 0 && is_ours(&st))
		rmdir(path);
}

/* Which process state file FD names. Returns 1, 0 when none was ever started, or -errno. */
static int read_process(pid_t *pid, uint64_t *ticks, int fd)
{
	uint64_t number;
	char text[64];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);

	if (got < 0)
		return -errno;
	text[got] = '\0';
	if (text_field(&number, text, "pid") < 0 || text_field(ticks, text, "start") < 0 ||
	    number < 2 || number > INT32_MAX)
		return 0;
	*pid = (pid_t)number;
	return 1;
}

bool state_is_alive(int fd)
{
	uint64_t ticks = 0, now = 0;
	pid_t pid = 0;

	return read_process(&pid, &ticks, fd) > 0 && process_start_time(&now, pid) == 0 &&
	       now == ticks;
}

int state_end_process(int fd)
{
	uint64_t ticks = 0, now = 0;
	pid_t pid = 0;
	int i, ret = read_process(&pid, &ticks, fd);

	if (ret <= 0)
		return ret;
	for (i = 0; i < WAIT_STEPS; i++) {
		if (process_start_time(&now, pid) < 0 || now != ticks)
			return 1;
		if (kill(pid, SIGKILL) < 0)
			return errno == ESRCH ? 1 : -errno;
		wait_a_little(i);
	}
	return -EBUSY;
}
