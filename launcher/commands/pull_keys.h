/* SPDX-License-Identifier: MIT */
/* Whose signatures an image needs before it is fetched. */
#ifndef COMMANDS_PULL_KEYS_H
#define COMMANDS_PULL_KEYS_H

#include "commands/commands.h"
#include "image/keys.h"

/* The keys of this device, where its policy wants images signed; else *out is NULL. From ARENA.
 * Returns 0 or -errno, said. */
int pull_keys(const struct keys **out, struct arena *arena);

#endif
