/* SPDX-License-Identifier: MIT */
/* Write a squashfs (version 4.0, gzip) in one pass: what files hold as it comes, all else behind
 * it. A file below SQUASH_BLOCK bytes shares a block with others, as mksquashfs has it. A writer
 * takes 384 KiB, and zlib 262 KiB beside it; 16 bytes more for each block of small files. */
#ifndef STORE_SQUASH_WRITE_H
#define STORE_SQUASH_WRITE_H

#include <zlib.h>

#include "store/squash_tree.h"

enum {
	SQUASH_BLOCK = 131072,
	SQUASH_BLOCK_LOG = 17,
	SQUASH_PLAIN = 1 << 24 /* a block that is not packed */
};

struct squash_fragment {
	uint64_t start;
	uint32_t size;
};

struct squash_writer {
	int fd; /* the caller's: an empty file */
	bool open;
	uint64_t offset; /* where the next byte goes */
	z_stream zip;
	struct squash_fragment *fragments;
	size_t fragment_count, fragment_room;
	size_t used; /* bytes of shared */
	unsigned char block[SQUASH_BLOCK], shared[SQUASH_BLOCK], packed[SQUASH_BLOCK];
};

/* Returns 0 or -errno, not said, as all do; squash_write_close() is due in any case. */
int squash_write_open(struct squash_writer *writer, int fd);
/* INODE is a file of SIZE bytes, which follow at once. */
int squash_write_file(struct squash_writer *writer, struct squash_tree *tree,
		      struct squash_inode *inode, uint64_t size);
/* Where the next SQUASH_BLOCK bytes of INODE, or the rest of it, are to be put; and take LENGTH
 * bytes there, which are its block NUMBER. */
unsigned char *squash_write_room(struct squash_writer *writer, const struct squash_inode *inode);
int squash_write_block(struct squash_writer *writer, struct squash_inode *inode, uint64_t number,
		       size_t length);
/* All files have come: write the last shared block. */
int squash_write_end(struct squash_writer *writer);
/* Safe twice, and on zeroes. */
void squash_write_close(struct squash_writer *writer);

/* For what comes behind: pack LENGTH bytes, at most SQUASH_BLOCK, into writer->packed, and give
 * their number there; 0: they would not become fewer. And write to the end of FD, which may be
 * writer->fd. */
size_t squash_pack(struct squash_writer *writer, const void *data, size_t length);
int squash_emit(struct squash_writer *writer, int fd, const void *data, size_t length);
/* Make room for one more than COUNT items of SIZE bytes in *ITEMS, from malloc(), which has *ROOM. */
int squash_grow(void *items, size_t *room, size_t count, size_t size);

#endif
