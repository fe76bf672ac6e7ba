/* SPDX-License-Identifier: MIT */
/* What was checked already, remembered in the run directory until the machine is started anew: a
 * digest of bytes of a file, and that a key made a signature. Reading all of an image at each
 * launch would cost its size. */
#ifndef SANDBOX_VERIFIED_H
#define SANDBOX_VERIFIED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"

enum { VERIFIED_LINE = DIGEST_HEX + 1, VERIFIED_MOST = 128 };

/* What RUN_ROOT remembers, read when it is first looked at; zero-initialise. */
struct verified {
	const char *run_root;
	bool read;
	char text[VERIFIED_LINE * VERIFIED_MOST + 1];
};

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
