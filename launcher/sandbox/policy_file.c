/* SPDX-License-Identifier: MIT */
/* Open davit.conf as something that decides over others must be opened: root's alone, no link, a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/log.h"
#include "base/sys.h"
#include "sandbox/policy.h"

enum { POLICY_ROOM = 16384 };

static const char own_directory[] = "/etc/davit", name[] = "davit.conf";

/* The directory may be a link, which root has made; one that leads nowhere is no missing directory.
 * Returns a descriptor, -ENOENT unsaid for one that nobody asked for, or -EINVAL said. */
static int directory_open(const char *path, bool asked)
{
	autoclose int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && !asked)
		return -ENOENT;
	fd_close(&fd);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		fail(errno, "open %s, where the policy is", path);
		return -EINVAL;
	}
	return guard_owner(fd, path, S_IFDIR) < 0 ? -EINVAL : steal_fd(&fd);
}

/* Returns the length, or -errno said. */
static ssize_t text_read(char *text, size_t room, int fd, const char *path)
{
	size_t used = 0;

	for (;;) {
		ssize_t got = read(fd, text + used, room - used);

		if (got < 0 && errno != EINTR)
			return fail(errno, "read %s", path);
		if (got == 0)
			break;
		used += got < 0 ? 0 : (size_t)got;
		if (used == room)
			return fail(0, "%s: is larger than %d bytes", path, POLICY_ROOM - 1);
	}
	text[used] = '\0';
	if (strlen(text) != used)
		return fail(0, "%s: expected text, not a NUL byte", path);
	return (ssize_t)used;
}

const char *policy_directory(void)
{
	const char *directory = getenv("DAVIT_CONFIG");

	return directory && directory[0] ? directory : NULL;
}

int policy_read(struct policy *policy, struct arena *arena, const char *directory)
{
	autoclose int dir = directory_open(directory ? directory : own_directory, directory != NULL);
	autoclose int fd = -1;
	char *path, *text;
	ssize_t got;

	*policy = (struct policy){ .file = NULL };
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	path = arena_print(arena, "%s/%s", directory ? directory : own_directory, name);
	text = arena_alloc(arena, POLICY_ROOM);
	if (!path || !text)
		return fail(ENOMEM, "policy");
	fd = guard_open(dir, name, path);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	got = text_read(text, POLICY_ROOM, fd, path);
	return got < 0 ? (int)got : policy_parse(policy, arena, path, text);
}
