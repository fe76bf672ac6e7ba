/* SPDX-License-Identifier: MIT */
/* What a running sandbox uses: by its cgroups where they count it, else by its processes. */
#ifndef SANDBOX_USAGE_H
#define SANDBOX_USAGE_H

#include <stdint.h>

#include "base/arena.h"
#include "sandbox/record.h"

struct usage {
	uint64_t cpu;            /* nanoseconds of processor time */
	uint64_t memory, most;   /* bytes; most: the limit, or the machine's memory */
	uint64_t received, sent; /* bytes over its own network, loopback not counted */
	uint64_t read, written;  /* bytes from and to block devices */
	uint64_t pids;           /* processes and threads */
};

/* Fill USAGE. Returns 0, -ESRCH when the sandbox has ended, or another -errno. */
int usage_read(struct usage *usage, struct arena *arena, const struct record *record);

/* Pure readers of the kernel's texts; each adds to what is there. */

/* /proc/PID/net/dev: all interfaces but lo. */
void usage_add_network(struct usage *usage, const char *text);
/* io.stat: "8:0 rbytes=1 wbytes=2 …" per device. */
void usage_add_io2(struct usage *usage, const char *text);

#endif
