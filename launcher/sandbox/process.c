/* SPDX-License-Identifier: MIT */
/* Processes by number and start time, so that no other one is ever meant when the number is used again. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sys.h"
#include "base/text.h"
#include "sandbox/process.h"

enum { STAT_START_TIME = 22 };

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
