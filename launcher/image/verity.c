/* SPDX-License-Identifier: MIT */
/* The superblock of dm-verity, read and written, and where the levels of its tree are. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "image/verity.h"

/* Byte offsets in the superblock; all numbers are little-endian. */
enum {
	AT_VERSION = 8,
	AT_HASH_TYPE = 12,
	AT_UUID = 16,
	AT_ALGORITHM = 32,
	AT_DATA_BLOCK = 64,
	AT_HASH_BLOCK = 68,
	AT_DATA_BLOCKS = 72,
	AT_SALT_SIZE = 80,
	AT_SALT = 88
};

enum { ALGORITHM_SIZE = 32, HASHES_LOG = 7, HASHES = 1 << HASHES_LOG };

static const char magic[8] = "verity", algorithm[ALGORITHM_SIZE] = "sha256";

static uint64_t get(const unsigned char *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

static void put(unsigned char *at, unsigned int bytes, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

void verity_layout(struct verity_levels *out, uint64_t data_blocks)
{
	uint64_t sizes[VERITY_LEVELS_MOST] = { 0 };
	uint64_t blocks = data_blocks;
	unsigned int i;

	*out = (struct verity_levels){ .count = 0 };
	while (blocks > 1) {
		blocks = blocks / HASHES + (blocks % HASHES != 0);
		sizes[out->count++] = blocks;
	}
	for (i = out->count; i-- > 0;) {
		out->start[i] = out->blocks;
		out->blocks += sizes[i];
	}
}

uint64_t verity_size(uint64_t data_blocks)
{
	struct verity_levels levels;

	verity_layout(&levels, data_blocks);
	return (data_blocks + 1 + levels.blocks) * VERITY_BLOCK;
}

const char *verity_parse(struct verity *out, const unsigned char superblock[VERITY_SUPERBLOCK_SIZE],
			 uint64_t data_size, uint64_t available)
{
	static const unsigned char zeroes[VERITY_SUPERBLOCK_SIZE];
	const uint64_t salt_size = get(superblock + AT_SALT_SIZE, 2);

	if (memcmp(superblock, magic, sizeof(magic)) != 0)
		return "no verity superblock";
	if (get(superblock + AT_VERSION, 4) != 1 || get(superblock + AT_HASH_TYPE, 4) != 1)
		return "verity superblock of a version other than 1";
	if (memcmp(superblock + AT_ALGORITHM, algorithm, ALGORITHM_SIZE) != 0)
		return "verity tree of another algorithm than sha256";
	if (get(superblock + AT_DATA_BLOCK, 4) != VERITY_BLOCK ||
	    get(superblock + AT_HASH_BLOCK, 4) != VERITY_BLOCK)
		return "verity tree of another block size than 4096";
	if (data_size == 0 || data_size % VERITY_BLOCK != 0 || data_size > INT64_MAX / 2 ||
	    get(superblock + AT_DATA_BLOCKS, 8) != data_size / VERITY_BLOCK)
		return "verity superblock that says another size than the data have";
	if (salt_size > VERITY_SALT_MOST)
		return "damaged verity superblock (size of the salt)";
	if (memcmp(superblock + AT_SALT + salt_size, zeroes,
		   VERITY_SUPERBLOCK_SIZE - AT_SALT - salt_size) != 0 ||
	    get(superblock + AT_SALT_SIZE + 2, AT_SALT - AT_SALT_SIZE - 2) != 0)
		return "damaged verity superblock (not zero where nothing is)";
	if (verity_size(data_size / VERITY_BLOCK) > available)
		return "verity tree is cut short";
	*out = (struct verity){ .data_blocks = data_size / VERITY_BLOCK,
				.salt_size = (size_t)salt_size };
	memcpy(out->uuid, superblock + AT_UUID, sizeof(out->uuid));
	memcpy(out->salt, superblock + AT_SALT, out->salt_size);
	return NULL;
}

void verity_print(unsigned char superblock[VERITY_SUPERBLOCK_SIZE], const struct verity *verity)
{
	memset(superblock, 0, VERITY_SUPERBLOCK_SIZE);
	memcpy(superblock, magic, sizeof(magic));
	put(superblock + AT_VERSION, 4, 1);
	put(superblock + AT_HASH_TYPE, 4, 1);
	memcpy(superblock + AT_UUID, verity->uuid, sizeof(verity->uuid));
	memcpy(superblock + AT_ALGORITHM, algorithm, ALGORITHM_SIZE);
	put(superblock + AT_DATA_BLOCK, 4, VERITY_BLOCK);
	put(superblock + AT_HASH_BLOCK, 4, VERITY_BLOCK);
	put(superblock + AT_DATA_BLOCKS, 8, verity->data_blocks);
	put(superblock + AT_SALT_SIZE, 2, verity->salt_size);
	memcpy(superblock + AT_SALT, verity->salt, verity->salt_size);
}

int verity_read(struct verity *out, int fd, uint64_t offset, uint64_t data_size, uint64_t available,
		const char *what)
{
	unsigned char superblock[VERITY_SUPERBLOCK_SIZE];
	const char *wrong;
	ssize_t got;

	if (data_size > available || available - data_size < VERITY_BLOCK)
		return fail(0, "%s: no room for a verity superblock", what);
	got = pread(fd, superblock, sizeof(superblock), (off_t)(offset + data_size));
	if (got < 0)
		return fail(errno, "read %s", what);
	wrong = got == sizeof(superblock) ? verity_parse(out, superblock, data_size, available) :
					    "verity superblock is cut short";
	if (wrong)
		return fail(0, "%s: %s", what, wrong);
	return 0;
}
