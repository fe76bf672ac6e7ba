/* SPDX-License-Identifier: MIT */
/* Zips made from a good one by changing a field: each refused in words, or accepted rightly. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "image/zip.h"
#include "made_zip.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Offsets in the records: APPNOTE.TXT, 4.3.7, 4.3.12, 4.3.16. */
enum {
	L_VERSION = 4,
	L_FLAGS = 6,
	L_METHOD = 8,
	L_CRC = 14,
	L_PACKED = 18,
	L_SIZE = 22,
	L_NAME_LENGTH = 26,
	L_EXTRA_LENGTH = 28,
	L_NAME = 30,
	C_HOST = 5,
	C_VERSION = 6,
	C_FLAGS = 8,
	C_METHOD = 10,
	C_CRC = 16,
	C_PACKED = 20,
	C_SIZE = 24,
	C_NAME_LENGTH = 28,
	C_EXTRA_LENGTH = 30,
	C_COMMENT = 32,
	C_DISK = 34,
	C_MODE = 40,
	C_HEADER = 42,
	C_NAME = 46,
	E_DISK = 4,
	E_COUNT_HERE = 8,
	E_COUNT = 10,
	E_SIZE = 12,
	E_OFFSET = 16,
	E_COMMENT = 20,
};

/* Open LENGTH bytes as a zip that begins at START. */
static int open_bytes(struct zip *zip, struct arena *arena, const unsigned char *bytes,
		      size_t length, uint64_t start)
{
	int fd = memfd_create("zip", 0), ret;

	assert_int_equal(write(fd, bytes, length), length);
	ret = zip_open(zip, arena, fd, start, "x");
	close(fd);
	return ret;
}

/* wrong: part of the words; NULL: it must be accepted. */
static void expect(const unsigned char *bytes, size_t length, const char *wrong, const char *row)
{
	struct arena arena = { 0 };
	struct said said;
	struct zip zip;
	int ret;

	said_begin(&said);
	ret = open_bytes(&zip, &arena, bytes, length, 0);
	said_end(&said);
	if ((ret == 0) != !wrong || (wrong && !strstr(said.text, wrong)) || strchr(said.text, '\n'))
		fail_msg("%s: %d, %s", row, ret, said.text);
	arena_close(&arena);
}

static const struct member good[] = {
	{ "b", "0123456789", 0100755, false },
	{ "d/", "", 040750, false },
	{ "d/x", "abc", 0100640, false },
	{ "l", "d/x", 0120777, false },
};

enum part { LOCAL, CENTRAL, END };

