/* SPDX-License-Identifier: MIT */
/* A squashfs in the store becomes a layer. */
#ifndef STORE_LAYER_SEAL_H
#define STORE_LAYER_SEAL_H

#include "store/store.h"

/* Append the hash tree of dm-verity to what WRITER's file has, the first LENGTH bytes, and keep it:
 * *layer gets digest, size and root hash. Returns 0, or -errno said; store_abandon() is due in any
 * case. */
int layer_seal(struct descriptor *layer, struct store_writer *writer, uint64_t length);

#endif
