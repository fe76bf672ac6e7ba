/* SPDX-License-Identifier: MIT */
/* Signatures as cosign makes them: ECDSA on P-256 with SHA-256, and nothing else, over a payload that names the
 * digest of a manifest. Sources: cosign's SIGNATURE_SPEC.md; containers/image's
 * containers-signature(5); RFC 5480 (keys), RFC 3279 (signatures). */
#ifndef IMAGE_SIGNATURE_H
#define IMAGE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/digest.h"

#define MEDIA_SIGNATURE "application/vnd.dev.cosign.simplesigning.v1+json"
#define ANNOTATION_SIGNATURE "dev.cosignproject.cosign/signature"

enum {
	KEY_POINT = 65,       /* uncompressed: 4, x, y */
	SIGNATURE_TEXT = 128, /* room for one in base64: 72 bytes are the most */
	PAYLOAD_MOST = 65536,
	SIGNATURES_MOST = 32 /* of one image */
};

struct public_key {
	const char *name; /* of its file */
	unsigned char point[KEY_POINT];
};

/* Read PEM, a "PUBLIC KEY" of P-256. Returns NULL, or what is wrong in words. The point is on the curve. */
const char *public_key_parse(struct public_key *key, const char *pem);
/* KEY as PEM, ended by NUL. Returns 0, or -E2BIG. */
int public_key_print(char *pem, size_t room, const struct public_key *key);

/* True when SIGNATURE, the base64 of a DER signature, is KEY's over DATA. */
bool signature_verify(const struct public_key *key, const void *data, size_t length,
		      const char *signature);
/* R and S of a signature, 32 bytes each, as base64 of DER; from ARENA, or NULL. */
const char *signature_print(struct arena *arena, const unsigned char r[DIGEST_SIZE],
			    const unsigned char s[DIGEST_SIZE]);

/* What is signed. */
struct payload {
	struct digest manifest;
	const char *reference; /* what the signer called the image; "" where he did not */
};

/* Read TEXT, whose signature was verified; FILE stands in messages. Returns 0 or -errno, said. */
int payload_parse(struct payload *out, struct arena *arena, const char *text, const char *file);
/* The same bytes for the same payload; from ARENA, or NULL. */
const char *payload_print(struct arena *arena, const struct payload *payload);

#endif
