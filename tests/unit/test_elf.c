/* SPDX-License-Identifier: MIT */
/* What programs are built for, and what machines run them. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/elf.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct bytes {
	unsigned char data[512];
	size_t length;
};

static int read_bytes(void *data, void *buffer, size_t length, uint64_t offset)
{
	const struct bytes *bytes = data;

	if (offset > bytes->length || length > bytes->length - offset)
		return -ENODATA;
	memcpy(buffer, bytes->data + offset, length);
	return 0;
}

static void put(struct bytes *bytes, size_t at, unsigned int count, uint64_t value)
{
	while (count--) {
		bytes->data[at++] = (unsigned char)value;
		value >>= 8;
	}
	if (bytes->length < at)
		bytes->length = at;
}

/* A program for ARM whose attributes are ATTRIBUTES. */
static void make_arm(struct bytes *bytes, uint32_t flags, const void *attributes, size_t length)
{
	memset(bytes, 0, sizeof(*bytes));
	memcpy(bytes->data, "\177ELF\1\1\1", 7);
	put(bytes, 16, 2, ET_DYN);
	put(bytes, 18, 2, EM_ARM);
	put(bytes, 32, 4, 52);
	put(bytes, 36, 4, flags);
	put(bytes, 46, 2, 40);
	put(bytes, 48, 2, 1);
	put(bytes, 56, 4, SHT_ARM_ATTRIBUTES);
	put(bytes, 68, 4, 92);
	put(bytes, 72, 4, 16 + length);
	put(bytes, 92, 1, 'A');
	put(bytes, 93, 4, 15 + length);
	memcpy(bytes->data + 97, "aeabi", 6);
	put(bytes, 103, 1, 1);
	put(bytes, 104, 4, 5 + length);
	memcpy(bytes->data + 108, attributes, length);
	bytes->length = 108 + length;
}

static void arm_says_its_level_and_floats(void **state)
{
	static const struct {
		uint32_t flags;
		const char *attributes;
		size_t length;
		const char *text;
	} rows[] = {
		{ 0x5000400, "\6\12", 2, "armv7 hard-float" },
		{ 0x5000200, "\6\4", 2, "armv5 soft-float" },
		{ 0x5000000, "\6\6\34\1", 4, "armv6 hard-float" },
		{ 0x5000000, "\6\6\34\0", 4, "armv6" },
		{ 0x5000400, "", 0, "arm hard-float" },
		{ 0x5000400, "\6\177", 2, "arm hard-float" },
		{ 0x5000400, "\0057-A\0\6\12", 7, "armv7 hard-float" },
		{ 0x5000400, "\40\1x\0\6\6", 6, "armv6 hard-float" },
		{ 0x5000400, "\101x\0\6\16", 5, "armv8 hard-float" },
		{ 0x5000400, "\4never ended", 12, "arm hard-float" },
		{ 0x5000400, "\6", 1, "arm hard-float" },
		{ 0x5000400, "\206\200\200\200\200\200\200\200\200\200\200\200", 12,
		  "arm hard-float" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct bytes bytes;
		const struct elf_file file = { read_bytes, &bytes };
		char text[ELF_TEXT];
		struct elf elf;

		make_arm(&bytes, rows[i].flags, rows[i].attributes, rows[i].length);
		assert_int_equal(elf_read(&elf, &file, true), 0);
		elf_print(text, &elf, false);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(elf_read(&elf, &file, false), 0);
		assert_int_equal(elf.level, 0);
	}
}

static void what_is_no_program_is_none(void **state)
{
	static const struct {
		size_t at;
		unsigned int count;
		uint64_t value;
	} rows[] = { { 0, 1, '#' }, { 4, 1, 0 },       { 4, 1, 3 },       { 5, 1, 0 },
		     { 5, 1, 3 },   { 16, 2, ET_REL }, { 16, 2, ET_CORE } };
	struct bytes bytes;
	const struct elf_file file = { read_bytes, &bytes };
	struct elf elf;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		make_arm(&bytes, 0, "", 0);
		put(&bytes, rows[i].at, rows[i].count, rows[i].value);
		assert_int_equal(elf_read(&elf, &file, true), -ENOEXEC);
	}
	for (bytes.length = 0; bytes.length < 52; bytes.length++)
		assert_int_equal(elf_read(&elf, &file, true), -ENOEXEC);
	/* Sections that are not there say nothing. */
	make_arm(&bytes, 0x5000400, "\6\12", 2);
	for (bytes.length = 52; bytes.length < 110; bytes.length++) {
		assert_int_equal(elf_read(&elf, &file, true), 0);
		assert_int_equal(elf.level, 0);
	}
}

static void a_machine_runs_what_it_can(void **state)
{
	static const struct elf v7 = { EM_ARM, 32, 7, false, FLOAT_HARD },
				v6 = { EM_ARM, 32, 6, false, FLOAT_HARD },
				v5 = { EM_ARM, 32, 5, false, FLOAT_SOFT },
				unsaid = { EM_ARM, 32, 0, false, FLOAT_UNSAID },
				hard = { EM_ARM, 32, 4, false, FLOAT_HARD },
				soft = { EM_ARM, 32, 5, false, FLOAT_SOFT },
				arm64 = { EM_AARCH64, 64, 0, false, FLOAT_UNSAID },
				big = { EM_AARCH64, 64, 0, true, FLOAT_UNSAID },
				amd64 = { EM_X86_64, 64, 0, false, FLOAT_UNSAID },
				i386 = { EM_386, 32, 0, false, FLOAT_UNSAID },
				riscv64 = { EM_RISCV, 64, 0, false, FLOAT_UNSAID },
				riscv32 = { EM_RISCV, 32, 0, false, FLOAT_UNSAID };
	static const struct {
		const struct elf *machine, *program;
		bool fits;
	} rows[] = {
		{ &v7, &v7, true },           { &v7, &v6, true },
		{ &v7, &soft, true },         { &v6, &v7, false },
		{ &v6, &v6, true },           { &v5, &hard, false },
		{ &v5, &soft, true },         { &v5, &v6, false },
		{ &v5, &unsaid, true },       { &unsaid, &v7, true },
		{ &v7, &arm64, false },       { &arm64, &v7, true },
		{ &arm64, &arm64, true },     { &arm64, &big, false },
		{ &amd64, &i386, true },      { &i386, &amd64, false },
		{ &amd64, &v7, false },       { &v7, &amd64, false },
		{ &riscv64, &riscv64, true }, { &riscv32, &riscv64, false },
	};
	struct elf own;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (elf_fits(rows[i].machine, rows[i].program) != rows[i].fits)
			fail_msg("row %zu", i);
	}
	elf_own(&own);
	assert_true(elf_fits(&own, &own));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arm_says_its_level_and_floats),
		cmocka_unit_test(what_is_no_program_is_none),
		cmocka_unit_test(a_machine_runs_what_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
