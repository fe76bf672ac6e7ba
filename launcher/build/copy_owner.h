/* SPDX-License-Identifier: MIT */
/* --chown of COPY and ADD. */
#ifndef BUILD_COPY_OWNER_H
#define BUILD_COPY_OWNER_H

#include "build/copy_files.h"
#include "build/dockerfile.h"

/* Set the owner that OWNER, USER[:GROUP], is in the tree that is written to. Returns 0 or -errno, said. */
int copy_owner(struct copying *copying, const struct dockerfile *dockerfile,
	       const struct instruction *one, const char *owner);

#endif
