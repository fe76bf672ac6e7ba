/* SPDX-License-Identifier: MIT */
/* What is where in a tar that is not compressed. */
#ifndef STORE_TAR_INDEX_H
#define STORE_TAR_INDEX_H

#include "image/source.h"
#include "store/seen.h"

struct store_writer;

struct tar_index {
	const char *what; /* the tar's name in messages */
	int fd;           /* the caller's */
	struct seen members;
};

/* A file at offset, or a symlink, which leads from its own directory. */
struct tar_place {
	uint64_t offset, size;
	const char *link; /* or NULL */
};

enum { TAR_MEMBERS_MOST = 65535 };

/* List the tar that fills FD. Everything lives in ARENA. Returns 0, or -errno said by fail(). */
int tar_index_open(struct tar_index *out, struct arena *arena, int fd, const char *what);
/* What FD has from where it is, unpacked (gzip, zstd): into WRITER, or only its digest (WRITER is
 * NULL). *packed: it was packed; nothing is written of what was not. Returns 0, or -errno said. */
int tar_unpacked(struct digest *digest, bool *packed, struct store_writer *writer, int fd,
		 const char *what);
/* The file NAME, through symlinks inside the tar. out->fd is the caller's. Returns 0, or -ENOENT,
 * not said. */
int tar_index_find(struct blob *out, const struct tar_index *index, const char *name);
/* Its text, at most MANIFEST_MOST bytes, ended by NUL; from ARENA. NULL after fail(). */
const char *tar_index_text(struct arena *arena, const struct tar_index *index, const char *name);

#endif
