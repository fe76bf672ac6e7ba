/* SPDX-License-Identifier: MIT */
/* Inside zip.h: its records as bytes. */
#ifndef IMAGE_ZIP_PARTS_H
#define IMAGE_ZIP_PARTS_H

#include "image/zip.h"

/* What is read from, for messages too. */
struct zip_file {
	struct arena *arena;
	const char *path;
	int fd;
	uint64_t start, end; /* of the zip, in the file */
	uint64_t directory;  /* where the central directory begins, in the file */
};

/* A number of the zip, little-endian. */
uint64_t zip_number(const unsigned char *at, unsigned int bytes);
/* Read LENGTH bytes at OFFSET. Returns 0 or -errno, said. */
int zip_read(const struct zip_file *file, void *buffer, size_t length, uint64_t offset);
/* One entry of the central directory, whose LENGTH bytes are still left at AT: *member without its
 * offset. Returns how many bytes it has, or -errno said. */
ssize_t zip_entry(struct zip_member *member, const struct zip_file *file, const unsigned char *at,
		  size_t length);
/* That the member's local header says the same; sets its offset. *next is where the next one is due. */
int zip_local(struct zip_member *member, const struct zip_file *file, uint64_t *next);

#endif
