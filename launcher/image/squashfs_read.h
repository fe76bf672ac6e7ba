/* SPDX-License-Identifier: MIT */
/* Looks a file up in a squashfs that is not mounted: enough to see what a program is for before the
 * kernel is asked for anything. Source: Documentation/filesystems/squashfs.rst,
 * fs/squashfs/squashfs_fs.h, version 4.0. */
#ifndef IMAGE_SQUASHFS_READ_H
#define IMAGE_SQUASHFS_READ_H

#include <sys/types.h>

#include "image/image.h"

enum { META_SIZE = 8192, BLOCKS_READ = 64 };

/* Where something is in a table: of a block, in the layer, and inside it. */
struct squashfs_place {
	uint64_t block;
	unsigned int offset;
};

/* A layer, and the metadata block that was read last. */
struct squashfs {
	const struct layer *layer;
	uint64_t inodes, directories, fragments; /* tables, in the layer */
	uint64_t root;                           /* reference of the root's inode */
	uint64_t block, next; /* of the cached block; of the one behind it. 0: none */
	unsigned int block_size, length;
	unsigned char data[META_SIZE];
};

/* A file or a directory. */
struct squashfs_inode {
	mode_t type;   /* S_IFREG, S_IFDIR, S_IFLNK, or S_IFCHR for a whiteout; 0: another */
	uint64_t size; /* bytes; of a directory: of its listing */
	struct squashfs_place at; /* of a listing, a link's target, or a file's list of blocks */
	uint64_t start;           /* of a file's data, in the layer */
	uint32_t fragment, fragment_offset;
};

/* Take LAYER, whose superblock has been checked. Returns 0; -EOPNOTSUPP when it is not packed by
 * gzip; another -errno. Nothing here is said. */
int squashfs_open(struct squashfs *fs, const struct layer *layer);
/* LENGTH bytes of metadata from PLACE on, which moves; and of the layer as it is. */
int squashfs_meta(struct squashfs *fs, struct squashfs_place *place, void *buffer, size_t length);
int squashfs_bytes(const struct squashfs *fs, void *buffer, size_t length, uint64_t offset);
/* The inode of REFERENCE, such as fs->root. Returns 0, -EIO when it is damaged, or -errno. */
int squashfs_inode(struct squashfs_inode *out, struct squashfs *fs, uint64_t reference);
/* What DIRECTORY has under the LENGTH bytes of NAME. -ENOENT: nothing. */
int squashfs_lookup(struct squashfs_inode *out, struct squashfs *fs,
		    const struct squashfs_inode *directory, const char *name, size_t length);
/* LENGTH bytes of a regular file at OFFSET. -ENODATA behind its end. */
int squashfs_pread(struct squashfs *fs, const struct squashfs_inode *file, void *buffer,
		   size_t length, uint64_t offset);
/* The target of a link, ended by NUL; -ENAMETOOLONG when it does not fit SIZE. */
int squashfs_readlink(struct squashfs *fs, const struct squashfs_inode *link, char *buffer,
		      size_t size);

#endif