static void changed_fields_are_refused(void **state)
{
	static const struct {
		enum part part;
		unsigned int number, at, bytes;
		uint64_t value;
		const char *wrong;
	} rows[] = {
		{ LOCAL, 0, 0, 1, 'X', "does not begin as the zip that it ends as" },
		{ LOCAL, 1, 0, 1, 'X', "d: has no local header" },
		{ LOCAL, 0, L_VERSION, 1, 63, "b: needs a younger zip tool" },
		{ LOCAL, 0, L_VERSION, 1, 10, NULL },
		{ LOCAL, 0, L_FLAGS, 2, 1, "b: is encrypted" },
		{ LOCAL, 0, L_FLAGS, 2, 8, "b: is packed otherwise by its local header" },
		{ LOCAL, 0, L_FLAGS, 2, 0x2000, "b: has flags" },
		{ LOCAL, 0, L_METHOD, 2, 8, "b: is packed otherwise" },
		{ LOCAL, 0, L_METHOD, 2, 12, "b: is packed by a method" },
		{ LOCAL, 0, L_CRC, 4, 1, "b: has other sizes or another checksum" },
		{ LOCAL, 0, L_PACKED, 4, 9, "b: has other sizes" },
		{ LOCAL, 0, L_SIZE, 4, 9, "b: has other sizes" },
		{ LOCAL, 0, L_SIZE, 4, UINT32_MAX, "b: its zip64 field is cut short" },
		{ LOCAL, 0, L_NAME_LENGTH, 2, 2, "b: has another name in its local header" },
		{ LOCAL, 0, L_NAME_LENGTH, 2, UINT16_MAX, "b: its local header is cut short" },
		{ LOCAL, 0, L_EXTRA_LENGTH, 2, 3, "b: its extra fields are cut short" },
		{ LOCAL, 0, L_EXTRA_LENGTH, 2, UINT16_MAX, "b: its local header is cut short" },
		{ LOCAL, 0, L_NAME, 1, 'a', "b: has another name in its local header" },
		{ LOCAL, 1, L_NAME + 1, 1, 'x', "d: has another name in its local header" },
		{ CENTRAL, 0, 0, 1, 'X', "its central directory is damaged" },
		{ CENTRAL, 3, 2, 1, 'X', "its central directory is damaged" },
		{ CENTRAL, 0, C_VERSION, 1, 46, "b: needs a younger zip tool" },
		{ CENTRAL, 0, C_FLAGS, 2, 1, "b: is encrypted" },
		{ CENTRAL, 0, C_FLAGS, 2, 0x40, "b: has flags" },
		{ CENTRAL, 0, C_METHOD, 2, 14, "b: is packed by a method" },
		{ CENTRAL, 0, C_METHOD, 2, 8, "b: is packed otherwise by its local header" },
		{ CENTRAL, 0, C_CRC, 4, 1, "b: has other sizes or another checksum" },
		{ CENTRAL, 0, C_PACKED, 4, 11, "b: is stored, and has two sizes" },
		{ CENTRAL, 0, C_SIZE, 4, 11, "b: is stored, and has two sizes" },
		{ CENTRAL, 0, C_SIZE, 4, UINT32_MAX, "b: its zip64 field is cut short" },
		{ CENTRAL, 1, C_SIZE, 4, 1, "d/: is stored, and has two sizes" },
		{ CENTRAL, 0, C_NAME_LENGTH, 2, 0, "a member has no name" },
		{ CENTRAL, 0, C_NAME_LENGTH, 2, UINT16_MAX, "its central directory is damaged" },
		{ CENTRAL, 0, C_NAME_LENGTH, 2, 2, "its central directory is damaged" },
		{ CENTRAL, 3, C_NAME_LENGTH, 2, 2, "its central directory is damaged" },
		{ CENTRAL, 3, C_EXTRA_LENGTH, 2, 1, "its central directory is damaged" },
		{ CENTRAL, 2, C_EXTRA_LENGTH, 2, 1, "d/x: its extra fields are cut short" },
		{ CENTRAL, 3, C_COMMENT, 2, 1, "its central directory is damaged" },
		{ CENTRAL, 2, C_COMMENT, 2, 1, "d/x: has a comment" },
		{ CENTRAL, 0, C_DISK, 2, 1, "b: has a comment, or is in another part" },
		{ CENTRAL, 0, C_MODE, 2, 040755, "b: is a directory by its name or its mode" },
		{ CENTRAL, 0, C_MODE, 2, 020600, "b: is a device, a FIFO or a socket" },
		{ CENTRAL, 0, C_MODE, 2, 060600, "b: is a device, a FIFO or a socket" },
		{ CENTRAL, 0, C_MODE, 2, 010600, "b: is a device, a FIFO or a socket" },
		{ CENTRAL, 0, C_MODE, 2, 0140600, "b: is a device, a FIFO or a socket" },
		{ CENTRAL, 1, C_MODE, 2, 0100755, "d/: is a directory by its name or its mode" },
		{ CENTRAL, 1, C_MODE, 2, 0120755, "d/: is a directory by its name or its mode" },
		{ CENTRAL, 0, C_HEADER, 4, 1, "1 bytes before b belong to no member" },
		{ CENTRAL, 0, C_HEADER, 4, 7, "bytes before b belong to no member" },
		{ CENTRAL, 1, C_HEADER, 4, 0, "overlaps the member before it" },
		{ CENTRAL, 3, C_HEADER, 4, UINT32_MAX, "l: its zip64 field is cut short" },
		{ CENTRAL, 3, C_HEADER, 4, UINT32_MAX - 1, "l: lies behind the members" },
		{ CENTRAL, 0, C_NAME, 1, 'c', "c: has another name in its local header" },
		{ CENTRAL, 0, C_NAME, 1, '.', ".: has a name with . or .. in it" },
		{ CENTRAL, 0, C_NAME, 1, '\\', "has a name with a backslash" },
		{ CENTRAL, 0, C_NAME, 1, '/', "/: has an absolute name" },
		{ CENTRAL, 0, C_NAME, 1, 0, "a member has no name, a NUL in it" },
		{ CENTRAL, 0, C_NAME, 1, 7, "has a name with control characters" },
		{ CENTRAL, 0, C_NAME, 1, 0xe4, "has a name with control characters, or not in UTF-8" },
		{ CENTRAL, 2, C_NAME + 2, 1, '/', "d//: has a name with an empty part" },
		{ END, 0, 0, 1, 'X', "is a zip without an end" },
		{ END, 0, E_DISK, 2, 1, "is one of several parts" },
		{ END, 0, E_DISK + 2, 2, 1, "is one of several parts" },
		{ END, 0, E_COUNT_HERE, 2, 3, "is one of several parts" },
		{ END, 0, E_SIZE, 4, 10, "its central directory is not where its end says" },
		{ END, 0, E_SIZE, 4, UINT32_MAX, "its central directory is not where its end says" },
		{ END, 0, E_OFFSET, 4, 0, "its central directory is not where its end says" },
		{ END, 0, E_OFFSET, 4, UINT32_MAX, "its central directory is not where its end says" },
		{ END, 0, E_COMMENT, 2, 1, "is a zip without an end" },
	};
	struct made made;
	size_t i, j;

	(void)state;
	make(&made, good, COUNT(good));
	expect(made.bytes, made.length, NULL, "good");
	for (i = 0; i < COUNT(rows); i++) {
		char row[32];
		size_t at;

		make(&made, good, COUNT(good));
		at = rows[i].at + (rows[i].part == LOCAL   ? made.local[rows[i].number] :
				   rows[i].part == CENTRAL ? made.central[rows[i].number] :
							     made.end);
		for (j = 0; j < rows[i].bytes; j++)
			made.bytes[at + j] = (unsigned char)(rows[i].value >> 8 * j);
		snprintf(row, sizeof(row), "row %zu", i);
		expect(made.bytes, made.length, rows[i].wrong, row);
	}
}

