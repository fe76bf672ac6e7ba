/* SPDX-License-Identifier: MIT */
/* What holds for every filter, whatever policy it was compiled from. */
#ifndef SECCOMP_PROPERTIES_H
#define SECCOMP_PROPERTIES_H

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/seccomp_compile.h"

/* The first byte of an input says for which machine and sandbox. */
static inline struct seccomp_target make_target(uint8_t shape)
{
	static const uint32_t arches[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_ARM, AUDIT_ARCH_AARCH64,
					   AUDIT_ARCH_RISCV64 };

	return (struct seccomp_target){ .arch = arches[shape & 3],
					.caps = shape & 4 ? UINT64_MAX >> 23 : 0xa80425fb,
					.kernel = shape & 8 ? 6 << 16 : 0 };
}

/* The kernel would take it, it is read back as it was written, and calls of another machine end the process. */
static inline void prove_filter(struct arena *arena, const struct filter *filter)
{
	static const int numbers[] = { 0, 1, 59, 221, 435, 1023, 0xf0002, 0x3fffffff, -1 };
	struct seccomp_data call = { .args = { 1, UINT64_MAX, 0x5412, 38, 0, 1 } };
	struct filter again;
	bool by_argument;
	size_t at, size, i;
	void *file;

	if (filter_check(&at, filter->code, filter->count))
		abort();
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		call.nr = numbers[i];
		call.arch = filter->arch;
		(void)filter_ask(filter, &call, &by_argument);
		call.arch = filter->arch ^ 1;
		if (filter_ask(filter, &call, &by_argument) != SECCOMP_RET_KILL_PROCESS)
			abort();
	}
	call.nr = 0x40000000;
	call.arch = filter->arch;
	if (filter->arch == AUDIT_ARCH_X86_64 &&
	    filter_ask(filter, &call, &by_argument) != SECCOMP_RET_KILL_PROCESS)
		abort();
	file = filter_write(arena, filter, &size);
	if (!file || filter_read(&again, arena, file, size, "again") < 0 ||
	    again.count != filter->count ||
	    memcmp(again.code, filter->code, filter->count * sizeof(*filter->code)) != 0)
		abort();
}

/* A policy of any text. MARK is what it begins with. */
static inline void prove_policy(const uint8_t *data, size_t size, const char *mark)
{
	const struct seccomp_target target = make_target(size ? data[0] : 0);
	struct arena arena = { 0 };
	struct filter filter;
	char *text = malloc(size + 2);

	if (!text)
		return;
	strcpy(text, mark);
	if (size > 1) {
		memcpy(text + strlen(mark), data + 1, size - 1);
		text[strlen(mark) + size - 1] = '\0';
	}
	if (seccomp_compile(&filter, &arena, text, "policy", &target) == 0)
		prove_filter(&arena, &filter);
	arena_close(&arena);
	free(text);
}

#endif
