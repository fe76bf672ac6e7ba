/* SPDX-License-Identifier: MIT */
/* What the files of a pull share; for nobody else. */
#ifndef REGISTRY_PULL_PARTS_H
#define REGISTRY_PULL_PARTS_H

#include "image/oci_config.h"
#include "image/source.h"
#include "registry/layers.h"
#include "registry/pull.h"

enum { PULL_DEPTH = 3 };

struct pull {
	const struct pull_order *order;
	const struct store *store;
	struct arena *arena;
	struct registry registry;
	struct source source; /* the store */
	const char *what;     /* the image, as people call it */
	/* From what the name means, an index or two may be, down to the manifest of the image. */
	struct descriptor tree[PULL_DEPTH];
	const char *texts[PULL_DEPTH];
	size_t depth; /* of the manifest: it is tree[depth] */
	struct manifest manifest;
	struct image_config config;
	struct descriptor signatures; /* with a media type: is in the store */
};

/* The small blob of DESCRIPTOR, from the store or into it: its text, or NULL, said. */
const char *pull_text(struct pull *pull, const struct descriptor *descriptor);
/* Put TEXT, the bytes of DESCRIPTOR, into the store where it is not there, unharmed. Returns 0 or -errno, said. */
int pull_put(const struct pull *pull, const struct descriptor *descriptor, const char *text);
/* Take the image's signatures into the store; with keys, one of them must have signed it, and its
 * version must not be below the floor of this device. Returns 0 or -errno, said. */
int pull_trust(struct pull *pull);

#endif
