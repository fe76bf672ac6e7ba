/* SPDX-License-Identifier: MIT */
/* Whether a layer is one that can be mounted, beyond its digest. */
#ifndef IMAGE_LAYER_AUDIT_H
#define IMAGE_LAYER_AUDIT_H

#include "image/source.h"

/* Check the layer of DESCRIPTOR, whose bytes BLOB are: the superblock of a squashfs, and where a
 * root hash is named the whole dm-verity tree behind it. Other formats pass, without a root hash.
 * WHAT stands in messages. Returns 0, or -errno said by fail(). */
int layer_audit(const struct blob *blob, const struct descriptor *descriptor, const char *what);
/* The same of bytes that have just been held against the descriptor's digest, by verity_check_some(). */
int layer_audit_some(const struct blob *blob, const struct descriptor *descriptor, const char *what);

#endif
