/* SPDX-License-Identifier: MIT */
/* The openssl command, for keys that davit does not read itself. */
#ifndef BUILD_OPENSSL_H
#define BUILD_OPENSSL_H

#include <stddef.h>
#include <sys/types.h>

enum openssl_task {
	OPENSSL_PUBLIC, /* the public half in PEM */
	OPENSSL_SIGN    /* the DER signature, ECDSA with SHA-256, of TEXT */
};

/* Have openssl do it with KEY, a file or a "pkcs11:" URI (by the pkcs11 engine of libp11, or else
 * the provider). What it prints, ended by NUL, goes to OUT. Returns its length, or -errno said by
 * fail(). */
ssize_t openssl_run(char *out, size_t room, enum openssl_task task, const char *key,
		    const char *text);

#endif
