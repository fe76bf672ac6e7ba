/* SPDX-License-Identifier: MIT */
/* mksquashfs of squashfs-tools, which makes a squashfs of a tar that it reads. */
#ifndef BUILD_SQUASH_H
#define BUILD_SQUASH_H

#include <stdint.h>
#include <sys/types.h>

struct squash {
	pid_t pid;  /* 0: none */
	int input;  /* a socket that takes the tar */
	int errors; /* what it said */
};

struct codec {
	const char *name, *media_type;
	const char *words[5]; /* for mksquashfs */
};

/* The codec of a compression's name (NULL: gzip), or NULL after fail(). */
const struct codec *codec_find(const char *compression);
/* Start it: the file system goes to OUTPUT, an empty file; files later than EPOCH become as old.
 * ROOT are the permissions of the root directory, which belongs to root: mksquashfs 4.5 does not
 * take a tar's word for it. Returns 0, or -errno said by fail(). */
int squash_begin(struct squash *squash, int output, const struct codec *codec, uint64_t epoch,
		 mode_t root);
/* Close the input and wait. WRITTEN is how it went on our side, 0 or -errno, not said yet. Returns
 * 0, or -errno said by fail(), with what mksquashfs says where that is why. */
int squash_end(struct squash *squash, int written);
/* End it, whatever it is doing; safe twice. */
void squash_abandon(struct squash *squash);

#endif
