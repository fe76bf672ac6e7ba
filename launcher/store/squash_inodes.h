/* SPDX-License-Identifier: MIT */
/* The inodes and directories of a squashfs. */
#ifndef STORE_SQUASH_INODES_H
#define STORE_SQUASH_INODES_H

#include "store/squash_meta.h"

enum { SQUASH_IDS_MOST = 4096 };

/* Of a large directory: from where on its listing has NAME and what comes after it. */
struct squash_index {
	uint32_t at, block;
	const char *name;
};

struct squash_inodes {
	struct squash_meta inodes, directories;
	uint32_t count; /* of inodes */
	struct squash_index *index;
	size_t index_count, index_room;
	struct squash_attributes *first, *last; /* in the order of their numbers */
	uint32_t sets;
	uint32_t ids[SQUASH_IDS_MOST], id_count;
};

/* Write all inodes of TREE to the writer's end, and its directories to the end of SPILL. OUT is
 * zeroed at first; squash_inodes_close() is due in any case. Returns 0 or -errno, not said; -E2BIG
 * for more owners than SQUASH_IDS_MOST. */
int squash_inodes_write(struct squash_inodes *out, struct squash_writer *writer,
			struct squash_tree *tree, int spill);
void squash_inodes_close(struct squash_inodes *inodes);

#endif
