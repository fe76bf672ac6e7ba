/* SPDX-License-Identifier: MIT */
/* Private keys of P-256: made, read, written, signed with. */
#ifndef BUILD_PRIVATE_KEY_H
#define BUILD_PRIVATE_KEY_H

#include "image/signature.h"

enum { PRIVATE_PEM = 512 };

struct private_key {
	struct public_key public;
	unsigned char secret[DIGEST_SIZE];
};

/* A new key from the kernel's random numbers. Returns 0, or -errno said by fail(). */
int private_key_make(struct private_key *out);
/* Read PEM as openssl and cosign write it without a password: "PRIVATE KEY" (PKCS #8) or "EC
 * PRIVATE KEY" (RFC 5915), with its public half. Returns 0, -ENOTSUP for any other form, or -EINVAL
 * for a damaged one. Not said. */
int private_key_parse(struct private_key *out, const char *pem);
/* KEY as PKCS #8 in PEM, ended by NUL. Returns 0, or -E2BIG. */
int private_key_print(char pem[PRIVATE_PEM], const struct private_key *key);
/* The signature of TEXT, in base64; the same text gives the same signature (RFC 6979). From ARENA,
 * or NULL after fail(). */
const char *private_key_sign(struct arena *arena, const struct private_key *key, const char *text);
/* Leave nothing of it in memory. */
void private_key_wipe(struct private_key *key);

#endif
