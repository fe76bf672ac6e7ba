/* SPDX-License-Identifier: MIT */
/* Where images are: an OCI image layout, in a zip or in a directory. Blobs are found by digest, as
 * bytes of an open file, and nothing is unpacked. Source: OCI image-spec 1.0, image-layout.md. */
#ifndef IMAGE_SOURCE_H
#define IMAGE_SOURCE_H

#include "image/manifest.h"

/* Bytes of an open file. */
struct blob {
	int fd; /* of the source, or the caller's own: see source_blob() */
	uint64_t offset, size;
};

struct zip;

/* Which of a layout's images: NAME is what its index calls it (org.opencontainers.image.ref.name or
 * io.containerd.image.name), NULL: the only one. */
struct image_choice {
	const char *name;
	const struct platform *machine;
};

struct source {
	const char *path;          /* as given, for messages */
	int fd;                    /* of the zip file, or of the layout's directory */
	struct zip *zip;           /* its members, or NULL for a directory */
	const struct index *index; /* in place of the file index.json, or NULL */
};

/* Open PATH: a directory with a file oci-layout, or a zip with such a member. Returns 0, -ENOENT
 * (not said) when it is a zip or a directory without an image layout, or another kind of file, or
 * another -errno, said by fail(). */
int source_open(struct source *source, struct arena *arena, const char *path);
/* The same of the open FD, which is the source's from now on, at OFFSET in it (a zip behind a program). */
int source_open_fd(struct source *source, struct arena *arena, int fd, uint64_t offset,
		   const char *path);
void source_close(struct source *source);
/* Where the blob of DIGEST is; its SIZE is checked against what is there, its contents are not.
 * out->fd is a descriptor of its own, the caller's. Returns 0, or -errno said by fail(). */
int source_blob(struct blob *out, const struct source *source, const struct digest *digest,
		uint64_t size);
/* Whether there is something called like the blob of DIGEST. */
bool source_has(const struct source *source, const struct digest *digest);
/* The text of a small blob, at most MANIFEST_MOST bytes, checked against its digest, ended by NUL;
 * from ARENA. Returns NULL after fail(). */
const char *source_text(struct arena *arena, const struct source *source,
			const struct descriptor *descriptor);
/* What the image of CHOICE is made of. The digests from the index down to *manifest are checked.
 * Returns 0, or -errno said by fail(). */
int source_manifest(struct descriptor *out, struct manifest *manifest, struct arena *arena,
		    const struct source *source, const struct image_choice *choice);
/* The layout's index.json. Returns 0, or -errno said. */
int source_index(struct index *out, struct arena *arena, const struct source *source);

#endif
