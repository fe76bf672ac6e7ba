/* SPDX-License-Identifier: MIT */
/* What davit seccomp is given: its options, and a file that is a policy or a compiled filter. */
#ifndef COMMANDS_SECCOMP_INPUT_H
#define COMMANDS_SECCOMP_INPUT_H

#include "commands/options.h"
#include "sandbox/seccomp_compile.h"

struct seccomp_options {
	const char *output, *arch, *kernel;
	struct texts cap_add, cap_drop;
};

/* The filter in FILE, compiled for what GIVEN says if it is a policy; from ARENA. Returns 0 or -errno, said by fail(). */
int seccomp_input(struct filter *filter, struct arena *arena, const char *file,
		  const struct seccomp_options *given);

#endif
