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
#include "base/log.h"
#include "base/text.h"
#include "config.h"
#include "sandbox/pause.h"
#include "sandbox/process.h"
#include "sandbox/state.h"

/* Nanoseconds; each pause is twice as long as the one before it, together a second. */
enum {
	WAIT_FIRST = 50000,
	WAIT_MOST = 5000000,
	WAIT_STEPS = 206,
	LINKS_ALONE = 2,
	TRIES = 3,
	KILL_AT = 8
};

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
static int lock_record(int fd)
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
	ret = fd < 0 ? -errno : lock_record(fd);
	if (ret == 0)
		return steal_fd(&fd);
	(void)state_remove(run_root, name);
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

static int remove_once(int run_root, const char *name)
{
	static const char *const files[] = { "pid", STATE_PARENT };
	autoclose int dir = openat(run_root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	size_t i;

	if (dir < 0 && errno == ENOENT)
		return 0;
	for (i = 0; dir >= 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		if (unlinkat(dir, files[i], 0) < 0 && errno != ENOENT)
			return -errno;
	}
	if (unlinkat(run_root, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY || dir < 0 || !CONFIG_CMD_PAUSE)
		return -errno;
	/* It was paused once. */
	pause_forget(dir);
	return unlinkat(run_root, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int state_remove(int run_root, const char *name)
{
	int i, ret = -EINTR;

	for (i = 0; i < TRIES && ret < 0; i++)
		ret = remove_once(run_root, name);
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

/* Kill the process that the state file FD names, if it is still the same one, and wait until it is
 * gone. Returns 1 when one was named, 0 when none was ever started, or -errno. */
static int end_process(int fd)
{
	uint64_t pid, ticks, now;
	char text[64];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	int i;

	if (got < 0)
		return -errno;
	text[got] = '\0';
	if (text_field(&pid, text, "pid") < 0 || text_field(&ticks, text, "start") < 0 || pid < 2 ||
	    pid > INT32_MAX)
		return 0;
	for (i = 0; i < WAIT_STEPS; i++) {
		if (process_start_time(&now, (pid_t)pid) < 0 || now != ticks)
			return 1;
		if (kill((pid_t)pid, SIGKILL) < 0)
			return errno == ESRCH ? 1 : -errno;
		wait_a_little(i);
	}
	return -EBUSY;
}

/* A cgroup that is busy although nothing of this sandbox was ever STARTED is one of the same name elsewhere. */
static int tidy_cgroup(char *path, size_t top, bool started)
{
	int ret = started ? state_remove_cgroup(path) : 0;

	if (!started)
		rmdir(path);
	for (;;) {
		char *slash = strrchr(path, '/');

		if (ret < 0 || slash <= path + top)
			return ret;
		*slash = '\0';
		state_remove_cgroup_parent(path);
	}
}

/* DIR is the state directory: where the cgroups are not below davit's own, a link in it says where. */
static int tidy_cgroups(int dir, const char *name, const struct host *host, bool started)
{
	char path[PATH_MAX], parent[NAME_MAX + 1];
	ssize_t got = readlinkat(dir, STATE_PARENT, parent, sizeof(parent) - 1);
	size_t n;
	int ret = 0;

	if (got < 0 && errno != ENOENT)
		return -errno;
	parent[got < 0 ? 0 : got] = '\0';
	for (n = 0; n < CONTROLLER_COUNT && ret == 0; n++) {
		/* The limit of processes is the one that nobody can be added to meanwhile. */
		const size_t i = (n + CONTROLLER_PIDS) % CONTROLLER_COUNT;

		if (!host->controllers[i].version)
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", host->controllers[i].path,
			 got < 0 ? "davit" : parent, name);
		ret = tidy_cgroup(path, strlen(host->controllers[i].path), started);
	}
	return ret;
}

/* With the run directory locked. What a living davit has is left alone: its record lock tells. */
static int tidy_one(int run_root, const char *name, const struct host *host)
{
	autoclose int dir = openat(run_root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	autoclose int fd = -1;
	int ret = 0;

	if (dir < 0)
		return 0;
	fd = openat(dir, "pid", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno != ENOENT)
		return -errno;
	if (fd >= 0 && lock_record(fd) < 0)
		return 0;
	/* Frozen by cgroup v1, it would not even die. */
	if (CONFIG_CMD_PAUSE)
		pause_thaw(dir);
	if (fd >= 0)
		ret = end_process(fd);
	if (ret >= 0)
		ret = tidy_cgroups(dir, name, host, ret > 0);
	return ret == 0 ? state_remove(run_root, name) : ret;
}

void state_tidy(const char *run_root, const struct host *host)
{
	autoclose int lock = -1;
	struct list list;
	const char *name;
	struct stat st;

	/* A file system that counts a directory's links shows at once that there is nothing. */
	if (stat(run_root, &st) < 0 || st.st_nlink == LINKS_ALONE)
		return;
	lock = state_lock(run_root);
	if (lock < 0)
		return;
	list_begin(&list, lock);
	while ((name = list_next(&list))) {
		int ret = text_is_name(name) ? tidy_one(lock, name, host) : 0;

		if (ret < 0)
			warn("%s/%s: left by a davit that was killed, cannot be removed: %s",
			     run_root, name, strerror(-ret));
	}
}
