/* SPDX-License-Identifier: MIT */
/* One image, found and opened: what it is, where it begins, how long it is. Never opened by name again. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct descriptor;
struct image_config;
struct source;
struct verity;
struct zip;

/* IMAGE_LAYERS: squashfs file systems, one above the other; one alone of a plain file.
 * IMAGE_ARCHIVE: a zip of files, which are unpacked. */
enum image_kind { IMAGE_LAYERS, IMAGE_DIRECTORY, IMAGE_ARCHIVE };

enum { IMAGE_MISSING = 1 };

/* "sha256:" and 12 digits, by which people know a digest. */
enum { IMAGE_SHORT = 19 };

/* A file system: bytes of an open file. */
struct layer {
	const char *path;        /* of the file, or which layer, for messages */
	const char *compression; /* "gzip", … */
	uint64_t offset, size;   /* bytes; of the file system inside its file */
	int fd;                  /* read-only; the image's own, or this layer's */
	/* Of an OCI image. */
	const struct descriptor *descriptor; /* as the manifest has it; its bytes begin at the offset */
	uint64_t blob_size;                  /* bytes, with what is behind the file system */
	bool has_verity;
	const char *root_hash;       /* of its hash tree, in hexadecimal digits */
	const struct verity *verity; /* what the tree's superblock says, once that was read, or NULL */
};

struct image {
	enum image_kind kind;
	const char *path; /* as given, without @OFFSET; the caller's or the arena's */
	const char *base; /* last part of path up to its first dot: "app" of "/img/app.squashfs" */
	struct layer *layers;  /* the lowest first; the arena's */
	size_t layer_count;    /* 0 for a directory */
	int fd;                /* of what was named, read-only */
	const struct zip *zip; /* of an archive, or NULL */
	uint64_t room;         /* bytes that its files need in a tmpfs */
	/* Of an OCI image, or NULL. */
	const struct image_config *config;
	const struct descriptor *descriptor; /* of its manifest */
	const char *digest;                  /* of its manifest, "sha256:…" */
	struct source *source;
};

struct arena;

/* Asked about an OCI image when source, descriptor and digest are known, and nothing that its
 * manifest names was looked at. Returns 0, or -errno, said by fail(), which refuses the image. */
struct image_gate {
	int (*pass)(const struct image *image, struct arena *arena, void *data);
	void *data;
};

/* Open REFERENCE, which is a squashfs file, FILE@OFFSET (bytes, or with a unit), a directory, or an
 * OCI image layout in a zip or a directory, of several images FILE:TAG. What is read of it is
 * checked, but no layer against its digest. GATE may be NULL. Returns 0, IMAGE_MISSING when there
 * is no such file, or -errno, said by fail(). */
int image_open(struct image *image, struct arena *arena, const char *reference,
	       const struct image_gate *gate);
/* Close the descriptor; safe twice. */
void image_close(struct image *image);

#endif
