/* SPDX-License-Identifier: MIT */
/* Processes by number and start time, so that no other one is ever meant when the number is used again. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "base/text.h"
#include "sandbox/process.h"

enum { STAT_START_TIME = 22, WINDOW = 4096 };

/* proc(5), fields 3 and 22 of stat, counted behind the command's ")". A zombie is gone: it holds
 * nothing any more. */
int process_start_time(uint64_t *ticks, pid_t pid)
{
	char path[32], text[512];
	const char *at;
	ssize_t got;
	int field;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	got = sys_read_file(text, sizeof(text), AT_FDCWD, path);
	if (got < 0)
		return got == -ENOENT ? -ESRCH : (int)got;
	at = strrchr(text, ')');
	if (at && strncmp(at, ") Z", 3) == 0)
		return -ESRCH;
	for (field = 2; at && field < STAT_START_TIME; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EINVAL;
	return text_field(ticks, at + 1, "");
}

static int check_start(pid_t pid, uint64_t ticks)
{
	uint64_t now;
	int ret = process_start_time(&now, pid);

	if (ret < 0)
		return ret;
	return now == ticks ? 0 : -ESRCH;
}

/* Looked at behind the opening: what is open can no longer become another process. */
int process_open(pid_t pid, uint64_t ticks)
{
	autoclose int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int ret;

	if (fd < 0)
		return errno == EPERM ? -ENOSYS : -errno;
	ret = check_start(pid, ticks);
	return ret < 0 ? ret : steal_fd(&fd);
}

int process_signal(pid_t pid, uint64_t ticks, int number)
{
	autoclose int fd = process_open(pid, ticks);
	int ret;

	if (fd < 0 && fd != -ENOSYS)
		return fd;
	if (fd >= 0 && syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) == 0)
		return 0;
	if (fd >= 0 && errno != ENOSYS && errno != EPERM)
		return -errno;
	ret = check_start(pid, ticks);
	if (ret < 0)
		return ret;
	return kill(pid, number) < 0 ? -errno : 0;
}

/* A number that the window cuts off is left to the next call. 0: a process of a namespace that is not ours. */
static void kill_listed(char *text)
{
	while (*text) {
		char *end;
		const long pid = strtol(text, &end, 10);

		if (end == text || *end != '\n')
			return;
		if (pid > 1 && pid <= INT_MAX)
			(void)kill((pid_t)pid, SIGKILL);
		text = end + 1;
	}
}

/* cgroup.kill is of Linux 5.14; before it and in v1, who is listed is killed, and nobody can be added. */
void process_kill_cgroup(const char *path)
{
	autoclose int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	autoclose int list = -1;
	char text[WINDOW];
	ssize_t got;

	if (dir < 0 || sys_write_file(dir, "cgroup.kill", "1") == 0)
		return;
	(void)sys_write_file(dir, "pids.max", "0");
	list = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	got = list < 0 ? -1 : read(list, text, sizeof(text) - 1);
	if (got <= 0)
		return;
	text[got] = '\0';
	kill_listed(text);
}
