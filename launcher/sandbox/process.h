/* SPDX-License-Identifier: MIT */
/* Processes by number and start time, so that no other one is ever meant when the number is used again. */
#ifndef SANDBOX_PROCESS_H
#define SANDBOX_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* When PID was started, in clock ticks since boot. Returns 0 or -errno; -ESRCH for a zombie too. */
int process_start_time(uint64_t *ticks, pid_t pid);
/* A descriptor of just the process PID that was started at TICKS (see pidfd_open(2)). Returns it,
 * -ESRCH when that process is gone, -ENOSYS where the kernel has none. */
int process_open(pid_t pid, uint64_t ticks);
/* Send a signal to just that process: by a descriptor, else right after a look at its start time.
 * Returns 0, or -ESRCH when it is gone, or another -errno. */
int process_signal(pid_t pid, uint64_t ticks, int number);
/* Kill whatever is in the cgroup PATH, which gets no new processes meanwhile where it can limit
 * them: needed where an app sees the machine's processes, and its own are not those of a namespace
 * that ends with it. They may take a moment to be gone. */
void process_kill_cgroup(const char *path);

#endif
