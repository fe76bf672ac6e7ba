/* SPDX-License-Identifier: MIT */
/* Descriptors and buffers that free themselves when their variable goes out of scope. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdlib.h>
#include <unistd.h>

/* Close *FD unless it is -1, and make it -1. */
void fd_close(int *fd);

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