static void changed_counts_are_refused(void **state)
{
	static const struct {
		unsigned int count;
		const char *wrong;
	} rows[] = { { 0, "is an empty zip" },
		     { 3, "its central directory holds more than its 3 members" },
		     { 5, "its central directory is shorter than its 5 members" },
		     { 65535, "its central directory is shorter than its 65535 members" } };
	struct made made;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		make(&made, good, COUNT(good));
		made.bytes[made.end + E_COUNT] = made.bytes[made.end + E_COUNT_HERE] =
			(unsigned char)rows[i].count;
		made.bytes[made.end + E_COUNT + 1] = made.bytes[made.end + E_COUNT_HERE + 1] =
			(unsigned char)(rows[i].count >> 8);
		expect(made.bytes, made.length, rows[i].wrong, "count");
	}
}

/* Two members whose names cannot live together. */
static void names_that_collide_are_refused(void **state)
{
	static const struct {
		struct member members[3];
		const char *wrong;
	} rows[] = {
		{ { { "a", "1", 0, false }, { "b", "1", 0, false }, { "a", "2", 0, false } },
		  "a is there twice" },
		{ { { "a", "1", 0, false }, { "b", "1", 0, false }, { "a/", "", 0, false } },
		  "a is there twice" },
		{ { { "a/b", "1", 0, false }, { "a-", "1", 0, false }, { "a", "1", 0, false } },
		  "a/b lies below a, which is no directory" },
		{ { { "a/b/c", "1", 0, false }, { "a-", "1", 0, false }, { "a", "x", 0120777, false } },
		  "a/b/c lies below a, which is no directory" },
		{ { { "a/b", "1", 0, false }, { "a-", "1", 0, false }, { "a.b", "1", 0, false } },
		  NULL },
		{ { { "../a", "1", 0, false }, { "b", "1", 0, false }, { "c", "1", 0, false } },
		  "../a: has a name with . or .." },
		{ { { "a/../../b", "1", 0, false }, { "b", "1", 0, false }, { "c", "1", 0, false } },
		  "has a name with . or .." },
		{ { { "a/..", "1", 0, false }, { "b", "1", 0, false }, { "c", "1", 0, false } },
		  "has a name with . or .." },
		{ { { "a/./b", "1", 0, false }, { "b", "1", 0, false }, { "c", "1", 0, false } },
		  "has a name with . or .." },
		{ { { "..a/b..", "1", 0, false }, { ".b", "1", 0, false }, { "...", "1", 0, false } },
		  NULL },
		{ { { "/etc/passwd", "1", 0, false }, { "b", "1", 0, false }, { "c", "1", 0, false } },
		  "has an absolute name" },
		{ { { "l", "", 0120777, false }, { "b", "1", 0, false }, { "c", "1", 0, false } },
		  "a symbolic link that leads" },
		{ { { "d/", "x", 0, false }, { "b", "1", 0, false }, { "c", "1", 0, false } },
		  "d/: is a directory with contents" },
	};
	struct made made;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		char row[32];

		make(&made, rows[i].members, 3);
		snprintf(row, sizeof(row), "row %zu", i);
		expect(made.bytes, made.length, rows[i].wrong, row);
	}
}

