/* SPDX-License-Identifier: MIT */
/* What directories of a squashfs hold that is not mounted, and all that is known of files without
 * their contents. Source as squashfs_read.h. */
#ifndef IMAGE_SQUASHFS_LIST_H
#define IMAGE_SQUASHFS_LIST_H

#include <stdbool.h>

#include "image/squashfs_read.h"

struct squashfs_detail {
	mode_t permissions;
	uid_t uid;
	gid_t gid;
	uint32_t mtime;
	bool opaque; /* a directory that hides those below it */
};

/* Hand each name of DIRECTORY and the reference of its inode to TAKE, in the order of the names.
 * Returns 0 or -errno, TAKE's own too. Nothing here is said. */
int squashfs_list(struct squashfs *fs, const struct squashfs_inode *directory, void *data,
		  int (*take)(void *data, const char *name, uint64_t reference));
/* Returns 0, -EIO when it is damaged, or -errno. */
int squashfs_detail(struct squashfs_detail *out, struct squashfs *fs, uint64_t reference);

#endif
