/* SPDX-License-Identifier: MIT */
/* Bytes on their way between two descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sandbox/flow.h"

ssize_t flow_fill(struct flow *flow, int fd)
{
	ssize_t got = read(fd, flow->bytes, sizeof(flow->bytes));

	/* What the other side said last must not be lost by one failed call. */
	if (got < 0 && errno != EAGAIN && errno != EINTR)
		got = read(fd, flow->bytes, sizeof(flow->bytes));
	if (got < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	flow->start = 0;
	flow->end = (size_t)got;
	return got;
}

int flow_empty(struct flow *flow, int fd)
{
	ssize_t put = write(fd, flow->bytes + flow->start, flow->end - flow->start);

	if (put < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	flow->start += (size_t)put;
	return 0;
}

/* A write to a terminal that takes no more (Ctrl-S, a slow line) blocks even after poll(2), and
 * O_NONBLOCK on the caller's descriptor would change it for the caller's other processes too. So
 * the terminal is opened once more. A pty's master is not opened: that would make another pty.
 * Pipes, sockets and files need nothing of the kind, as a write of 4096 bytes after poll(2) does
 * not block there. */
int flow_reopen(int fd)
{
	unsigned int number;
	char path[32];

	if (!isatty(fd) || ioctl(fd, TIOCGPTN, &number) == 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}
