/* SPDX-License-Identifier: MIT */
/* The names and files of a squashfs that is being made, in memory. An entry costs 80 bytes and its
 * name where pointers have 32 bits, 104 where they have 64; a file 4 bytes more for each 128 KiB;
 * links their targets, and attributes themselves. */
#ifndef STORE_SQUASH_TREE_H
#define STORE_SQUASH_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "store/attribute.h"

enum { SQUASH_ENTRIES_MOST = 1 << 20, SQUASH_NO_FRAGMENT = -1 };

#define SQUASH_UNWRITTEN UINT32_MAX

/* A name in a directory. Those of one are a tree, by their bytes; once it is sorted, a list by right. */
struct squash_node {
	struct squash_node *left, *right;
	struct squash_inode *inode; /* NULL: new */
	uint32_t priority;
	char name[];
};

/* Of one file; all sets that were written make a list. */
struct squash_attributes {
	struct squash_attributes *next;
	uint32_t block, offset, size; /* where it was written, and its bytes */
	uint32_t count;
	struct attribute items[];
};

struct squash_file {
	uint64_t size, start;      /* start: of its blocks, in the squashfs */
	uint32_t fragment, offset; /* SQUASH_NO_FRAGMENT, or where all of it lies */
	uint32_t *blocks;          /* their sizes as a squashfs has them; 0: zeroes */
};

struct squash_directory {
	struct squash_node *names, *self;
	struct squash_inode *parent;
	uint32_t children; /* that are directories */
	bool opaque;       /* hides those below it */
};

struct squash_inode {
	uint16_t mode;            /* as st_mode */
	uint16_t offset;          /* where it was written: in a block, */
	uint32_t block;           /* which begins here; SQUASH_UNWRITTEN at first */
	uint32_t number;          /* from 1; 0: none yet */
	uint32_t links;           /* names that it has */
	uint32_t uid, gid, mtime; /* a device: whiteout, 0:0 */
	struct squash_attributes *attributes;
	union {
		struct squash_file file;
		struct squash_directory directory;
		const char *target;
	};
};

struct squash_tree {
	struct arena arena;
	struct squash_inode root;
	uint64_t used, most; /* bytes of memory */
	uint32_t entries, seed;
};

/* An empty root directory, 0755, of root. It may become a quarter of this machine's memory,
 * divided by the CONFIG_PULL_PARALLEL of a pull, and no more than SQUASH_ENTRIES_MOST entries.
 * squash_tree_close() is due. Returns 0 or -errno, not said. */
int squash_tree_open(struct squash_tree *tree);
/* Memory that lives as long as the tree, zeroed; or NULL when there is none left for it. */
void *squash_tree_alloc(struct squash_tree *tree, size_t size);
/* The name of LENGTH bytes, or NULL. */
struct squash_node *squash_tree_find(const struct squash_inode *directory, const char *name,
				     size_t length);
/* The same, made where it is missing; NULL when there is no memory, or no more entries. */
struct squash_node *squash_tree_add(struct squash_tree *tree, struct squash_inode *directory,
				    const char *name, size_t length);
/* A file of MODE that NODE is the name of from now on; NULL when there is no memory. PARENT is the
 * directory of NODE. */
struct squash_inode *squash_tree_make(struct squash_tree *tree, struct squash_node *node,
				      struct squash_inode *parent, uint16_t mode);
/* Give INODE COUNT ATTRIBUTES, which are copied, instead of those it has. Returns 0 or -ENOMEM. */
int squash_tree_attach(struct squash_tree *tree, struct squash_inode *inode,
		       const struct attribute *attributes, size_t count);
/* All directories, those inside before those around them, each with its names in their order: the
 * first, and the one after DIRECTORY, NULL after the root. Nothing can be added any more. */
struct squash_inode *squash_tree_first(struct squash_tree *tree);
struct squash_inode *squash_tree_next(struct squash_inode *directory);
void squash_tree_close(struct squash_tree *tree);

#endif
