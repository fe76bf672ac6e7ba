/* SPDX-License-Identifier: MIT */
/* Copy files from one tree into another, neither of which is left by any link or "..". */
#ifndef BUILD_COPY_FILES_H
#define BUILD_COPY_FILES_H

#include <sys/types.h>

#include "base/digest.h"
#include "build/ignore.h"
#include "store/seen.h"

/* Where files come from. */
struct origin {
	const char *what;  /* "the build context", for messages */
	const char *where; /* "Dockerfile:3: COPY", which they begin with */
	int root;
	const struct ignore *ignore; /* or NULL */
	bool owners; /* and attributes: they are an image's; else all belongs to root */
};

struct copying {
	struct arena *arena;
	struct origin from;
	int to; /* the root that is written to */
	bool has_owner, has_mode;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	uint64_t epoch; /* seconds: for the digest, as layers have it */
	/* Of a tree that is being copied: where it is, where it goes, files with several names. */
	const char *tree, *tree_target;
	struct seen *links;
};

/* The paths below ORIGIN that PATTERN means, clean, in their order. Returns 0 (also when there are
 * none), or -errno, said. */
int origin_find(struct texts *out, struct arena *arena, const struct origin *origin,
		const char *pattern);
/* Add what would be copied of PATH to HASHER. Returns 0 or -errno, said. */
int origin_digest(struct hasher *hasher, const struct copying *copying, const char *path);
/* Copy PATH to TARGET, a path of the other tree: a directory's contents into it; a file as it, or,
 * with INTO, into it under its own name. Returns 0 or -errno, said. */
int copy_path(const struct copying *copying, const char *path, const char *target, bool into);
/* Write a file with TEXT as TARGET. Returns 0 or -errno, said. */
int copy_text(const struct copying *copying, const char *text, const char *target);
/* Whether TARGET is a directory in the tree that is written to. */
bool copy_is_directory(const struct copying *copying, const char *target);

#endif
