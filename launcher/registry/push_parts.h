/* SPDX-License-Identifier: MIT */
/* What an image is made of, each part once, and in the order in which a registry takes it. */
#ifndef REGISTRY_PUSH_PARTS_H
#define REGISTRY_PUSH_PARTS_H

#include "image/source.h"

enum { PARTS_MOST = 4096 };

struct push_blob {
	const struct descriptor *descriptor;
	bool is_layer;
	const char *mount; /* another repository that may have it, or NULL */
};

struct push_manifest {
	const struct descriptor *descriptor;
	const char *text; /* NULL: the source does not have it, so the registry must */
};

/* All lives in ARENA. */
struct push_parts {
	struct arena *arena;
	const struct source *source;
	struct push_blob *blobs;
	struct push_manifest *manifests; /* those of an index before it */
	size_t blob_count, manifest_count;
};

/* Add DESCRIPTOR, a manifest or an index, and all that is in it. Returns 0 or -errno, said. */
int push_parts_add(struct push_parts *parts, const struct descriptor *descriptor);
/* The blob with this digest, or NULL. */
struct push_blob *push_parts_find(const struct push_parts *parts, const struct digest *digest);

#endif
