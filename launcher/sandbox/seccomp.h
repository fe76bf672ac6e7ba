/* SPDX-License-Identifier: MIT */
/* The default system call filter, from the table that the build makes of seccomp.policy. */
#ifndef SANDBOX_SECCOMP_H
#define SANDBOX_SECCOMP_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/* Room that is always enough. Jumps in a filter reach 255 instructions, so longer ones are refused. */
#define SECCOMP_MAX 256

/* A bit of CAPS that is no capability: this kernel is 4.8 or later, so that ptrace(2) cannot get
 * round the filter and may be allowed. CAP_SYS_PTRACE has the same effect. */
#define SECCOMP_TRACEABLE (UINT64_C(1) << 63)

/* Build the default filter for a sandbox that keeps the capabilities in CAPS (bit n = capability n). Writes
 * at most MAX instructions to OUT. Returns their number, or -E2BIG: then OUT is no filter. Pure. */
int seccomp_build(struct sock_filter *out, size_t max, uint64_t caps);

#endif
