/* SPDX-License-Identifier: MIT */
/* Close a descriptor so that it is closed. */
#include <errno.h>
#include <sys/syscall.h>

#include "base/fd.h"

/* Linux closes it whatever the call returns, so a second try finds nothing (EBADF), and in a
 * program of one thread nobody has taken the number meanwhile. But who refuses the call itself (a
 * filter, a tracer) leaves it open, and a lock or the end of a socket with it. musl's close() makes
 * success of EINTR. */
void fd_close(int *fd)
{
	if (*fd >= 0 && syscall(SYS_close, *fd) < 0 && errno != EBADF)
		(void)syscall(SYS_close, *fd);
	*fd = -1;
}
