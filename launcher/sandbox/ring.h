/* SPDX-License-Identifier: MIT */
/* What a detached app wrote, in a file of fixed size in RAM: the oldest goes when there is no room
 * for the newest.
 *
 * One davit writes; others may read meanwhile, and after any kill. The file: struct ring_head at 0,
 * from RING_DATA on entries, each a struct ring_entry and its bytes, which go on at the beginning
 * where the end is reached. */
#ifndef SANDBOX_RING_H
#define SANDBOX_RING_H

#include <stdint.h>
#include <sys/types.h>

#include "sandbox/flow.h"

enum { RING_LEAST = 8192, RING_USUAL = 65536, RING_MOST = 1 << 28, RING_DATA = 32 };

/* Which stream an entry comes from. */
enum { RING_OUTPUT = 1, RING_ERROR = 2 };

struct ring_entry {
	uint32_t length; /* of the bytes behind it, at most FLOW_SIZE */
	uint32_t stream;
	uint64_t time; /* nanoseconds since 1970 */
};

/* Positions count on from lap to lap, below a multiple of room; head == tail: nothing is there. */
struct ring {
	int fd;
	uint32_t room;       /* bytes of the data */
	uint32_t head, tail; /* where the next entry comes; where the oldest begins */
};

/* Make file NAME in directory DIR, of SIZE bytes at most. Returns 0 or -errno. */
int ring_make(struct ring *ring, int dir, const char *name, uint32_t size);
/* Add up to FLOW_SIZE bytes of STREAM with the time it is now. Returns 0 or -errno (the file system is full). */
int ring_add(struct ring *ring, uint32_t stream, const char *bytes, size_t length);
/* Open it for reading, from the oldest entry on. Returns 0 or -errno. */
int ring_open(struct ring *ring, int dir, const char *name);
/* The next entry; BYTES has room for FLOW_SIZE. Returns 1, 0 when there is none yet, or -errno.
 * What was overwritten before it was read is passed over. */
int ring_next(struct ring *ring, struct ring_entry *entry, char *bytes);
/* Close it; safe twice. */
void ring_close(struct ring *ring);

#endif
