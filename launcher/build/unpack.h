/* SPDX-License-Identifier: MIT */
/* ADD of a local archive: a tar, plain or compressed, becomes files. */
#ifndef BUILD_UNPACK_H
#define BUILD_UNPACK_H

#include "build/copy_files.h"

/* Unpack the tar that PATH of the origin is into directory TARGET, which nothing in it leaves.
 * Returns 0, 1 when it is no tar, or -errno said. */
int unpack_path(const struct copying *copying, const char *path, const char *target);

#endif
