/* SPDX-License-Identifier: MIT */
/* From a source of images, such as the store, into a registry: blobs, then what names them, the tag last. */
#ifndef REGISTRY_PUSH_H
#define REGISTRY_PUSH_H

#include "image/source.h"
#include "registry/progress.h"
#include "registry/registry.h"

struct push_order {
	const struct source *source; /* what its index names besides is where blobs may be mounted from */
	const struct descriptor *image; /* a manifest, or an index */
	const struct reference *reference; /* what it is to be called; without a tag: by its digest only */
	enum progress_kind progress;
};

/* Bring the image, and the signatures that the source has of it, to where the reference says. Who
 * pulls meanwhile has the old one, or the new one with its signatures. Returns 0 or -errno, said. */
int push_image(struct arena *arena, const struct registry_settings *settings,
	       const struct push_order *order);

#endif
