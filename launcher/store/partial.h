/* SPDX-License-Identifier: MIT */
/* Blobs that come from afar, in pieces if need be: ROOT/partial/sha256-HEX holds what has come of
 * one, from its first byte on. It outlives the command, a power cut and the sweep after rmi and
 * load, so that the next pull goes on from there; davit prune gives its room back. Whoever writes
 * one holds its lock (flock(2)). */
#ifndef STORE_PARTIAL_H
#define STORE_PARTIAL_H

#include "store/store.h"

/* How many bytes have come of DIGEST; 0: none. */
uint64_t partial_size(const struct store *store, const struct digest *digest);
/* Go on with the blob of DIGEST, which will have SIZE bytes: writer->size of them are there and
 * hashed. Waits for another davit that fetches it. Returns 0, 1 when the store has the blob whole
 * (nothing is begun), or -errno, said. store_finish() or store_abandon(), which removes what has
 * come, end it, or partial_leave(). */
int partial_open(struct store_writer *writer, const struct store *store,
		 const struct digest *digest, uint64_t size);
/* As store_write(), for much: what was written goes on to the flash soon, once, and out of the page
 * cache. Returns 0 or -errno, said. */
int partial_write(struct store_writer *writer, const void *data, size_t length);
/* Forget what has come of a blob that the store has whole: a power cut may leave both. */
void partial_drop(const struct store *store, const struct digest *digest);
/* Forget what has come. Returns 0 or -errno, said. */
int partial_restart(struct store_writer *writer);
/* End it; what has come stays for the next time. Safe twice, and after the other ends. */
void partial_leave(struct store_writer *writer);
/* That BYTES more have room in STORE, with a reserve for all that a running system writes. WHAT
 * stands in the message. Returns 0 or -ENOSPC, said. */
int store_room(const struct store *store, uint64_t bytes, const char *what);

#endif
