/* SPDX-License-Identifier: MIT */
/* Metadata of a squashfs: a stream of bytes, packed in blocks of 8 KiB. Source:
 * Documentation/filesystems/squashfs.rst, fs/squashfs/squashfs_fs.h, version 4.0. */
#ifndef STORE_SQUASH_META_H
#define STORE_SQUASH_META_H

#include <stddef.h>
#include <stdint.h>

#include "store/squash_write.h"

enum { SQUASH_META_SIZE = 8192 };

/* The next byte goes to offset USED of the block that begins at WRITTEN. Zero-initialise. */
struct squash_meta {
	struct squash_writer *writer; /* whose packer it uses */
	int fd;                       /* to whose end the blocks go */
	uint32_t written, used;
	unsigned char data[SQUASH_META_SIZE];
};

/* Store VALUE in BYTES bytes, the lowest first. Returns where the next one goes. */
unsigned char *squash_put(unsigned char *at, unsigned int bytes, uint64_t value);
/* Append; and write what is in the last block. Return 0 or -errno, not said; -EFBIG above 4 GiB. */
int squash_meta_add(struct squash_meta *meta, const void *data, size_t length);
int squash_meta_end(struct squash_meta *meta);

/* COUNT entries of EACH bytes, which fill gives one after another. */
struct squash_table {
	size_t count, each;
	void (*fill)(unsigned char *out, void *data, size_t number);
	void *data;
	const void *head; /* stands before the list of blocks, or NULL */
	size_t head_size;
};

/* Write the entries and the list of their blocks by the empty META; *list: where head or list
 * begin. Returns 0 or -errno, not said. */
int squash_table_write(uint64_t *list, struct squash_meta *meta, const struct squash_table *table);

#endif
