/* SPDX-License-Identifier: MIT */
/* Reads, writes and checks compiled filters.
 *
 * The file, all numbers little-endian: 8 bytes "davitbpf", then 32 bits each of version (1),
 * AUDIT_ARCH_*, SECCOMP_FILTER_FLAG_*, number of instructions, CRC-32 of all that follows it and of
 * what is before it, 0; then the instructions as struct sock_filter. */
#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#include "base/log.h"
#include "sandbox/filter.h"

enum { VERSION = 1 };
enum { AT_VERSION = 8, AT_ARCH = 12, AT_FLAGS = 16, AT_COUNT = 20, AT_SUM = 24, AT_ZERO = 28 };

static const char magic[] = { 'd', 'a', 'v', 'i', 't', 'b', 'p', 'f' };

/* A listener would have to be held by somebody; the others change how the filter is loaded, not what it says. */
static const uint32_t known_flags =
	SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW;

static const struct {
	uint32_t arch;
	const char *name;
} arches[] = {
	{ AUDIT_ARCH_X86_64, "x86_64" },
	{ AUDIT_ARCH_ARM, "arm" },
	{ AUDIT_ARCH_AARCH64, "aarch64" },
	{ AUDIT_ARCH_RISCV64, "riscv64" },
};

const char *filter_arch_name(uint32_t arch)
{
	size_t i;

	for (i = 0; i < sizeof(arches) / sizeof(arches[0]); i++) {
		if (arches[i].arch == arch)
			return arches[i].name;
	}
	return NULL;
}

static uint32_t get32(const uint8_t *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
	       (uint32_t)from[3] << 24;
}

static void put32(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
	to[2] = (uint8_t)(value >> 16);
	to[3] = (uint8_t)(value >> 24);
}

static uint32_t crc32(uint32_t crc, const uint8_t *data, size_t size)
{
	unsigned int bit;

	for (crc = ~crc; size > 0; size--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static uint32_t checksum(const uint8_t *file, size_t size)
{
	return crc32(crc32(0, file, AT_SUM), file + AT_ZERO, size - AT_ZERO);
}

bool filter_is_file(const void *data, size_t size)
{
	return size >= sizeof(magic) && memcmp(data, magic, sizeof(magic)) == 0;
}

/* What is wrong with the header, or NULL. */
static const char *header_check(const uint8_t *file, size_t size)
{
	if (!filter_is_file(file, size))
		return "not a compiled filter";
	if (size < FILTER_HEADER)
		return "it is cut short";
	if (get32(file + AT_VERSION) != VERSION)
		return "a later davit compiled it";
	if (get32(file + AT_COUNT) > FILTER_MAX)
		return "more than 4096 instructions";
	if (size != FILTER_HEADER + (size_t)get32(file + AT_COUNT) * FILTER_INSTRUCTION)
		return "its length is not what it says";
	if (get32(file + AT_SUM) != checksum(file, size) || get32(file + AT_ZERO))
		return "its checksum does not match";
	return get32(file + AT_FLAGS) & ~known_flags ? "flags that davit does not know" : NULL;
}

int filter_read(struct filter *filter, struct arena *arena, const void *data, size_t size,
		const char *what)
{
	const uint8_t *file = data, *from = file + FILTER_HEADER;
	const char *wrong = header_check(file, size);
	struct sock_filter *code;
	size_t at, i;

	if (wrong)
		return fail(0, "%s: %s", what, wrong);
	*filter = (struct filter){ .arch = get32(file + AT_ARCH),
				   .flags = get32(file + AT_FLAGS),
				   .count = get32(file + AT_COUNT) };
	code = arena_alloc(arena, (filter->count + 1) * sizeof(*code));
	if (!code)
		return fail(ENOMEM, "%s", what);
	for (i = 0; i < filter->count; i++, from += FILTER_INSTRUCTION)
		code[i] = (struct sock_filter){ .code = (uint16_t)get32(from),
						.jt = from[2],
						.jf = from[3],
						.k = get32(from + 4) };
	filter->code = code;
	wrong = filter_check(&at, code, filter->count);
	return wrong ? fail(0, "%s: instruction %zu: %s", what, at, wrong) : 0;
}

void *filter_write(struct arena *arena, const struct filter *filter, size_t *size)
{
	uint8_t *file, *to;
	size_t i;

	*size = FILTER_HEADER + filter->count * FILTER_INSTRUCTION;
	file = arena_alloc(arena, *size);
	if (!file)
		return NULL;
	memcpy(file, magic, sizeof(magic));
	put32(file + AT_VERSION, VERSION);
	put32(file + AT_ARCH, filter->arch);
	put32(file + AT_FLAGS, filter->flags);
	put32(file + AT_COUNT, (uint32_t)filter->count);
	for (i = 0, to = file + FILTER_HEADER; i < filter->count; i++, to += FILTER_INSTRUCTION) {
		const struct sock_filter *f = &filter->code[i];

		put32(to, (uint32_t)f->code | (uint32_t)f->jt << 16 | (uint32_t)f->jf << 24);
		put32(to + 4, f->k);
	}
	put32(file + AT_SUM, checksum(file, *size));
	return file;
}
