/* SPDX-License-Identifier: MIT */
/* Wait for sandboxes of other davits. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "config.h"
#include "sandbox/await.h"
#include "sandbox/ending.h"
#include "sandbox/pause.h"
#include "sandbox/state.h"

/* Milliseconds. A davit whose app was killed has little left to do: one that does not do it is killed too. */
enum { STEP = 20, PATIENCE = 5000 };

static int64_t now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int open_at(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	return fd < 0 ? -errno : fd;
}

/* The davit that watches: a positive number, 0 for none, -1 for one in another process namespace. */
static pid_t watcher_of(int file)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(file, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

/* For just that process, as long as it has the lock. */
static int watcher_open(int file, pid_t pid)
{
	autoclose int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;

	return fd >= 0 && watcher_of(file) == pid ? steal_fd(&fd) : -1;
}

/* Until it ends, or for a while. */
static void watcher_wait(int file, pid_t pid, int milliseconds)
{
	autoclose int fd = watcher_open(file, pid);
	struct pollfd one = { .fd = fd, .events = POLLIN };

	if (fd < 0 && (milliseconds < 0 || milliseconds > STEP))
		milliseconds = STEP;
	(void)poll(&one, fd >= 0, milliseconds);
}

int await_end(const struct record *record, int milliseconds)
{
	autoclose int file = open_at(record->dir, "pid", O_RDONLY);
	const int64_t end = now() + milliseconds;
	pid_t pid;

	/* Removed meanwhile. */
	if (file < 0)
		return 0;
	while ((pid = watcher_of(file))) {
		const int64_t left = end - now();

		if (milliseconds >= 0 && left <= 0)
			return -ETIMEDOUT;
		watcher_wait(file, pid, milliseconds < 0 ? -1 : (int)left);
	}
	return 0;
}

/* What is not kept is told in the file "wait" by whoever removes the directory. */
int await_code(int *code, const struct record *record, const char *run_root)
{
	autoclose int file = -1;

	if (record->state != RECORD_EXITED)
		file = open_at(record->dir, "wait", O_RDONLY | O_CREAT);
	(void)await_end(record, -1);
	if (ending_code(code, record->dir, file) == 0)
		return 0;
	/* Its davit was killed. */
	state_tidy(run_root, NULL);
	if (ending_code(code, record->dir, file) == 0)
		return 0;
	return fail(0, "%s: it has ended, and nobody knows how", record->name);
}

int await_signal(const struct record *record, int number)
{
	int ret = record_signal(record, number);

	if (CONFIG_CMD_PAUSE && ret == 0 && number == SIGKILL)
		pause_thaw(record->dir);
	return ret < 0 && ret != -ESRCH ? fail(-ret, "send signal %d to %s", number, record->name) :
					  0;
}

/* The app is dead, or as good as: its davit hangs, or was stopped. */
static int watcher_kill(const struct record *record, const char *run_root)
{
	autoclose int file = open_at(record->dir, "pid", O_RDONLY);
	pid_t pid = file < 0 ? 0 : watcher_of(file);
	autoclose int fd = pid > 0 ? watcher_open(file, pid) : -1;

	if (fd >= 0)
		(void)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	else if (pid > 0 && watcher_of(file) == pid)
		(void)kill(pid, SIGKILL);
	if (await_end(record, PATIENCE) < 0)
		return fail(ETIMEDOUT, "%s: end the davit that watches it, process %d",
			    record->name, (int)pid);
	state_tidy(run_root, NULL);
	return 0;
}

int await_stop(const struct record *record, const char *run_root, int number, int seconds)
{
	int ret = await_signal(record, number);

	if (ret < 0)
		return ret;
	if (number != SIGKILL) {
		if (CONFIG_CMD_PAUSE)
			pause_thaw(record->dir);
		if (await_end(record,
			      seconds < 0 || seconds > INT_MAX / 1000 ? -1 : seconds * 1000) == 0)
			return 0;
		ret = await_signal(record, SIGKILL);
	}
	if (ret == 0 && await_end(record, PATIENCE) < 0)
		ret = watcher_kill(record, run_root);
	return ret;
}

int await_remove(const struct record *record, const char *run_root)
{
	autoclose int lock = state_lock(run_root);
	int ret;

	if (lock < 0)
		return fail(-lock, "lock %s", run_root);
	/* Removed meanwhile, perhaps another of that name was launched. */
	if (faccessat(record->dir, "exit", F_OK, 0) < 0)
		return 0;
	ret = state_remove(lock, record->name, 0);
	return ret < 0 ? fail(-ret, "remove %s/%s", run_root, record->name) : 0;
}
