/* SPDX-License-Identifier: MIT */
/* Open what decides over others as it must be opened. */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/guard.h"
#include "base/log.h"

int guard_owner(int fd, const char *path, mode_t type)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(errno, "%s", path);
	if ((st.st_mode & S_IFMT) != type)
		return fail(0, "%s: expected a %s", path, type == S_IFREG ? "file" : "directory");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return fail(0, "%s: belongs to user %u, who could change it (chown root)", path,
			    (unsigned int)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return fail(0, "%s: others than root may write to it (chmod go-w)", path);
	return 0;
}

int guard_open(int dir, const char *name, const char *path)
{
	autoclose int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 && errno == ELOOP)
		return fail(0, "%s: is a symbolic link; put the file itself there", path);
	if (fd < 0) {
		fail(errno, "open %s", path);
		return -EINVAL;
	}
	return guard_owner(fd, path, S_IFREG) < 0 ? -EINVAL : steal_fd(&fd);
}
