/* SPDX-License-Identifier: MIT */
/* Compile a system call policy, in davit's own words or OCI's JSON, for any machine of davit's. */
#ifndef SANDBOX_SECCOMP_COMPILE_H
#define SANDBOX_SECCOMP_COMPILE_H

#include <stdint.h>

#include "base/arena.h"
#include "sandbox/filter.h"
#include "sandbox/seccomp_names.h"

/* What the sandboxes will be like. */
struct seccomp_target {
	uint32_t arch;   /* AUDIT_ARCH_* */
	uint64_t caps;   /* bit n = capability n is kept */
	uint64_t kernel; /* the oldest one, major << 16 | minor; 0: any */
};

/* Compile TEXT, the contents of FILE, for TARGET; the code comes from ARENA. JSON is known by its
 * first {. Pure. Returns 0, or -errno said by fail() with FILE and the place in it. */
int seccomp_compile(struct filter *filter, struct arena *arena, const char *text, const char *file,
		    const struct seccomp_target *target);

#endif
