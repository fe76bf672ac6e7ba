/* SPDX-License-Identifier: MIT */
/* Compiled filters of any bytes: as they are, and as instructions in a file that is right
 * otherwise. What is taken ends, and stays within its memory, whatever it is asked. */
#include <linux/audit.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_all(const struct filter *filter)
{
	struct seccomp_data call = { .arch = filter->arch };
	bool by_argument;
	int i;

	for (i = 0; i < 64; i++) {
		call.nr = i * 7;
		memset(call.args, i * 37, sizeof(call.args));
		(void)filter_ask(filter, &call, &by_argument);
	}
}

/* The same instructions in a file of the right length and checksum are taken just when the instructions are right. */
static void wrap(struct arena *arena, const uint8_t *data, size_t size)
{
	const size_t count = size / sizeof(struct sock_filter);
	struct sock_filter *code = arena_alloc(arena, size + 1);
	struct filter filter = { .arch = AUDIT_ARCH_X86_64, .code = code, .count = count }, again;
	const char *wrong;
	size_t at, length;
	void *file;

	if (!code)
		return;
	memcpy(code, data, count * sizeof(*code));
	wrong = filter_check(&at, code, count);
	file = filter_write(arena, &filter, &length);
	if (!file || (filter_read(&again, arena, file, length, "file") == 0) != !wrong)
		abort();
	if (wrong)
		return;
	if (again.count != count || memcmp(again.code, code, count * sizeof(*code)) != 0)
		abort();
	ask_all(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct filter filter;

	if (filter_read(&filter, &arena, data, size, "file") == 0)
		ask_all(&filter);
	wrap(&arena, data, size);
	arena_close(&arena);
	return 0;
}
