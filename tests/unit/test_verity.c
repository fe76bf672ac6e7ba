/* SPDX-License-Identifier: MIT */
/* Verity trees: their layout, their superblock field by field, and every byte of data and tree changed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "image/verity.h"
#include "said.h"

/* Data of SIZE bytes that no two blocks share. */
static int make_data(uint64_t size)
{
	const int fd = memfd_create("data", 0);
	uint64_t i;

	assert_true(fd >= 0);
	for (i = 0; i < size; i += VERITY_BLOCK) {
		unsigned char block[VERITY_BLOCK];
		const size_t length =
			size - i < VERITY_BLOCK ? (size_t)(size - i) : (size_t)VERITY_BLOCK;

		memset(block, (int)(i / VERITY_BLOCK) & 255, sizeof(block));
		memcpy(block, &i, sizeof(i));
		assert_int_equal(write(fd, block, length), (ssize_t)length);
	}
	return fd;
}

static uint64_t file_size(int fd)
{
	return (uint64_t)lseek(fd, 0, SEEK_END);
}

static void the_tree_has_as_many_blocks_as_the_format_says(void **state)
{
	static const struct {
		uint64_t data, tree;
		unsigned int levels;
	} rows[] = { { 1, 0, 0 },       { 2, 1, 1 },
		     { 128, 1, 1 },     { 129, 3, 2 },
		     { 300, 4, 2 },     { 16384, 129, 2 },
		     { 16385, 132, 3 }, { UINT64_C(1) << 40, (UINT64_C(1) << 40) / 127 + 1, 6 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verity_levels levels;

		verity_layout(&levels, rows[i].data);
		assert_int_equal(levels.count, rows[i].levels);
		assert_int_equal(levels.blocks, rows[i].tree);
		assert_int_equal(verity_size(rows[i].data),
				 (rows[i].data + 1 + rows[i].tree) * VERITY_BLOCK);
	}
}

static void what_was_appended_is_read_and_checked(void **state)
{
	static const uint64_t sizes[] = { 1,          4095,           4096,        4097,
					  128 * 4096, 128 * 4096 + 1, 16385 * 4096 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const int fd = make_data(sizes[i]);
		const uint64_t blocks = (sizes[i] + VERITY_BLOCK - 1) / VERITY_BLOCK;
		struct digest root, other;
		struct verity verity;

		assert_int_equal(verity_append(&root, fd, sizes[i], "data"), 0);
		assert_int_equal(file_size(fd), verity_size(blocks));
		assert_int_equal(verity_read(&verity, fd, 0, blocks * VERITY_BLOCK, file_size(fd),
					     "data"),
				 0);
		assert_int_equal(verity_check(&verity, fd, 0, &root, "data"), 0);
		assert_int_equal(verity_check_some(&verity, fd, 0, &root, "data"), 0);
		/* Again, on what is longer now: the same. */
		assert_int_equal(verity_append(&other, fd, sizes[i], "data"), 0);
		assert_true(digest_same(&root, &other));
		assert_int_equal(file_size(fd), verity_size(blocks));
		close(fd);
	}
}

/* Of 300 blocks as make_data() makes them; by veritysetup format with the same salt and UUID, and sha256sum. */
static void the_bytes_are_those_of_veritysetup(void **state)
{
	const uint64_t size = 300 * (uint64_t)VERITY_BLOCK;
	const int fd = make_data(size);
	struct digest root, all;
	char hex[DIGEST_HEX + 1];

	(void)state;
	assert_int_equal(verity_append(&root, fd, size, "data"), 0);
	digest_print_hex(hex, &root);
	assert_string_equal(hex, "04aefeebc17530cfc559ff1fff53c4b3545798c98d4dd9b53adeb31f27b42c2b");
	assert_int_equal(digest_range(&all, fd, 0, file_size(fd)), 0);
	digest_print_hex(hex, &all);
	assert_string_equal(hex, "c8c3dec0187278a370da243a07cd7a625c032dcd256495049447e54af985181a");
	close(fd);
}

static void every_changed_byte_is_found(void **state)
{
	const uint64_t data = 130 * (uint64_t)VERITY_BLOCK;
	const int fd = make_data(data);
	struct verity verity;
	struct digest root;
	uint64_t at;

	(void)state;
	assert_int_equal(verity_append(&root, fd, data, "data"), 0);
	assert_int_equal(verity_read(&verity, fd, 0, data, file_size(fd), "data"), 0);
	for (at = 0; at < file_size(fd); at += 1021) {
		struct said said;
		unsigned char byte;
		int ret;

		if (at >= data && at < data + VERITY_BLOCK)
			continue;
		assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
		byte ^= 4;
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
		said_begin(&said);
		ret = verity_check(&verity, fd, 0, &root, "data");
		(void)said_end(&said);
		assert_int_equal(ret, -EBADMSG);
		assert_non_null(strstr(said.text, "not that of the data"));
		said_begin(&said);
		ret = verity_check_some(&verity, fd, 0, &root, "data");
		(void)said_end(&said);
		/* Both ends of the data, and all of the tree. */
		if (at < 16 * VERITY_BLOCK || at >= 128 * VERITY_BLOCK)
			assert_int_equal(ret, -EBADMSG);
		byte ^= 4;
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	}
	root.bytes[31] ^= 1;
	{
		struct said said;
		const int ret = (said_begin(&said), verity_check(&verity, fd, 0, &root, "data"));

		(void)said_end(&said);
		assert_int_equal(ret, -EBADMSG);
		assert_non_null(strstr(said.text, "another root hash"));
	}
	close(fd);
}

enum { BLOCKS = 300, DATA = BLOCKS * VERITY_BLOCK };

static void make_superblock(unsigned char *superblock)
{
	struct verity verity = { .data_blocks = BLOCKS, .salt_size = 32 };

	memset(verity.salt, 7, 32);
	verity_print(superblock, &verity);
}

static void every_field_of_the_superblock_is_checked(void **state)
{
	static const struct {
		unsigned int at;
		unsigned char value;
		const char *wrong;
	} rows[] = { { 0, 'V', "no verity superblock" },
		     { 7, 1, "no verity superblock" },
		     { 8, 2, "version" },
		     { 11, 1, "version" },
		     { 12, 0, "version" },
		     { 32, 'S', "sha256" },
		     { 36, '1', "sha256" },
		     { 38, ' ', "sha256" },
		     { 63, 1, "sha256" },
		     { 65, 2, "block size" },
		     { 68, 1, "block size" },
		     { 72, 0x2b, "another size" },
		     { 79, 0x80, "another size" },
		     { 81, 1, "size of the salt" },
		     { 81, 255, "size of the salt" },
		     { 82, 1, "not zero" },
		     { 120, 1, "not zero" },
		     { 343, 1, "not zero" },
		     { 511, 1, "not zero" } };
	const uint64_t whole = verity_size(BLOCKS);
	unsigned char superblock[VERITY_SUPERBLOCK_SIZE];
	struct verity verity;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *wrong;

		make_superblock(superblock);
		superblock[rows[i].at] = rows[i].value;
		wrong = verity_parse(&verity, superblock, DATA, whole);
		assert_non_null(wrong);
		assert_non_null(strstr(wrong, rows[i].wrong));
	}
	make_superblock(superblock);
	assert_null(verity_parse(&verity, superblock, DATA, whole));
	assert_int_equal(verity.data_blocks, BLOCKS);
	assert_int_equal(verity.salt_size, 32);
	assert_non_null(verity_parse(&verity, superblock, DATA, whole - 1));
	assert_non_null(verity_parse(&verity, superblock, DATA + 1, whole));
	assert_non_null(verity_parse(&verity, superblock, DATA - VERITY_BLOCK, whole));
	assert_non_null(verity_parse(&verity, superblock, 0, whole));
	superblock[80] = 0;
	memset(superblock + 88, 0, 32);
	assert_null(verity_parse(&verity, superblock, DATA, whole));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tree_has_as_many_blocks_as_the_format_says),
		cmocka_unit_test(what_was_appended_is_read_and_checked),
		cmocka_unit_test(the_bytes_are_those_of_veritysetup),
		cmocka_unit_test(every_changed_byte_is_found),
		cmocka_unit_test(every_field_of_the_superblock_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
