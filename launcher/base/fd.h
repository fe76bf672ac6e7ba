/* SPDX-License-Identifier: MIT */
/* Descriptors and buffers that free themselves when their variable goes out of scope. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdlib.h>
#include <unistd.h>

static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Take the descriptor out of an autoclose variable: the caller owns it now. */
static inline int steal_fd(int *fd)
{
	int ret = *fd;

	*fd = -1;
	return ret;
}

static inline void buffer_free(void *buffer)
{
	free(*(void **)buffer);
}

#define autoclose __attribute__((cleanup(fd_close)))
#define autofree __attribute__((cleanup(buffer_free)))

#endif