static void what_lies_beside_members_is_refused(void **state)
{
	unsigned char bytes[70000] = "junk";
	struct made made;
	size_t gap;

	(void)state;
	make(&made, good, COUNT(good));
	memcpy(bytes + 4, made.bytes, made.length);
	expect(bytes, made.length + 4, "does not begin as the zip that it ends as", "before");
	memcpy(bytes, "PK\3\4", 4);
	expect(bytes, made.length + 4, "its central directory is not where its end says",
	       "like a member");
	memcpy(bytes, made.bytes, made.length);
	expect(bytes, made.length + 1, "is a zip without an end", "behind");
	expect(bytes, made.length - 1, "is a zip without an end", "cut");
	/* Between the members and the directory, told in the end. */
	gap = made.central[0];
	memmove(bytes + gap + 5, bytes + gap, made.length - gap);
	bytes[made.end + 5 + E_OFFSET] = (unsigned char)(gap + 5);
	expect(bytes, made.length + 5, "5 bytes before the central directory belong to no member",
	       "gap");
}

static void a_comment_is_passed_over(void **state)
{
	struct made made;

	(void)state;
	make(&made, good, COUNT(good));
	made.bytes[made.end + E_COMMENT] = 40;
	memset(made.bytes + made.length, 'c', 40);
	expect(made.bytes, made.length + 40, NULL, "comment");
	/* One that would be an end itself decides, and does not fit what is there. */
	memcpy(made.bytes + made.length, made.bytes + made.end, 22);
	made.bytes[made.length + E_COMMENT] = 18;
	expect(made.bytes, made.length + 40, "its central directory is not where its end says",
	       "end");
}

