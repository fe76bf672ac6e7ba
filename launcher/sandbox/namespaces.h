/* SPDX-License-Identifier: MIT */
/* Entering the namespaces of a process. */
#ifndef SANDBOX_NAMESPACES_H
#define SANDBOX_NAMESPACES_H

#include <stdint.h>
#include <sys/types.h>

/* Enter those namespaces of PID that FLAGS (CLONE_NEW*) name. START is its start time, or 0 when it
 * cannot become another process, being our own or our child. Returns 0 or -errno, -ESRCH when it is
 * gone. setns(2) */
int namespaces_enter(pid_t pid, uint64_t start, unsigned long flags);

#endif
