/* SPDX-License-Identifier: MIT */
/* Sign with whatever key there is: a file of davit's or openssl's, or one that never leaves its token. */
#ifndef BUILD_SIGN_H
#define BUILD_SIGN_H

#include "image/signature.h"

/* Sign TEXT with KEY, the path of a private key in PEM or a "pkcs11:" URI. What is no plain P-256
 * key is given to the openssl command, which may ask for a password or PIN. *out is the signature in
 * base64, checked by the key's public half, which is *key. Returns 0, or -errno said by fail(). */
int sign_text(const char **out, struct public_key *public_half, struct arena *arena,
	      const char *key, const char *text);

#endif
