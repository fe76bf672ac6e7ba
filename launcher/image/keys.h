/* SPDX-License-Identifier: MIT */
/* The public keys that this machine trusts: /etc/davit/keys/NAME.pub, raw keys without a
 * certificate, since a board that has just started may not know the time. */
#ifndef IMAGE_KEYS_H
#define IMAGE_KEYS_H

#include "image/signature.h"

enum { KEYS_MOST = 32 };

/* What remembers that a key made a signature, since finding that out takes long: digests of
 * statements that are true for ever. */
struct signature_memory {
	bool (*knows)(void *data, const struct digest *statement);
	void (*learn)(void *data, const struct digest *statement);
	void *data;
};

struct keys {
	const char *directory;    /* for messages */
	struct public_key *items; /* in the order of their names */
	size_t count;
	const struct signature_memory *memory; /* or NULL */
};

/* Read all keys of the directory "keys" in CONFIG (NULL: /etc/davit). It and they must be root's
 * alone. A missing directory has no keys; what is no key of the only kind there is, is refused. All
 * that is found lives in ARENA. Returns 0, or -errno said by fail(). */
int keys_read(struct keys *out, struct arena *arena, const char *config);
/* Read the one key in the file PATH, whosever it is. Returns 0, or -errno said by fail(). */
int key_read(struct public_key *out, const char *path);

#endif
