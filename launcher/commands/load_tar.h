/* SPDX-License-Identifier: MIT */
/* Images in a tar, for davit load. */
#ifndef COMMANDS_LOAD_TAR_H
#define COMMANDS_LOAD_TAR_H

#include "commands/commands.h"
#include "store/store.h"

/* Make SOURCE of the tar PATH (NULL: of what WRITER has, or else standard input), by a file of the
 * STORE that is WRITER's from now on. Returns 0, -ENOENT (not said) when it is no tar, or -errno
 * said by fail(). */
int load_tar(struct source *source, struct arena *arena, struct store_writer *writer,
	     const struct store *store, const char *path);

#endif
