/* SPDX-License-Identifier: MIT */
/* Superblocks made from a good one by changing a field: each refused in words, or accepted rightly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "image/squashfs.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Where the fields are: Documentation/filesystems/squashfs.rst and fs/squashfs/squashfs_fs.h. */
enum {
	MAGIC = 0,
	INODES = 4,
	BLOCK_SIZE = 12,
	COMPRESSION = 20,
	BLOCK_LOG = 22,
	MAJOR = 28,
	MINOR = 30,
	BYTES_USED = 40,
	INODE_TABLE = 64,
	DIRECTORY_TABLE = 72,
};

enum { GOOD_USED = 8192 };

static void put(unsigned char *superblock, unsigned int at, unsigned int bytes, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		superblock[at + i] = (unsigned char)(value >> (8 * i));
}

static void make_good(unsigned char *superblock)
{
	memset(superblock, 0, SQUASHFS_SUPERBLOCK_SIZE);
	memcpy(superblock, "hsqs", 4);
	put(superblock, INODES, 4, 5);
	put(superblock, BLOCK_SIZE, 4, 131072);
	put(superblock, COMPRESSION, 2, 1);
	put(superblock, BLOCK_LOG, 2, 17);
	put(superblock, MAJOR, 2, 4);
	put(superblock, MINOR, 2, 0);
	put(superblock, BYTES_USED, 8, GOOD_USED);
	put(superblock, INODE_TABLE, 8, 4096);
	put(superblock, DIRECTORY_TABLE, 8, 6000);
}

/* Two fields are set; 0 bytes: not. wrong: part of the words, NULL: accepted with SIZE. */
struct row {
	struct {
		unsigned int at, bytes;
		uint64_t value;
	} change[2];
	uint64_t available;
	const char *wrong;
	uint64_t size;
};

static const char magic[] = "no magic number", version[] = "version other than 4.0",
		  block[] = "block size", codec[] = "unknown compression", cut[] = "cut short",
		  tables[] = "(tables)", sector[] = "-nopad";

