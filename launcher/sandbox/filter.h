/* SPDX-License-Identifier: MIT */
/* A compiled system call filter: the file that davit seccomp compile writes and --security-opt seccomp= takes. */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The kernel's limit; and the size of the file's header and of an instruction in it. */
enum { FILTER_MAX = 4096, FILTER_HEADER = 32, FILTER_INSTRUCTION = 8 };

/* FLAGS are SECCOMP_FILTER_FLAG_*. */
struct filter {
	uint32_t arch; /* AUDIT_ARCH_* */
	uint32_t flags;
	const struct sock_filter *code;
	size_t count;
};

/* True when DATA begins as a compiled filter does. */
bool filter_is_file(const void *data, size_t size);
/* Read a compiled filter out of DATA and check all of it as the kernel would; code comes from
 * ARENA. WHAT stands in error messages. Returns 0 or -errno, said by fail(). */
int filter_read(struct filter *filter, struct arena *arena, const void *data, size_t size,
		const char *what);
/* The file's bytes, their number in *size; from ARENA, or NULL. */
void *filter_write(struct arena *arena, const struct filter *filter, size_t *size);
/* Check COUNT instructions as the kernel does. Returns NULL, or what is wrong with instruction *at. */
const char *filter_check(size_t *at, const struct sock_filter *code, size_t count);
/* What a checked filter answers to a call: SECCOMP_RET_*. *by_argument is set when it looked at an argument. */
uint32_t filter_ask(const struct filter *filter, const struct seccomp_data *call, bool *by_argument);
/* The AUDIT_ARCH_* of the machine that davit was built for, and the name of any of davit's machines, or NULL. */
uint32_t filter_own_arch(void);
const char *filter_arch_name(uint32_t arch);

#endif
