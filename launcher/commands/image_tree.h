/* SPDX-License-Identifier: MIT */
/* All that is known of an image, under Docker's names. */
#ifndef COMMANDS_IMAGE_TREE_H
#define COMMANDS_IMAGE_TREE_H

#include <stdbool.h>

#include "commands/template.h"

/* Whether NAME means an image: of a file, or one that this machine keeps. */
bool image_is_known(struct arena *arena, const char *name);
/* Fill LEAVES with what is known of IMAGE. Returns 0 or -errno, said by fail(). */
int image_tree(struct leaves *leaves, struct arena *arena, const char *image);

#endif
