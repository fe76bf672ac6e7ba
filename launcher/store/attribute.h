/* SPDX-License-Identifier: MIT */
/* Extended attributes of files, and which of them belong to an image. */
#ifndef STORE_ATTRIBUTE_H
#define STORE_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>

#define ATTRIBUTE_OPAQUE "trusted.overlay.opaque"

enum { ATTRIBUTES_MOST = 63, ATTRIBUTE_NAME_MOST = 255, ATTRIBUTE_MOST = 65536 /* bytes */ };

struct attribute {
	const char *name; /* "user.comment" */
	const char *value;
	size_t size;
};

/* Whether NAME, of a file that is not an overlay's, belongs to an image: what the file can do
 * (security.capability), and what users wrote (user.). Pure. */
bool attribute_is_kept(const char *name);

#endif
