/* SPDX-License-Identifier: MIT */
/* What an app changed in the files of its image: lines "A /path", "C /path" and "D /path", as Docker has them. */
#ifndef COMMANDS_CHANGES_H
#define COMMANDS_CHANGES_H

#include "image/lower.h"

struct changes {
	const struct lower *lower; /* the image, or NULL: not known */
	bool upper;   /* what is looked at is an overlay's upper layer, not all that the app sees */
	bool all_ids; /* owners count: no user namespace gives them other numbers */
	const struct texts *mounts; /* absolute paths where something else is mounted: passed over */
};

/* Add the lines of what lies in directory FD to OUT, by path. Returns 0, or -errno said by fail(). */
int changes_list(struct string *out, struct arena *arena, const struct changes *changes, int fd);

#endif
