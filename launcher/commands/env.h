/* SPDX-License-Identifier: MIT */
/* --env, --env-file and --label-file: what the command line names, with the values that davit itself has. */
#ifndef COMMANDS_ENV_H
#define COMMANDS_ENV_H

#include "base/arena.h"

/* Append what FILES and ENTRIES give as NAME=VALUE; an entry that is no NAME or NAME=VALUE is
 * passed on for the decision to refuse. Returns 0 or -errno, said by fail(). */
int env_gather(struct texts *list, struct arena *arena, const struct texts *files,
	       const struct texts *entries);
/* The same for labels, with no values from elsewhere. */
int label_gather(struct texts *list, struct arena *arena, const struct texts *files,
		 const struct texts *entries);

#endif
