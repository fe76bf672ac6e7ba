/* SPDX-License-Identifier: MIT */
/* Remove what no tag needs any more: signatures of images that are gone, blobs, files half written. */
#ifndef STORE_SWEEP_H
#define STORE_SWEEP_H

#include "store/store.h"
#include "store/tags.h"

/* Sweep STORE, which is open for STORE_WRITE or STORE_SWEEP. While another davit writes, nothing is
 * done: the next one sweeps. REMOVED (or NULL) gets the digests of the blobs that went, "sha256:…",
 * in ARENA. A manifest that cannot be read stops it before anything is removed, since nobody knows
 * what that needs. Returns 0 or -errno, said. */
int store_sweep(struct texts *removed, struct arena *arena, struct store *store);
/* True for the tag of what stands beside an image, sha256-HEX.sig, .att or .sbom; its digest is *digest. */
bool tag_is_aside(struct digest *digest, const char *tag);

#endif
