/* SPDX-License-Identifier: MIT */
/* dm-verity behind the data that it protects: a superblock and a tree of hashes, by which the
 * kernel knows each block as it is read. Source: cryptsetup's on-disk format, version 1
 * (gitlab.com/cryptsetup/cryptsetup/-/wikis/DMVerity), of which this is SHA-256 with blocks of
 * 4096. */
#ifndef IMAGE_VERITY_H
#define IMAGE_VERITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

enum {
	VERITY_BLOCK = 4096,          /* of the data, of the tree, and what the superblock fills */
	VERITY_SUPERBLOCK_SIZE = 512, /* of which this much is read */
	VERITY_SALT_MOST = 256,
	VERITY_LEVELS_MOST = 9 /* 128 hashes a block: enough for 2^63 blocks */
};

/* Data of data_blocks blocks, then one block of superblock, then the tree, its highest level first.
 * For the device mapper: data_blocks, and the tree's first block, data_blocks + 1. */
struct verity {
	uint64_t data_blocks;
	unsigned char uuid[16];
	unsigned char salt[VERITY_SALT_MOST];
	size_t salt_size;
};

/* Where the levels of the tree are: blocks from the tree's start; level 0 holds the hashes of the data. */
struct verity_levels {
	uint64_t start[VERITY_LEVELS_MOST];
	unsigned int count; /* 0 for data of one block, whose hash is the root */
	uint64_t blocks;    /* of the whole tree */
};

/* Pure. */
void verity_layout(struct verity_levels *out, uint64_t data_blocks);
/* Bytes of data, superblock and tree together. */
uint64_t verity_size(uint64_t data_blocks);

/* Read a superblock behind DATA_SIZE bytes of data (a multiple of VERITY_BLOCK) of altogether
 * AVAILABLE, data and all that follows. Returns NULL, or what is wrong in words. Pure. */
const char *verity_parse(struct verity *out, const unsigned char superblock[VERITY_SUPERBLOCK_SIZE],
			 uint64_t data_size, uint64_t available);
/* The superblock of VERITY. */
void verity_print(unsigned char superblock[VERITY_SUPERBLOCK_SIZE], const struct verity *verity);

/* The same of the open FD, whose data begin at OFFSET. WHAT stands in messages. Returns 0, or
 * -errno said by fail(). */
int verity_read(struct verity *out, int fd, uint64_t offset, uint64_t data_size, uint64_t available,
		const char *what);
/* Compute the tree anew from the data, and compare it with what is there, and with ROOT. Returns 0,
 * or -errno said by fail(): -EBADMSG where they differ. */
int verity_check(const struct verity *verity, int fd, uint64_t offset, const struct digest *root,
		 const char *what);
/* The same where data and tree are known to be as they were made, so that only their maker can have
 * erred, which shows everywhere: all of the tree, but of the data one stretch in 16, and both ends. */
int verity_check_some(const struct verity *verity, int fd, uint64_t offset,
		      const struct digest *root, const char *what);
/* Append to FD, open for reading and writing, whose data are its first DATA_SIZE bytes: zeroes up
 * to a whole block, the superblock and the tree; what was behind the data before is cut off. Salt
 * and UUID follow from the data, so that the same data give the same bytes. Gives the root hash.
 * Returns 0, or -errno said by fail(). */
int verity_append(struct digest *root, int fd, uint64_t data_size, const char *what);
/* The same with salt and UUID of VERITY. */
int verity_append_as(struct digest *root, const struct verity *verity, int fd, const char *what);

#endif
