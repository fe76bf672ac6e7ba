/* SPDX-License-Identifier: MIT */
/* Change an image layout in a directory: each file complete under its name, or not there. */
#ifndef BUILD_LAYOUT_H
#define BUILD_LAYOUT_H

#include "image/source.h"

/* Add BLOBS, each a text, to SOURCE, a layout in a directory; then INDEX is its index.json. Returns
 * 0, or -errno said by fail(). */
int layout_add(const struct source *source, const struct texts *blobs, const char *index);

#endif
