/* SPDX-License-Identifier: MIT */
/* What stands behind the data of a squashfs, and its superblock. */
#ifndef STORE_SQUASH_TABLES_H
#define STORE_SQUASH_TABLES_H

#include "store/squash_write.h"

/* End the squashfs of TREE, whose files WRITER has: *size bytes of its descriptor. TIME is when it
 * was made, in seconds; SPILL an empty file that is used meanwhile. It takes 40 KiB. Returns 0 or
 * -errno, not said; -E2BIG: its files belong to more than 4096 users and groups. */
int squash_finish(uint64_t *size, struct squash_writer *writer, struct squash_tree *tree, int spill,
		  uint32_t time);

#endif
