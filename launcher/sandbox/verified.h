/* SPDX-License-Identifier: MIT */
/* What was checked already, remembered in the run directory until the machine is started anew: a
 * digest of bytes of a file, and that a key made a signature. Reading all of an image at each
 * launch would cost its size. */
#ifndef SANDBOX_VERIFIED_H
#define SANDBOX_VERIFIED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct digest;

/* What a run directory remembers. */
struct verified;

/* Of RUN_ROOT, which is looked at when something is to be found. From ARENA, or NULL. */
struct verified *verified_open(struct arena *arena, const char *run_root);

/* Check that SIZE bytes of the open FD from OFFSET on have DIGEST, unless it is known that they
 * had it when the file was as it is now: same device, inode, size and times. A file that was
 * written to a moment ago is not remembered: it could be written to again at the same time. Returns
 * 0 or -errno, not said: -EBADMSG for another digest. */
int verified_digest(struct verified *verified, int fd, uint64_t offset, uint64_t size,
		    const struct digest *digest);
/* True when it is remembered that the statement with digest WHAT is true. */
bool verified_find(struct verified *verified, const struct digest *what);
/* Remember it; where that fails, it is checked again. The run directory must not be locked. */
void verified_add(const struct verified *verified, const struct digest *what);

#endif
