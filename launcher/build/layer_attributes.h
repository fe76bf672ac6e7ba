/* SPDX-License-Identifier: MIT */
/* Which extended attributes of a file belong to an image: what it can do (security.capability), what
 * users wrote (user.), and that an overlay's directory hides those below (trusted.overlay.opaque).
 * All others are the machine's: its labels, and what overlayfs notes of its own directories. */
#ifndef BUILD_LAYER_ATTRIBUTES_H
#define BUILD_LAYER_ATTRIBUTES_H

#include <stdbool.h>

#include "build/pax.h"
#include "store/attribute.h"

struct attributes {
	struct pax_attribute list[PAX_ATTRIBUTES_MOST];
	size_t count;
	bool redirected; /* an overlay keeps the rest of it elsewhere */
	char *room;
};

/* Those of the open FD, in the order of their names. Returns 0 or -errno, not said; E2BIG for more
 * than there is room for. */
int attributes_read(struct attributes *out, int fd);
void attributes_close(struct attributes *attributes);

#endif
