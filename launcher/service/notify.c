/* SPDX-License-Identifier: MIT */
/* Where an app says that it is ready. Whoever can send to the socket is in the sandbox that has it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"
#include "base/log.h"
#include "sandbox/state.h"
#include "service/notify.h"

enum { MESSAGE_MOST = 4096, MESSAGES_MOST = 64 };

/* By the descriptor of the directory, since an address has room for a short path only. Any user of
 * the sandbox may write to it. */
static int bind_in(int fd, int dir, const char *file)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t room = sizeof(address.sun_path);

	if (unlinkat(dir, file, 0) < 0 && errno != ENOENT)
		return -errno;
	if ((size_t)snprintf(address.sun_path, room, "/proc/self/fd/%d/%s", dir, file) >= room)
		return -ENAMETOOLONG;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    fchmodat(dir, file, 0666, 0) < 0)
		return -errno;
	return 0;
}

int notify_open(const char **path, struct arena *arena, const char *run_root, const char *name)
{
	autoclose int dir = state_lock(run_root);
	autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const char *file = arena_print(arena, ".notify-%s", name);
	int ret;

	*path = arena_print(arena, "%s/.notify-%s", run_root, name);
	if (!file || !*path)
		return fail(ENOMEM, "%s", name);
	if (dir < 0)
		return fail(-dir, "%s", run_root);
	ret = fd < 0 ? -errno : bind_in(fd, dir, file);
	return ret < 0 ? fail(-ret, "make the socket %s", *path) : steal_fd(&fd);
}

static bool has_line(const char *text, const char *line)
{
	const size_t length = strlen(line);

	while (*text) {
		if (strncmp(text, line, length) == 0 && (text[length] == '\n' || !text[length]))
			return true;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return false;
}

bool notify_ready(int fd)
{
	char text[MESSAGE_MOST + 1];
	bool ready = false;
	int i;

	for (i = 0; i < MESSAGES_MOST; i++) {
		const ssize_t got = recv(fd, text, MESSAGE_MOST, MSG_DONTWAIT);

		if (got < 0)
			break;
		text[got] = '\0';
		ready = ready || has_line(text, "READY=1");
	}
	return ready;
}

void notify_close(int *fd, const char *path)
{
	if (*fd >= 0)
		(void)unlink(path);
	fd_close(fd);
}
