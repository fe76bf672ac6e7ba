/* SPDX-License-Identifier: MIT */
/* What this device wants of every image that it fetches. */
#ifndef COMMANDS_PULL_ORDER_H
#define COMMANDS_PULL_ORDER_H

#include "commands/commands.h"
#include "registry/pull.h"

/* Set order->keys, where the device's policy wants images signed, and order->convert, where this
 * build can convert layers. What they are lives in ARENA. Returns 0 or -errno, said. */
int pull_order_fill(struct pull_order *order, struct arena *arena);

#endif
