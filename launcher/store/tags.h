/* SPDX-License-Identifier: MIT */
/* Names for the manifests of a store: ROOT/tags/NAME/:TAG holds "DIGEST SIZE MEDIA-TYPE", and where
 * layers were converted, which gives an image another digest, that by which it was pulled. No part
 * of a name begins with a colon, so that tags and names do not meet. */
#ifndef STORE_TAGS_H
#define STORE_TAGS_H

#include "image/reference.h"
#include "store/store.h"

struct tag {
	const char *name, *tag; /* "host/web", "latest" */
	int64_t since;          /* seconds since 1970 when it was set */
	struct descriptor descriptor;
	struct digest origin; /* what the registry calls it: descriptor.digest, or as it was converted */
};

struct tags {
	struct tag *items;
	size_t count;
};

/* REFERENCE, which has a tag, means the manifest of DESCRIPTOR from now on. Returns 0 or -errno, said. */
int tag_set(const struct store *store, const struct reference *reference,
	    const struct descriptor *descriptor);
/* The same of what was pulled by the digest ORIGIN. */
int tag_set_from(const struct store *store, const struct reference *reference,
		 const struct descriptor *descriptor, const struct digest *origin);
/* It stands for NAME@DIGEST, by which the image was pulled. */
bool tag_is_nameless(const struct tag *tag);
/* Returns 0, -ENOENT (not said), or -errno, said. */
int tag_remove(const struct store *store, const struct reference *reference);
/* Have on the disk what tags there are, and remove directories without any, which a power cut may
 * leave; nobody else may have the store open for writing. Returns 0 or -errno, said. */
int tags_settle(const struct store *store);
/* All of them, by name and tag. Returns 0 or -errno, said. */
int tags_list(struct tags *out, struct arena *arena, const struct store *store);
/* What TEXT means: NAME[:TAG], NAME@DIGEST (its own, or of its origin), sha256:HEX, or at least 4
 * digits that begin the digest of one image only (of its manifest or its configuration). *found is
 * one of TAGS: by NAME[:TAG] that tag, else any tag of the image. Returns 0, -ENOENT (not said), or
 * -errno said. */
int tags_find(const struct tag **found, struct arena *arena, const struct store *store,
	      const struct tags *tags, const char *text);

#endif
