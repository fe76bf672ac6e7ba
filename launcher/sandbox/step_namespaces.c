/* SPDX-License-Identifier: MIT */
/* Entering the namespaces of a process, one by one. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>

#include "base/fd.h"
#include "sandbox/namespaces.h"
#include "sandbox/process.h"

enum { NAMESPACE_COUNT = 7, PATH_SIZE = 32 };

/* The user namespace last: until then, the rights over all others are davit's own. */
static const struct {
	int flag;
	const char *name;
} namespaces[NAMESPACE_COUNT] = {
	{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWIPC, "ipc" }, { CLONE_NEWUTS, "uts" },
	{ CLONE_NEWNET, "net" },       { CLONE_NEWPID, "pid" }, { CLONE_NEWNS, "mnt" },
	{ CLONE_NEWUSER, "user" },
};

/* All are opened before any is entered: behind the mount namespace, /proc is the sandbox's. */
static int open_each(int *fds, pid_t pid, unsigned long flags)
{
	char path[PATH_SIZE];
	size_t i;

	for (i = 0; i < NAMESPACE_COUNT; i++) {
		if (!(flags & (unsigned long)namespaces[i].flag))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, namespaces[i].name);
		fds[i] = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			return errno == ENOENT ? -ESRCH : -errno;
	}
	return 0;
}

int namespaces_enter(pid_t pid, uint64_t start, unsigned long flags)
{
	int fds[NAMESPACE_COUNT] = { -1, -1, -1, -1, -1, -1, -1 };
	int ret = open_each(fds, pid, flags);
	uint64_t now = start;
	size_t i;

	/* It was this process all the time. */
	if (ret == 0 && start)
		ret = process_start_time(&now, pid);
	if (ret == 0 && now != start)
		ret = -ESRCH;

	for (i = 0; i < NAMESPACE_COUNT; i++) {
		if (ret == 0 && fds[i] >= 0 && setns(fds[i], namespaces[i].flag) < 0)
			ret = -errno;
		fd_close(&fds[i]);
	}
	return ret;
}
