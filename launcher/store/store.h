/* SPDX-License-Identifier: MIT */
/* The images that this machine keeps: /var/lib/davit/blobs/sha256/HEX and tags/NAME/TAG. A change
 * is a temporary file, fsync, rename, fsync of the directory; state is what the directory says,
 * there is no database. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "image/oci_config.h"
#include "image/source.h"

struct store {
	const char *root; /* for messages */
	int fd;           /* of the directory */
};

/* Open the store in ROOT, made where it is missing when MAKE. Returns 0, -ENOENT (not said) when
 * there is none, or -errno said. */
int store_open(struct store *store, const char *root, bool make);
void store_close(struct store *store);

/* A blob that is being written: what is not finished is gone at the next store_open(), or resumed by its digest. */
struct store_writer {
	int fd; /* write to it through store_write() */
	struct hasher hasher;
	uint64_t size;
	char name[48];
};

int store_begin(struct store_writer *writer, const struct store *store);
int store_write(struct store_writer *writer, const void *data, size_t length);
/* Keep what was written under its digest, which is *digest; that it is there already is fine. With
 * EXPECTED, another digest is refused and said. Returns 0 or -errno, said. */
int store_finish(struct digest *digest, struct store_writer *writer, const struct store *store,
		 const struct digest *expected);
void store_abandon(struct store_writer *writer, const struct store *store);
/* All of it in one call, for small things. */
int store_put(struct digest *digest, const struct store *store, const void *data, size_t length);

/* As source_blob() and source_text(), of the store. */
int store_blob(struct blob *out, const struct store *store, const struct digest *digest,
	       uint64_t size);
const char *store_text(struct arena *arena, const struct store *store,
		       const struct descriptor *descriptor);

/* NAME[:TAG] (Docker's syntax: host, path, tag; "latest" when there is none) names the manifest of
 * DESCRIPTOR from now on. Returns 0 or -errno, said. */
int store_tag(const struct store *store, const char *reference, const struct descriptor *descriptor);
/* The manifest of REFERENCE: NAME[:TAG], NAME@sha256:…, or an image id of at least 4 digits (of the
 * manifest or the config) that is no other's. Returns 0, -ENOENT (not said), or -errno said. */
int store_find(struct descriptor *out, struct arena *arena, const struct store *store,
	       const char *reference);

#endif
