/* SPDX-License-Identifier: MIT */
/* Read all of an image, and hold each byte against what its manifest says. */
#ifndef IMAGE_AUDIT_H
#define IMAGE_AUDIT_H

#include "image/source.h"

struct audit {
	struct platform platform; /* as its config has it */
	size_t layers, trees;     /* trees: layers with one of dm-verity */
	uint64_t size;            /* bytes of all layers */
};

/* Check the image with the manifest DESCRIPTOR: the digests of manifest, config and layers, that
 * they belong together, and each verity tree. WHAT stands in messages. Returns 0, or -errno said by
 * fail(). */
int audit_image(struct audit *out, struct arena *arena, const struct source *source,
		const struct descriptor *descriptor, const char *what);

#endif
