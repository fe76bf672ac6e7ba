/* SPDX-License-Identifier: MIT */
/* A layer's tar becomes a squashfs while it is read. */
#ifndef STORE_TAR_SQUASH_H
#define STORE_TAR_SQUASH_H

#include <stdint.h>

struct tar_squash {
	int from;  /* the tar, plain, gzip or zstd, from where that is to its end; may be a pipe */
	int to;    /* an empty file */
	int spill; /* another, which is used meanwhile */
	const char *what;  /* the tar's name in messages */
	const char *where; /* and that of the files */
};

/* Make it: *size bytes. The whiteouts of OCI (.wh.NAME, .wh..wh..opq) become those of overlayfs; of
 * two entries of one name the later counts, as it does when a tar is unpacked; directories that are
 * not in it are root's, with mode 0755; devices in dev/ are left out, as a sandbox has its own.
 * What leads out of the root, or makes no sense, is refused with the member's name.
 *
 * Memory: 1 MiB, whatever the size; 1.3 MiB for a moment, where a member has much in front of it;
 * 10 MiB with zstd. And for each entry 104 bytes and its name (80 where pointers have 32 bits),
 * which is rounded up to 8; for each 128 KiB of data 4 bytes; targets of links, and attributes. No
 * more than a quarter of the machine's memory is taken for these, and no more entries than 1048576.
 * Returns 0, or -errno said. */
int tar_squash(uint64_t *size, const struct tar_squash *order);

#endif
