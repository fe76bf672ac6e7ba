/* SPDX-License-Identifier: MIT */
/* Write a zip of stored members, some of which begin on a page so that the kernel can mount them in
 * place. The same members give the same bytes. Source: PKWARE's APPNOTE.TXT 6.3.10. */
#ifndef STORE_ZIP_WRITE_H
#define STORE_ZIP_WRITE_H

#include "image/source.h"

enum { ZIP_PAGE = 4096 };

struct zip_writer {
	const char *path; /* for messages */
	int fd;           /* written from where it is; need not be seekable */
	uint64_t at;      /* bytes since the zip's begin */
	uint64_t shift; /* bytes of the file before it, up to a page: what is aligned is so in the file */
	struct arena arena;
	unsigned char *records; /* the central directory */
	size_t length, room;
	uint64_t count;
};

/* Begin at SHIFT bytes into the file of FD, which stays the caller's. */
void zip_begin(struct zip_writer *writer, int fd, uint64_t shift, const char *path);
/* Add member NAME with what BLOB has, on a page if ALIGNED. With DIGEST, other contents are refused
 * before any of it is written. Return 0 or -errno, said by fail(). */
int zip_add(struct zip_writer *writer, const char *name, const struct blob *blob, bool aligned,
	    const struct digest *digest);
int zip_add_text(struct zip_writer *writer, const char *name, const char *text);
/* Write the central directory and the end. Returns 0 or -errno, said. */
int zip_finish(struct zip_writer *writer);
/* Free what it has in memory; safe twice. */
void zip_abandon(struct zip_writer *writer);

#endif
