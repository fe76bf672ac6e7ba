/* SPDX-License-Identifier: MIT */
/* Whether somebody who is trusted signed an image. All that is believed of a signature is inside of what was signed. */
#ifndef IMAGE_TRUST_H
#define IMAGE_TRUST_H

#include "image/keys.h"
#include "image/manifest.h"
#include "image/source.h"

/* "sha256-HEX.sig", the tag of an image's signatures, and its NUL. */
enum { SIGNATURE_TAG = 7 + DIGEST_HEX + 4 + 1 };

/* Who signed. */
struct signer {
	const char *key;       /* the name of its file */
	const char *reference; /* what he called the image; may be "" */
};

/* The signatures of an image: the manifest of DESCRIPTOR, and payloads that are blobs of SOURCE too. */
struct signatures {
	const char *what; /* the image, for messages */
	const struct source *source;
	const struct descriptor *descriptor;
};

/* The tag under which the signatures of the image with the manifest DIGEST are kept. */
void signature_tag(char tag[SIGNATURE_TAG], const struct digest *digest);

/* The entry of INDEX with the signatures of the manifest DIGEST, or NULL. */
struct descriptor *trust_entry(const struct index *index, const struct digest *digest);
/* Find a signature of the manifest DIGEST by one of KEYS. Returns 0; -ENOKEY where there is none of
 * theirs, or another -errno, both said by fail(). */
int trust_find(struct signer *out, struct arena *arena, const struct signatures *signatures,
	       const struct keys *keys, const struct digest *digest);
/* The same of an image in SOURCE (a zip or a layout), which has its signatures beside it under their tag. */
int trust_source(struct signer *out, struct arena *arena, const struct source *source,
		 const struct keys *keys, const struct digest *digest);
/* Say that the image WHAT has no signature. Returns -ENOKEY. */
int trust_fail_unsigned(const char *what, const struct digest *digest);

#endif
