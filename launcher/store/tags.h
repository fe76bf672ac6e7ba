/* SPDX-License-Identifier: MIT */
/* Names for the manifests of a store: ROOT/tags/NAME/:TAG holds "DIGEST SIZE MEDIA-TYPE". No part
 * of a name begins with a colon, so that tags and names do not meet. */
#ifndef STORE_TAGS_H
#define STORE_TAGS_H

#include "image/reference.h"
#include "store/store.h"

struct tag {
	const char *name, *tag; /* "host/web", "latest" */
	int64_t since;          /* seconds since 1970 when it was set */
	struct descriptor descriptor;
};

struct tags {
	struct tag *items;
	size_t count;
};

/* REFERENCE, which has a tag, means the manifest of DESCRIPTOR from now on. Returns 0 or -errno, said. */
int tag_set(const struct store *store, const struct reference *reference,
	    const struct descriptor *descriptor);
/* Returns 0, -ENOENT (not said), or -errno, said. */
int tag_remove(const struct store *store, const struct reference *reference);
/* Have on the disk what tags there are, and remove directories without any, which a power cut may
 * leave; nobody else may have the store open for writing. Returns 0 or -errno, said. */
int tags_settle(const struct store *store);
/* All of them, by name and tag. Returns 0 or -errno, said. */
int tags_list(struct tags *out, struct arena *arena, const struct store *store);
/* What TEXT means: NAME[:TAG], NAME@DIGEST, sha256:HEX, or at least 4 digits that begin the digest
 * of one image only (of its manifest or its configuration). *found is one of TAGS: by NAME[:TAG]
 * that tag, else any tag of the image. Returns 0, -ENOENT (not said), or -errno said. */
int tags_find(const struct tag **found, struct arena *arena, const struct store *store,
	      const struct tags *tags, const char *text);

#endif
