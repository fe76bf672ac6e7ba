/* SPDX-License-Identifier: MIT */
/* An image's signatures as an image of their own, as cosign lays them out: each is a layer, the
 * payload, with the signature in an annotation. Decides only; whoever calls it stores what came
 * out. */
#ifndef BUILD_SIGNING_H
#define BUILD_SIGNING_H

#include "image/manifest.h"
#include "image/signature.h"

struct source;

/* What is to be stored: BLOBS, each a text, and under the tag of the image's signatures what
 * DESCRIPTOR names. */
struct signing {
	struct texts blobs;           /* payload, config, manifest */
	struct descriptor descriptor; /* of the manifest, without annotations */
	bool known;                   /* nothing is to be done: that signature is there */
	struct public_key key;        /* that made it */
};

struct signing_order {
	const char *key;              /* a file, or a pkcs11: URI */
	const char *reference;        /* what the image is called */
	const struct source *source;  /* where its signatures are, and will be */
	const struct descriptor *old; /* of their manifest, or NULL */
};

/* Sign the manifest DIGEST. Returns 0, or -errno said by fail(). */
int signing_make(struct signing *out, struct arena *arena, const struct signing_order *order,
		 const struct digest *digest);

#endif
