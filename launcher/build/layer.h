/* SPDX-License-Identifier: MIT */
/* Layers: a squashfs with its dm-verity tree behind it, made by squashfs-tools from the files of a
 * directory or of a tar. The same files give the same bytes, whatever the machine and the time. */
#ifndef BUILD_LAYER_H
#define BUILD_LAYER_H

#include <stdint.h>

#include "base/digest.h"

struct store;

struct layer_options {
	const char *compression; /* "gzip" (also NULL; level 9), "lz4hc", "zstd" or "xz" */
	uint64_t epoch;          /* seconds: times of files after it become it */
	const char *what;        /* a tar's name in messages, or NULL */
};

struct built_layer {
	struct digest digest;
	struct digest verity;  /* the root hash of its tree */
	struct digest diff_id; /* the digest again: what is mounted is what is stored */
	uint64_t size;         /* bytes */
	const char *media_type;
};

/* Write the files of TREE, a directory, as a layer into STORE. It may be the upper directory of an
 * overlay that was mounted with redirect_dir=off,metacopy=off: whiteouts (character devices 0:0) and
 * trusted.overlay.opaque are kept, what else overlayfs notes is not. Returns 0, or -errno said. */
int layer_from_tree(struct built_layer *out, const struct store *store, const char *tree,
		    const struct layer_options *options);
/* The same from a tar, read from FD, a file, from where that is to its end: plain, gzip, zstd,
 * bzip2 or xz. The whiteouts of OCI
 * (.wh.NAME, .wh..wh..opq) become those of overlayfs. A tar that says what a tree of files cannot
 * be is refused with the member's name. Nothing is unpacked. */
int layer_from_tar(struct built_layer *out, const struct store *store, int fd,
		   const struct layer_options *options);
/* Returns 0, or -EINVAL, said, for a compression that is not known. */
int layer_check_compression(const char *compression);

#endif
