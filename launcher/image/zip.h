/* SPDX-License-Identifier: MIT */
/* The members of a zip, read as strictly as can be: the central directory decides, local headers
 * agree with it, and members, directory and end follow each other without a byte between them, so
 * that no two readers can see two different zips. Source: PKWARE's APPNOTE.TXT 6.3.10. */
#ifndef IMAGE_ZIP_H
#define IMAGE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

/* Bytes; a member of ZIP_RATIO_FROM bytes or more is not packed better than 1:ZIP_RATIO_MOST. */
enum {
	ZIP_MEMBERS_MOST = 65535,
	ZIP_DIRECTORY_MOST = 16 << 20,
	ZIP_NAME_MOST = 1024,
	ZIP_LINK_MOST = 1023,
	ZIP_RATIO_FROM = 1 << 20,
	ZIP_RATIO_MOST = 256
};

struct zip_member {
	const char *name;      /* relative, without empty parts, "." and ".."; no "/" at its end */
	uint64_t header;       /* of its local header; in the file, as all offsets here */
	uint64_t offset;       /* of its data */
	uint64_t packed, size; /* bytes of its data, stored and as they were */
	uint32_t crc;
	mode_t mode;   /* S_IFREG, S_IFDIR or S_IFLNK, and 0777 at most */
	bool deflated; /* else stored */
	bool streamed; /* its sizes stand behind its data too */
};

struct zip {
	struct zip_member *members; /* sorted by name, a directory before what is in it */
	size_t count;
	uint64_t size; /* bytes of all members as they were */
};

/* Read what is in the zip from START to the end of the open FD. PATH stands in messages; all lives
 * in ARENA. Returns 0, -ENOENT (not said) when there is no zip, or -errno said by fail(). */
int zip_open(struct zip *zip, struct arena *arena, int fd, uint64_t start, const char *path);
/* The member NAME, or NULL. */
const struct zip_member *zip_find(const struct zip *zip, const char *name);
/* Where the zip that the open FD ends in begins, by its own end: behind a program, it is not 0.
 * Nothing else is checked. Returns 0 or -ENOENT. */
int zip_start(uint64_t *start, int fd);

#endif