static const struct row rows[] = {
	{ { { 0 } }, GOOD_USED, NULL, GOOD_USED },
	{ { { 0 } }, GOOD_USED + 1, NULL, GOOD_USED },
	{ { { 0 } }, UINT64_C(1) << 40, NULL, GOOD_USED },
	{ { { 0 } }, GOOD_USED - 1, cut, 0 },
	{ { { 0 } }, SQUASHFS_SUPERBLOCK_SIZE, cut, 0 },
	{ { { 0 } }, 0, cut, 0 },

	{ { { MAGIC, 4, 0 } }, GOOD_USED, magic, 0 },
	{ { { MAGIC, 4, 0x68737173 } }, GOOD_USED, magic, 0 },
	{ { { MAGIC, 4, 0x71736873 } }, GOOD_USED, magic, 0 },
	{ { { MAGIC, 4, UINT32_MAX } }, GOOD_USED, magic, 0 },
	{ { { MAGIC + 3, 1, 0 } }, GOOD_USED, magic, 0 },

	{ { { MAJOR, 2, 3 } }, GOOD_USED, version, 0 },
	{ { { MAJOR, 2, 5 } }, GOOD_USED, version, 0 },
	{ { { MAJOR, 2, 0x0400 } }, GOOD_USED, version, 0 },
	{ { { MINOR, 2, 1 } }, GOOD_USED, version, 0 },
	{ { { MINOR, 2, 0x0100 } }, GOOD_USED, version, 0 },

	{ { { BLOCK_LOG, 2, 11 }, { BLOCK_SIZE, 4, 2048 } }, GOOD_USED, block, 0 },
	{ { { BLOCK_LOG, 2, 12 }, { BLOCK_SIZE, 4, 4096 } }, GOOD_USED, NULL, GOOD_USED },
	{ { { BLOCK_LOG, 2, 20 }, { BLOCK_SIZE, 4, 1 << 20 } }, GOOD_USED, NULL, GOOD_USED },
	{ { { BLOCK_LOG, 2, 21 }, { BLOCK_SIZE, 4, 1 << 21 } }, GOOD_USED, block, 0 },
	{ { { BLOCK_LOG, 2, 64 }, { BLOCK_SIZE, 4, 1 } }, GOOD_USED, block, 0 },
	{ { { BLOCK_LOG, 2, UINT16_MAX } }, GOOD_USED, block, 0 },
	{ { { BLOCK_LOG, 2, 0 }, { BLOCK_SIZE, 4, 1 } }, GOOD_USED, block, 0 },
	{ { { BLOCK_LOG, 2, 16 } }, GOOD_USED, block, 0 },
	{ { { BLOCK_SIZE, 4, 0 } }, GOOD_USED, block, 0 },
	{ { { BLOCK_SIZE, 4, 131073 } }, GOOD_USED, block, 0 },
	{ { { BLOCK_SIZE, 4, UINT32_MAX } }, GOOD_USED, block, 0 },

	{ { { COMPRESSION, 2, 0 } }, GOOD_USED, codec, 0 },
	{ { { COMPRESSION, 2, 6 } }, GOOD_USED, NULL, GOOD_USED },
	{ { { COMPRESSION, 2, 7 } }, GOOD_USED, codec, 0 },
	{ { { COMPRESSION, 2, 256 } }, GOOD_USED, codec, 0 },
	{ { { COMPRESSION, 2, UINT16_MAX } }, GOOD_USED, codec, 0 },

	{ { { INODES, 4, 0 } }, GOOD_USED, tables, 0 },
	{ { { INODES, 4, UINT32_MAX } }, GOOD_USED, NULL, GOOD_USED },
	{ { { INODE_TABLE, 8, 0 } }, GOOD_USED, tables, 0 },
	{ { { INODE_TABLE, 8, 95 } }, GOOD_USED, tables, 0 },
	{ { { INODE_TABLE, 8, 96 } }, GOOD_USED, NULL, GOOD_USED },
	{ { { INODE_TABLE, 8, 5999 } }, GOOD_USED, NULL, GOOD_USED },
	{ { { INODE_TABLE, 8, 6000 } }, GOOD_USED, tables, 0 },
	{ { { INODE_TABLE, 8, 6001 } }, GOOD_USED, tables, 0 },
	{ { { INODE_TABLE, 8, UINT64_MAX } }, GOOD_USED, tables, 0 },
	{ { { DIRECTORY_TABLE, 8, 0 } }, GOOD_USED, tables, 0 },
	{ { { DIRECTORY_TABLE, 8, GOOD_USED - 1 } }, GOOD_USED, NULL, GOOD_USED },
	{ { { DIRECTORY_TABLE, 8, GOOD_USED } }, GOOD_USED, tables, 0 },
	{ { { DIRECTORY_TABLE, 8, UINT64_MAX } }, GOOD_USED, tables, 0 },
	{ { { INODE_TABLE, 8, UINT64_MAX - 1 }, { DIRECTORY_TABLE, 8, UINT64_MAX } },
	  GOOD_USED,
	  tables,
	  0 },

	{ { { BYTES_USED, 8, 0 } }, GOOD_USED, tables, 0 },
	{ { { BYTES_USED, 8, 95 } }, GOOD_USED, tables, 0 },
	{ { { BYTES_USED, 8, 6001 } }, GOOD_USED, NULL, GOOD_USED },
	{ { { BYTES_USED, 8, GOOD_USED + 1 } }, GOOD_USED, cut, 0 },
	{ { { BYTES_USED, 8, UINT64_C(1) << 32 } }, GOOD_USED, cut, 0 },
	{ { { BYTES_USED, 8, INT64_MAX } }, GOOD_USED, cut, 0 },
	{ { { BYTES_USED, 8, UINT64_MAX } }, GOOD_USED, cut, 0 },

	/* The end of the file lies inside the last page, or inside the last sector. */
	{ { { BYTES_USED, 8, 6500 } }, 6500, sector, 0 },
	{ { { BYTES_USED, 8, 6500 } }, 6655, sector, 0 },
	{ { { BYTES_USED, 8, 6500 } }, 6656, NULL, 6656 },
	{ { { BYTES_USED, 8, 6500 } }, 6657, NULL, 6657 },
	{ { { BYTES_USED, 8, 6656 } }, 6656, NULL, 6656 },
	{ { { BYTES_USED, 8, 6656 } }, 7000, NULL, 7000 },

	/* A block device says nothing about its end; sizes near the largest number must not wrap round. */
	{ { { 0 } }, UINT64_MAX, NULL, GOOD_USED },
	{ { { BYTES_USED, 8, UINT64_MAX } }, UINT64_MAX, "squashfs", 0 },
	{ { { BYTES_USED, 8, UINT64_MAX - 4094 } }, UINT64_MAX, "squashfs", 0 },
};

static void change(unsigned char *superblock, const struct row *row)
{
	size_t i;

	make_good(superblock);
	for (i = 0; i < COUNT(row->change); i++)
		put(superblock, row->change[i].at, row->change[i].bytes, row->change[i].value);
}

