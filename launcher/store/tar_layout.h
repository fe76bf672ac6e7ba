/* SPDX-License-Identifier: MIT */
/* Images in a tar, as docker save and podman save write it in both of their formats, become an
 * image layout in a zip, which is read like any other. Source: image-spec 1.0, image-layout.md;
 * github.com/moby/docker-image-spec, v1.2, "Combined Image JSON + Filesystem Changeset Format". */
#ifndef STORE_TAR_LAYOUT_H
#define STORE_TAR_LAYOUT_H

#include "store/store.h"

/* By its first bytes: a tar, or something compressed, in which one may be. */
bool tar_layout_is_likely(int fd);
/* Write the images of the tar that fills FD, which may be compressed (gzip, zstd), into OUT, a new
 * file of STORE that store_abandon() is due for in any case. What the tar says of its layers'
 * digests is checked. WHAT stands in messages. Returns 0, or -errno said by fail(). */
int tar_layout(struct store_writer *out, struct arena *arena, const struct store *store, int fd,
	       const char *what);

#endif
