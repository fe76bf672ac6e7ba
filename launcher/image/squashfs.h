/* SPDX-License-Identifier: MIT */
/* The squashfs superblock: what is looked at before the kernel is asked to mount it. */
#ifndef IMAGE_SQUASHFS_H
#define IMAGE_SQUASHFS_H

#include <stdint.h>

#include "image/image.h"

enum { SQUASHFS_SUPERBLOCK_SIZE = 96 };
/* No squashfs, but the beginning of a zip. */
enum { SQUASHFS_ZIP = 1 };

/* Read the fields that matter from the first SQUASHFS_SUPERBLOCK_SIZE bytes into layer->size and
 * layer->compression. AVAILABLE is the number of bytes from the superblock to the end of the file.
 * Returns NULL, or what is wrong in words. Pure. Source: Linux fs/squashfs/squashfs_fs.h,
 * version 4.0. */
const char *squashfs_parse(struct layer *layer, const unsigned char *superblock, uint64_t available);
/* The same on an opened file at the layer's offset. Returns 0, SQUASHFS_ZIP, or -errno said by fail(). */
int squashfs_check(struct layer *layer, uint64_t available);

#endif
