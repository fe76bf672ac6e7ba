/* SPDX-License-Identifier: MIT */
/* Read a tar once, from its begin to its end: ustar and pax (POSIX.1-2001), GNU tar's long names
 * and large numbers, and what came before them. It may be hostile: nothing is believed, and at most
 * 256 KiB of what stands before a member are kept, in 280 KiB with all else. */
#ifndef STORE_TAR_LAYER_H
#define STORE_TAR_LAYER_H

#include "store/attribute.h"
#include "store/inflow.h"
#include "store/tar_name.h"

enum { TAR_BLOCK = 512, TAR_RECORDS_MOST = 256 * 1024 };

/* A member. Strings last until the next one. */
struct tar_member {
	const char *name, *link; /* as they stand there; link: "" when there is none */
	uint64_t size;           /* bytes that follow, of a file */
	uint32_t mode; /* permissions, with the type as in st_mode; only those for a hard link */
	uint32_t uid, gid, mtime;
	bool hard_link;
	struct attribute attributes[ATTRIBUTES_MOST]; /* those that belong to an image, by name */
	size_t attribute_count;
};

struct tar_layer {
	struct inflow in;
	uint64_t left; /* bytes of the member that nobody read yet */
	size_t padding;
	/* What stands before a member and is meant for it. */
	char *records; /* of pax, or NULL */
	size_t records_length;
	struct tar_member member;
	struct attribute attributes[ATTRIBUTES_MOST];
	size_t attribute_count;
	bool has_size, has_uid, has_gid, has_mtime;
	uint64_t size, uid, gid, mtime;
	char name[TAR_NAME_MOST + 2], link[TAR_NAME_MOST + 2]; /* "": as the header has it */
	unsigned char block[TAR_BLOCK];
};

/* Read the tar in FD, which may be a pipe, from where that is. WHAT stands in messages. Returns 0,
 * or -errno said; tar_layer_close() is due in any case. TAR is zeroed at first. */
int tar_layer_open(struct tar_layer *tar, int fd, const char *what);
/* The next member, in tar->member; what was not read of the one before is passed over. Returns 1,
 * 0 at the end, when FD is read to its end, or -errno said. */
int tar_layer_next(struct tar_layer *tar);
/* LENGTH bytes, at most tar->left, of its data. Returns 0, or -errno said. */
int tar_layer_read(struct tar_layer *tar, void *to, size_t length);
/* Say what is wrong with the member. Returns -EINVAL. */
int tar_layer_fail(const struct tar_layer *tar, const char *wrong);
/* Safe twice. */
void tar_layer_close(struct tar_layer *tar);

/* Of tar_pax.c: take LENGTH bytes of pax records, behind which a NUL stands, for the next member.
 * Returns NULL, or what is wrong in words. */
const char *tar_pax_read(struct tar_layer *tar, char *records, size_t length);

#endif
