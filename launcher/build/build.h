/* SPDX-License-Identifier: MIT */
/* Make an image of a Dockerfile and the files beside it. */
#ifndef BUILD_BUILD_H
#define BUILD_BUILD_H

#include "image/manifest.h"
#include "image/reference.h" /* what tags are */
#include "store/store.h"

/* NULL and false: not asked for. */
struct build_order {
	const char *context;  /* directory */
	const char *file;     /* the Dockerfile; NULL: Dockerfile in the context */
	const char *target;   /* the stage that is wanted, by name or number */
	const char *platform; /* "linux/arm/v7" */
	const char *network;  /* "none" or "host", for RUN */
	const char *compression;
	const char *output;  /* a zip that the image is written into too */
	struct texts args;   /* NAME=VALUE, or NAME of a variable of davit's own environment */
	struct texts labels; /* NAME=VALUE */
	struct texts tags;   /* NAME[:TAG] */
	bool no_cache, quiet;
};

struct build {
	struct descriptor manifest;
	struct digest config; /* the image's id, as people know it */
};

/* Build into STORE, open for writing, and say on standard output how it goes. Returns 0, or -errno
 * said by fail() with file, line and instruction. */
int build_image(struct build *out, struct arena *arena, const struct store *store,
		const struct build_order *order);

#endif
