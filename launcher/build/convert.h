/* SPDX-License-Identifier: MIT */
/* Layers of tar become layers that can be mounted. */
#ifndef BUILD_CONVERT_H
#define BUILD_CONVERT_H

#include "store/store.h"

/* Make a squashfs, with a hash tree, of the tar in FD: *layer gets media type, digest, size and
 * root hash, *diff_id its name in a configuration. The same tar gives the same layer. Returns 0, or
 * -errno said by fail(). */
int layer_convert(struct descriptor *layer, struct digest *diff_id, const struct store *store,
		  int fd);

#endif
