/* SPDX-License-Identifier: MIT */
/* Layers that were made of a tar, and of which one: what was fetched and converted once is not
 * again. ROOT/converted/sha256-HEX, of the tar, is a line that says what it became. Only who has
 * converted it writes that; manifests come from others, and what they say of it is not asked. */
#ifndef STORE_CONVERTED_H
#define STORE_CONVERTED_H

#include "store/load.h"
#include "store/store.h"

/* The digest of the tar that a layer was made of, for people. */
#define ANNOTATION_LAYER_SOURCE "io.davit.layer.source"
#define STORE_CONVERTED "converted"

enum { MEDIA_ROOM = 96 };

/* Plain bytes, so that it can be in memory that processes share. */
struct converted {
	char media_type[MEDIA_ROOM];
	uint64_t size;
	struct digest source, digest, diff_id, verity;
	bool has_verity;
};

/* What STORE has made of the tar SOURCE. False where nothing is known, or its blob is not here;
 * what cannot be read, or is wrong, is passed over. */
bool converted_find(struct converted *out, const struct store *store, const struct digest *source);
/* Have it known, on the flash. The digest of the tar was checked, the blob is there. Returns 0 or
 * -errno, said. */
int converted_keep(const struct store *store, const struct converted *converted);
/* What converting the tar SOURCE has given. Returns 0, or -EINVAL said. */
int converted_note(struct converted *out, const struct descriptor *layer,
		   const struct digest *diff_id, const struct digest *source);
/* As the layer of a manifest, with its annotations, from ARENA. Returns 0 or -ENOMEM, said. */
int converted_describe(struct descriptor *layer, struct arena *arena,
		       const struct converted *converted);

#endif
