/* SPDX-License-Identifier: MIT */
/* All that is known of a sandbox, under Docker's names. */
#ifndef COMMANDS_INSPECT_TREE_H
#define COMMANDS_INSPECT_TREE_H

#include "commands/template.h"
#include "sandbox/record.h"

/* Fill LEAVES with what RECORD says. Returns 0 or -ENOMEM, said by fail(). */
int inspect_tree(struct leaves *leaves, struct arena *arena, const struct record *record);

#endif