static void changed_superblocks_are_refused_or_accepted_rightly(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		/* Of its own, so that ASan sees a byte too far. */
		unsigned char *superblock = malloc(SQUASHFS_SUPERBLOCK_SIZE);
		struct layer layer = { .fd = -1 };
		const char *wrong;

		assert_non_null(superblock);
		change(superblock, &rows[i]);
		wrong = squashfs_parse(&layer, superblock, rows[i].available);
		if (!wrong != !rows[i].wrong || (wrong && !strstr(wrong, rows[i].wrong)))
			fail_msg("row %zu: %s", i, wrong ? wrong : "accepted");
		if (!wrong && layer.size != rows[i].size)
			fail_msg("row %zu: %llu bytes", i, (unsigned long long)layer.size);
		free(superblock);
	}
}

static void every_codec_has_its_name(void **state)
{
	static const char *const names[] = { "gzip", "lzma", "lzo", "xz", "lz4", "zstd" };
	unsigned char superblock[SQUASHFS_SUPERBLOCK_SIZE];
	struct layer layer = { .fd = -1 };
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		make_good(superblock);
		put(superblock, COMPRESSION, 2, i + 1);
		assert_null(squashfs_parse(&layer, superblock, GOOD_USED));
		assert_string_equal(layer.compression, names[i]);
	}
}

/* One bit at a time: never a crash, and what is accepted stays within the file. */
static void every_flipped_bit_is_survived(void **state)
{
	unsigned char superblock[SQUASHFS_SUPERBLOCK_SIZE];
	unsigned int bit;

	(void)state;
	for (bit = 0; bit < SQUASHFS_SUPERBLOCK_SIZE * 8; bit++) {
		struct layer layer = { .fd = -1 };

		make_good(superblock);
		superblock[bit / 8] ^= (unsigned char)(1 << bit % 8);
		if (!squashfs_parse(&layer, superblock, GOOD_USED)) {
			assert_true(layer.size <= GOOD_USED);
			assert_non_null(layer.compression);
		}
	}
}

/* A file with the superblock at OFFSET and LENGTH bytes in all. */
static int make_file(uint64_t offset, uint64_t length)
{
	unsigned char superblock[SQUASHFS_SUPERBLOCK_SIZE];
	int fd = memfd_create("image", 0);

	make_good(superblock);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, superblock, sizeof(superblock), (off_t)offset),
			 sizeof(superblock));
	assert_int_equal(ftruncate(fd, (off_t)length), 0);
	return fd;
}

static void files_are_checked_at_their_offset(void **state)
{
	static const struct {
		uint64_t at, length, offset, available;
		const char *said;
	} files[] = {
		{ 0, GOOD_USED, 0, GOOD_USED, NULL },
		{ 4096, 4096 + GOOD_USED, 4096, GOOD_USED, NULL },
		{ 100, 100 + GOOD_USED, 100, GOOD_USED, NULL },
		{ 0, GOOD_USED, 1, GOOD_USED - 1,
		  "davit: test.squashfs at offset 1: not a squashfs image (no magic number)" },
		{ 0, 0, 0, 0,
		  "davit: test.squashfs at offset 0: not a squashfs image (shorter than its superblock)" },
		{ 0, 95, 0, 95,
		  "davit: test.squashfs at offset 0: not a squashfs image (shorter than its superblock)" },
		{ 0, 96, 0, 96, "davit: test.squashfs at offset 0: squashfs image is cut short" },
		{ 0, GOOD_USED, GOOD_USED, 0,
		  "davit: test.squashfs at offset 8192: not a squashfs image (shorter than its superblock)" },
		{ 0, GOOD_USED, UINT64_MAX, 0, "davit: test.squashfs: offset out of range" },
		{ 0, GOOD_USED, UINT64_C(1) << 63, 0, "davit: test.squashfs: offset out of range" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		struct layer layer = { .path = "test.squashfs", .offset = files[i].offset };
		struct said said;
		const char *text;
		int ret;

		layer.fd = make_file(files[i].at, files[i].length);
		said_begin(&said);
		ret = squashfs_check(&layer, files[i].available);
		text = said_end(&said);
		close(layer.fd);
		assert_string_equal(text, files[i].said ? files[i].said : "");
		assert_int_equal(ret < 0, files[i].said != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_superblocks_are_refused_or_accepted_rightly),
		cmocka_unit_test(every_codec_has_its_name),
		cmocka_unit_test(every_flipped_bit_is_survived),
		cmocka_unit_test(files_are_checked_at_their_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
