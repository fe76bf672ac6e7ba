/* SPDX-License-Identifier: MIT */
/* Layers that were made of a tar, and of which one: what was fetched and converted once is not
 * again. No list is kept: the manifests of the store say it themselves. */
#ifndef STORE_CONVERTED_H
#define STORE_CONVERTED_H

#include "image/oci_config.h"
#include "store/load.h"

/* The digest of the tar that a layer was made of. */
#define ANNOTATION_LAYER_SOURCE "io.davit.layer.source"

enum { MEDIA_ROOM = 96 };

/* Plain bytes, so that it can be in memory that processes share. */
struct converted {
	char media_type[MEDIA_ROOM];
	uint64_t size;
	struct digest source, digest, diff_id, verity;
	bool has_verity;
};

struct conversions {
	struct converted *items;
	size_t count;
};

/* All that the tagged images of STORE have, and of which the blob is there. Returns 0 or -errno, said. */
int conversions_list(struct conversions *out, struct arena *arena, const struct store *store);
/* That of the tar SOURCE, or NULL. */
const struct converted *conversions_find(const struct conversions *list, const struct digest *source);
/* What converting the tar SOURCE has given. Returns 0, or -EINVAL said. */
int converted_note(struct converted *out, const struct descriptor *layer,
		   const struct digest *diff_id, const struct digest *source);
/* As the layer of a manifest, with its annotations, from ARENA. Returns 0 or -ENOMEM, said. */
int converted_describe(struct descriptor *layer, struct arena *arena,
		       const struct converted *converted);

#endif
