/* SPDX-License-Identifier: MIT */
/* The program that an image starts, found and looked at before anything is mounted. */
#ifndef IMAGE_PROGRAM_H
#define IMAGE_PROGRAM_H

#include "base/arena.h"
#include "image/elf.h"
#include "image/image.h"

/* Nothing is known of it. */
enum { PROGRAM_UNSEEN = 1 };

/* How it is named. */
struct program {
	const char *name;    /* the first word of the command */
	const char *search;  /* directories between colons, for a name without "/" */
	const char *workdir; /* absolute; NULL: / */
};

/* Check that PROGRAM of IMAGE, and the interpreter of a script, are built for MACHINE. What is not
 * found, or not read without the kernel (a layer that gzip did not pack), passes: starting it says
 * what is wrong. Returns 0, PROGRAM_UNSEEN, or -ENOEXEC said by fail(): "built for armv7
 * hard-float, this board is armv6". */
int program_check(struct arena *arena, const struct image *image, const struct program *program,
		  const struct elf *machine);

#endif
