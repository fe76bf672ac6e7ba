/* SPDX-License-Identifier: MIT */
/* Change an image layout in a zip: a new zip takes the place of the old one. */
#ifndef BUILD_ZIP_CHANGE_H
#define BUILD_ZIP_CHANGE_H

#include "image/source.h"

/* Write the zip of SOURCE anew, with BLOBS, each a text, added to it and INDEX as its index.json;
 * all blobs are checked against their digests. The file is complete, or as it was. Returns 0, or
 * -errno said by fail(). */
int zip_change(const struct source *source, const struct texts *blobs, const char *index);

#endif
