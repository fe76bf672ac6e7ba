/* SPDX-License-Identifier: MIT */
/* Images out of a source, an image layout in a zip or a directory, into the store. */
#ifndef STORE_LOAD_H
#define STORE_LOAD_H

#include "store/store.h"
#include "store/tags.h"

/* Make a layer that can be mounted of the tar, plain or compressed, in the open FD, from where that
 * is to its end: *layer gets media type, digest, size and root hash, *diff_id its name in the
 * configuration. Returns 0 or -errno, said. */
typedef int load_convert(struct descriptor *layer, struct digest *diff_id,
			 const struct store *store, int fd);

struct load_order {
	const char *name; /* what the one image is to be called, NAME[:TAG]; NULL: as the source says */
	const char *fallback;  /* the name where the source says only a tag, or nothing */
	load_convert *convert; /* NULL: layers of tar are refused */
};

/* Copy all images of SOURCE, each byte of them held against its digest, then name them; their
 * signatures come along. LOADED gets their names, from ARENA. What a failure leaves, a sweep takes
 * away. Returns 0 or -errno, said. */
int load_images(struct texts *loaded, struct arena *arena, const struct store *store,
		const struct source *source, const struct load_order *order);

#endif
