/* SPDX-License-Identifier: MIT */
/* The images that sandboxes of this machine are of: no sweep takes them. */
#ifndef COMMANDS_ROOTS_H
#define COMMANDS_ROOTS_H

#include "commands/commands.h"
#include "store/sweep.h"

/* The digests of their manifests; strings live in ARENA. Returns 0 or -errno, said. */
int roots_gather(struct texts *roots, struct arena *arena);
/* Whether one of ROOTS is the manifest of DESCRIPTOR, or any that it leads to as an index of STORE:
 * a tag may name that, sandboxes and versions name the manifest. True as well when it cannot be
 * read, said: nobody knows then. */
bool roots_have(const struct texts *roots, struct arena *arena, const struct store *store,
		const struct descriptor *descriptor);
/* store_sweep() that knows them. */
int roots_sweep(struct texts *removed, struct arena *arena, struct store *store);

#endif
