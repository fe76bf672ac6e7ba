/* SPDX-License-Identifier: MIT */
/* How a detached app ended: kept in its state directory until davit rm. */
#ifndef SANDBOX_ENDING_H
#define SANDBOX_ENDING_H

#include <stdbool.h>
#include <stdint.h>

struct ending {
	int code;          /* as of davit run */
	bool oom;          /* the kernel killed a process of it because of its memory limit */
	uint64_t finished; /* seconds since 1970 */
	uint64_t uptime; /* seconds since the machine was started: the clock may have been set meanwhile */
};

/* Write down how the sandbox NAME of RUN_ROOT ended, with the time it is now. Until ending_commit()
 * it counts as not cleared away yet. Returns 0 or -errno. */
int ending_keep(int run_root, const char *name, int code, bool oom);
/* All that it had is gone; from now on it has ended. Returns 0 or -errno. */
int ending_commit(int run_root, const char *name);
/* Returns 0, or -ENOENT when it has not ended, or another -errno. */
int ending_read(struct ending *ending, int dir);
/* The exit code of a sandbox that has ended: kept in DIR, or else told in WAITING, its file "wait"
 * (or -1). Returns 0 or -ENOENT. */
int ending_code(int *code, int dir, int waiting);
/* Put right what a killed davit left in DIR when the app and its cgroups are gone. Returns 1 when the directory
 * is to be kept, as a sandbox that has ended, 0 when it is to be removed, or -errno. */
int ending_settle(int dir);

#endif
