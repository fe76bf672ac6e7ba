/* SPDX-License-Identifier: MIT */
/* The images that sandboxes of this machine are of: no sweep takes them. */
#ifndef COMMANDS_ROOTS_H
#define COMMANDS_ROOTS_H

#include "commands/commands.h"
#include "store/sweep.h"

/* The digests of their manifests; strings live in ARENA. Returns 0 or -errno, said. */
int roots_gather(struct texts *roots, struct arena *arena);
/* store_sweep() that knows them. */
int roots_sweep(struct texts *removed, struct arena *arena, struct store *store);

#endif
