/* SPDX-License-Identifier: MIT */
/* What finding and copying files have in common. */
#ifndef BUILD_COPY_PARTS_H
#define BUILD_COPY_PARTS_H

#include "build/copy_files.h"

enum { DEPTH_MOST = 256 }; /* of directories */

/* The names in DIR, in their order, from ARENA. Returns 0 or -errno, not said. */
int names_read(struct texts *out, struct arena *arena, int dir);
/* DIRECTORY/NAME; DIRECTORY may be "". From ARENA, or NULL. */
const char *path_join(struct arena *arena, const char *directory, const char *name);
/* Whether PATH is not to be there: ignored, and, of a directory, all in it too. */
bool origin_ignores(const struct origin *origin, struct arena *arena, const char *path,
		    bool is_directory);

#endif