static void members_are_found_as_they_are(void **state)
{
	struct arena arena = { 0 };
	const struct zip_member *member;
	struct made made;
	struct zip zip;

	(void)state;
	make(&made, good, COUNT(good));
	memmove(made.bytes + 512, made.bytes, made.length);
	assert_int_equal(open_bytes(&zip, &arena, made.bytes, made.length + 512, 512), 0);
	assert_int_equal(zip.count, 4);
	assert_int_equal(zip.size, 16);
	member = zip_find(&zip, "d/x");
	assert_non_null(member);
	assert_int_equal(member->mode, S_IFREG | 0640);
	assert_int_equal(member->size, 3);
	assert_memory_equal(made.bytes + member->offset, "abc", 3);
	assert_int_equal(zip_find(&zip, "d")->mode, S_IFDIR | 0750);
	assert_int_equal(zip_find(&zip, "l")->mode, S_IFLNK | 0777);
	assert_null(zip_find(&zip, "d/"));
	assert_null(zip_find(&zip, "x"));
	arena_close(&arena);
}

static void a_bundle_knows_where_its_zip_begins(void **state)
{
	unsigned char bytes[70000] = { 0 };
	int fd = memfd_create("zip", 0);
	uint64_t start = 0;
	struct made made;

	(void)state;
	make(&made, good, COUNT(good));
	memcpy(bytes + 77, made.bytes, made.length);
	assert_int_equal(write(fd, bytes, made.length + 77), made.length + 77);
	assert_int_equal(zip_start(&start, fd), 0);
	assert_int_equal(start, 77);
	assert_int_equal(ftruncate(fd, (off_t)made.length + 76), 0);
	assert_int_not_equal(zip_start(&start, fd), 0);
	close(fd);
}

static void what_is_no_zip_is_not_said(void **state)
{
	unsigned char bytes[5000] = "hsqs";
	struct arena arena = { 0 };
	struct said said;
	struct zip zip;

	(void)state;
	said_begin(&said);
	assert_int_equal(open_bytes(&zip, &arena, bytes, sizeof(bytes), 0), -ENOENT);
	bytes[0] = 0;
	assert_int_equal(open_bytes(&zip, &arena, bytes, sizeof(bytes), 0), -ENOENT);
	assert_int_equal(open_bytes(&zip, &arena, bytes, 21, 0), -ENOENT);
	assert_int_equal(open_bytes(&zip, &arena, bytes, 0, 0), -ENOENT);
	assert_int_equal(open_bytes(&zip, &arena, bytes, 100, 101), -ENOENT);
	assert_string_equal(said_end(&said), "");
	arena_close(&arena);
}

/* One bit at a time: never a crash, and what is accepted lies within the file, without overlap. */
static void every_flipped_bit_is_survived(void **state)
{
	struct made made;
	size_t bit, i;

	(void)state;
	make(&made, good, COUNT(good));
	for (bit = 0; bit < made.length * 8; bit++) {
		struct arena arena = { 0 };
		struct said said;
		struct zip zip;
		int ret;

		made.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		said_begin(&said);
		ret = open_bytes(&zip, &arena, made.bytes, made.length, 0);
		said_end(&said);
		if ((ret == 0) != (said.text[0] == '\0') || strchr(said.text, '\n'))
			fail_msg("bit %zu: %d, %s", bit, ret, said.text);
		for (i = 0; ret == 0 && i < zip.count; i++)
			assert_true(zip.members[i].offset + zip.members[i].packed <= made.central[0]);
		made.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		arena_close(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_fields_are_refused),
		cmocka_unit_test(changed_counts_are_refused),
		cmocka_unit_test(names_that_collide_are_refused),
		cmocka_unit_test(what_lies_beside_members_is_refused),
		cmocka_unit_test(a_comment_is_passed_over),
		cmocka_unit_test(members_are_found_as_they_are),
		cmocka_unit_test(a_bundle_knows_where_its_zip_begins),
		cmocka_unit_test(what_is_no_zip_is_not_said),
		cmocka_unit_test(every_flipped_bit_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
