/* SPDX-License-Identifier: MIT */
/* Names of members of a layer's tar, which may be hostile, and the whiteouts that stand in them.
 * Source: OCI image-spec 1.0, layer.md. */
#ifndef STORE_TAR_NAME_H
#define STORE_TAR_NAME_H

#include <stddef.h>

enum { TAR_NAME_MOST = 4095, TAR_PART_MOST = 255 };

/* TAR_ROOT: the tree itself. TAR_GONE: path is a name of the layers below that is no more.
 * TAR_OPAQUE: so is all below the directory path. TAR_NOTES: of aufs, for itself. */
enum tar_name_kind { TAR_PLAIN, TAR_ROOT, TAR_GONE, TAR_OPAQUE, TAR_NOTES };

struct tar_name {
	enum tar_name_kind kind;
	size_t length;
	char path[TAR_NAME_MOST + 1]; /* without "./", double slashes, and slashes at its ends */
};

/* Returns NULL, or what is wrong in words. Pure. */
const char *tar_name_read(struct tar_name *out, const char *name);

#endif
