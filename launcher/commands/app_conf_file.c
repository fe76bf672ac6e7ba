/* SPDX-License-Identifier: MIT */
/* Open an app's .conf file as what decides over others must be opened. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/guard.h"
#include "base/log.h"
#include "commands/app_conf.h"
#include "sandbox/policy.h"

enum { CONF_ROOM = 65536 };

/* Both directories, the policy's and that of the apps, may be changed by root alone. */
static int folder_open(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : fail(errno, "open %s", path);
	return guard_owner(fd, path, S_IFDIR) < 0 ? -EINVAL : steal_fd(&fd);
}

static int text_read(char *text, int fd, const char *path)
{
	size_t used = 0;
	ssize_t got;

	do {
		got = read(fd, text + used, CONF_ROOM - used);
		if (got < 0 && errno != EINTR)
			return fail(errno, "read %s", path);
		used += got > 0 ? (size_t)got : 0;
		if (used == CONF_ROOM)
			return fail(0, "%s: is larger than %d bytes", path, CONF_ROOM - 1);
	} while (got);
	text[used] = '\0';
	return strlen(text) == used ? 0 : fail(0, "%s: expected text, not a NUL byte", path);
}

int app_conf_read(const char **text, const char **file, struct arena *arena, const char *name)
{
	const char *directory = policy_directory() ? policy_directory() : "/etc/davit";
	const char *apps = arena_print(arena, "%s/apps", directory);
	const char *conf = arena_print(arena, "%s.conf", name);
	autoclose int top = folder_open(directory);
	autoclose int dir = top < 0 ? top : apps ? folder_open(apps) : -ENOMEM;
	autoclose int fd = -1;
	char *room = arena_alloc(arena, CONF_ROOM);

	*text = NULL;
	*file = arena_print(arena, "%s/%s", apps ? apps : "", conf ? conf : "");
	if (arena->failed)
		return fail(ENOMEM, "%s", name);
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	fd = guard_open(dir, conf, *file);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	*text = room;
	return text_read(room, fd, *file);
}
