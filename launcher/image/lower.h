/* SPDX-License-Identifier: MIT */
/* The files of an image as overlayfs would show them, without mounting anything: of squashfs
 * layers, or of a directory. */
#ifndef IMAGE_LOWER_H
#define IMAGE_LOWER_H

#include <stdbool.h>

#include "base/arena.h"
#include "image/squashfs_list.h"

struct lower {
	struct squashfs *layers; /* the lowest first */
	size_t count;            /* 0: a directory */
	int fd;                  /* of the directory; the image's */
};

/* A directory: what of it is in each layer. */
struct lower_directory {
	struct squashfs_inode *parts; /* type 0: nothing */
	int fd;                       /* of a directory's own, or -1 */
};

struct lower_entry {
	const char *name;
	mode_t mode; /* of a type that squashfs_read.h does not tell, without its type */
	uid_t uid;
	gid_t gid;
	uint64_t mtime, size;
	/* Of a squashfs: where it is. */
	size_t layer;
	uint64_t reference;
};

struct lower_list {
	struct lower_entry *items; /* by name */
	size_t count;
};

/* Take IMAGE, which stays open. Returns 0; -EOPNOTSUPP, said by fail(), for layers that gzip did
 * not pack, and another -errno, said. */
int lower_open(struct lower *out, struct arena *arena, const struct image *image);
/* The root; and what NAME, an entry of LIST that is a directory, has below. lower_close() is due.
 * Return 0 or -errno, not said. */
int lower_root(struct lower_directory *out, struct arena *arena, const struct lower *lower);
int lower_enter(struct lower_directory *out, struct arena *arena, const struct lower *lower,
		const struct lower_directory *directory, const char *name);
void lower_close(struct lower_directory *directory);
/* What is in a directory. Returns 0 or -errno, not said. */
int lower_read(struct lower_list *out, struct arena *arena, const struct lower *lower,
	       const struct lower_directory *directory);
/* The entry NAME, or NULL. */
const struct lower_entry *lower_find(const struct lower_list *list, const char *name);

#endif
