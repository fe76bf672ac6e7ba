/* SPDX-License-Identifier: MIT */
/* All images in a source, of whatever machines: what is signed and verified on another one than they run on. */
#ifndef IMAGE_CONTENTS_H
#define IMAGE_CONTENTS_H

#include "image/source.h"

enum { CONTENTS_MOST = 256 };

/* A manifest, or an index of manifests, which then stand behind it. */
struct content {
	struct descriptor descriptor;
	const char *name; /* "web:1", or only a tag; "" where the source says none */
	bool is_index;
};

struct contents {
	struct content *items;
	size_t count;
};

/* Add what DESCRIPTOR names, and what an index in it names; signatures and attestations are passed
 * over. Returns 0, or -errno said by fail(). */
int contents_add(struct contents *contents, struct arena *arena, const struct source *source,
		 const struct descriptor *descriptor, const char *name);
/* All images of SOURCE, or those that are called NAME, or have it as their tag; at least one.
 * Everything lives in ARENA. Returns 0, or -errno said by fail(). */
int contents_list(struct contents *out, struct arena *arena, const struct source *source,
		  const char *name);
/* The entries of the source's index that contents_list() took, as they are. Returns 0, or -errno said by fail(). */
int contents_index(struct index *out, struct arena *arena, const struct source *source,
		   const char *name);
/* The name without its tag, from ARENA: "host/web" of "host/web:1", "" of a tag alone. NULL: no memory. */
const char *content_reference(struct arena *arena, const struct content *content);
/* "web.zip: web:1 linux/arm/v7", as far as it is known, from ARENA; NULL: no memory. */
const char *content_name(struct arena *arena, const struct source *source,
			 const struct content *content);

#endif
