/* SPDX-License-Identifier: MIT */
/* What people ask about an image: what it is made of, its configuration, how large it is. */
#ifndef IMAGE_DETAILS_H
#define IMAGE_DETAILS_H

#include "image/oci_config.h"
#include "image/source.h"

struct details {
	struct descriptor descriptor; /* of the manifest */
	struct manifest manifest;
	struct image_config config;
	const char *id;     /* "sha256:…", of the configuration, as Docker's */
	const char *digest; /* "sha256:…", of what was named: a manifest, or an index */
	uint64_t size;      /* bytes of all layers */
};

/* Read what DESCRIPTOR, a manifest or an index, names in SOURCE: of an index the image for this
 * machine, or else the first that is there. WHAT stands in messages. Returns 0 or -errno, said. */
int details_read(struct details *out, struct arena *arena, const struct source *source,
		 const struct descriptor *descriptor, const char *what);

#endif
