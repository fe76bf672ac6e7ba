/* SPDX-License-Identifier: MIT */
/* Blobs out of a source into the store. */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store/load.h"

/* From where to where. */
struct copying {
	struct arena *arena;
	const struct store *store;
	const struct source *source;
	load_convert *convert; /* or NULL */
};

/* Copy one blob. One that is there already is read; what is not as it should be is written anew. */
int copy_blob(const struct copying *copying, const struct descriptor *descriptor);
/* Copy a manifest with all that it names, which need not be an image. */
int copy_manifest(const struct copying *copying, const struct descriptor *descriptor);
/* Copy the image of a manifest. *out is DESCRIPTOR, or that of another manifest where layers had to
 * be converted. All three return 0 or -errno, said. */
int copy_image(struct descriptor *out, const struct copying *copying,
	       const struct descriptor *descriptor);

#endif
