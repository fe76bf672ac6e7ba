/* SPDX-License-Identifier: MIT */
/* The images that this machine keeps: ROOT/blobs/sha256/HEX, as in an image layout, and ROOT/tags;
 * beside them what layers of tar became (store/converted.h). A change is a temporary file, fsync,
 * rename, fsync of the directory; state is what the directory says, there is no database. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "image/manifest.h"
#include "image/source.h"

/* STORE_READ needs no lock: what it has opened stays. STORE_WRITE keeps the others from sweeping. STORE_SWEEP is alone. */
enum store_use { STORE_READ, STORE_WRITE, STORE_SWEEP };

struct store {
	const char *root; /* for messages */
	int fd;           /* of the directory */
	int lock;         /* or -1 */
};

/* Where what has come of blobs from afar waits for the rest (store/partial.h). */
#define STORE_PARTIAL "partial"

/* Room for "partial/sha256-HEX". */
enum { STORE_NAME = 8 + 7 + DIGEST_HEX + 1 };

/* A blob that is being written, below "new": what is not finished goes when nobody writes any more.
 * Below "partial" it stays (store/partial.h). */
struct store_writer {
	const struct store *store;
	struct hasher hasher;
	uint64_t size;
	int fd; /* write to it by store_write(), or directly and then store_adopt() */
	char name[STORE_NAME]; /* below ROOT */
};

/* Open the store in ROOT; it is made where it is missing unless USE is STORE_READ. Waits for
 * another davit that sweeps. Returns 0, -ENOENT (not said) when there is none, or -errno said. */
int store_open(struct store *store, const char *root, enum store_use use);
/* Safe twice. */
void store_close(struct store *store);
/* Become the only one who has the store open for writing, if nobody else has. Returns whether it is so. */
bool store_try_alone(struct store *store);

int store_begin(struct store_writer *writer, const struct store *store);
int store_write(struct store_writer *writer, const void *data, size_t length);
/* Take what another program has written to the writer's file: read it for its digest and size. */
int store_adopt(struct store_writer *writer);
/* Keep what was written under its digest, which is *digest; that it is there already is fine. With
 * EXPECTED, another digest is refused and said. Ends the writer in any case. These four return 0 or
 * -errno, said. */
int store_finish(struct digest *digest, struct store_writer *writer, const struct digest *expected);
/* The same in the place of a blob of that name, which may be damaged. */
int store_replace(struct digest *digest, struct store_writer *writer, const struct digest *expected);
/* Safe twice, and after store_finish(). */
void store_abandon(struct store_writer *writer);
/* All of it in one call, for small things; in the place of a blob of that name. Returns 0 or -errno, said. */
int store_put(struct digest *digest, const struct store *store, const void *data, size_t length);
/* Look for the blob. Returns 0, -ENOENT when it is not there with this size, or -errno; nothing is said. */
int store_find(const struct store *store, const struct digest *digest, uint64_t size);
/* Whether that finds it. */
bool store_has(const struct store *store, const struct digest *digest, uint64_t size);

/* The same, and that its bytes are those of its digest: flash can spoil what is written. Reads all of it. */
bool store_keeps(const struct store *store, const struct digest *digest, uint64_t size);

/* The store as a source of images; its index is that of all tags, in ARENA, each named by
 * ANNOTATION_IMAGE_NAME. The descriptor is the store's: no source_close(). Returns 0 or -errno,
 * said. */
int store_source(struct source *out, struct arena *arena, const struct store *store);
/* Put those called NAME first: of the signatures that an image has under several names, its own
 * count. Returns 0 or -errno, said. */
int store_source_prefer(struct source *source, struct arena *arena, const char *name);

#endif
