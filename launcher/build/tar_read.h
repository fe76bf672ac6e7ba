/* SPDX-License-Identifier: MIT */
/* Open tars, plain or compressed, by libarchive. */
#ifndef BUILD_TAR_READ_H
#define BUILD_TAR_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"

struct archive;
struct archive_entry;
struct store_writer;

enum { TAR_RATIO_MOST = 200 };
#define TAR_HARMLESS (UINT64_C(64) << 20) /* bytes, which may be as dense as they want */
#define TAR_MOST (UINT64_C(64) << 30)

/* WHAT stands in messages. Read the tar in FD from where that is: gzip, bzip2, xz, zstd or plain.
 * *out is for archive_read_free() in any case. Returns 0, or -errno said by fail(). */
int tar_open(struct archive **out, int fd, const char *what);
/* The next member. Returns 1, 0 at the end, or -errno said. */
int tar_next(struct archive_entry **entry, struct archive *archive, const char *what);
/* The latest time that any member has, from where FD is, where it is again afterwards. Returns 0,
 * or -errno said. */
int tar_latest(uint64_t *latest, int fd, const char *what);
/* Bytes of a file, uncompressed: into WRITER, or only their digest (WRITER is NULL). *packed: they
 * were compressed. Nothing is written of what is not. Returns 0, or -errno said. */
int tar_unpack(struct digest *digest, bool *packed, struct store_writer *writer, int fd,
	       const char *what);
/* Refuse TOTAL bytes that came of few. Returns 0, or -EINVAL said. */
int tar_check_ratio(struct archive *archive, uint64_t total, const char *what);

#endif
