/* SPDX-License-Identifier: MIT */
/* Bytes on their way between two descriptors: read when empty, written before more is read, so that none is lost. */
#ifndef SANDBOX_FLOW_H
#define SANDBOX_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { FLOW_SIZE = 4096 };

struct flow {
	size_t start, end;
	char bytes[FLOW_SIZE];
};

static inline bool flow_is_empty(const struct flow *flow)
{
	return flow->start == flow->end;
}

/* Read into an empty flow. Returns the number of bytes, 0 at the end, -EAGAIN or another -errno. */
ssize_t flow_fill(struct flow *flow, int fd);
/* Write what the other side takes now. Returns 0 or -errno; nothing taken is no error. */
int flow_empty(struct flow *flow, int fd);
/* FD opened once more, not blocking, if it is a terminal to which a write could block even after poll(2); or -1. */
int flow_reopen(int fd);

#endif
