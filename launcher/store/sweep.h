/* SPDX-License-Identifier: MIT */
/* Remove what neither a tag nor a version of an app needs any more: signatures of images that are
 * gone, blobs, files half written. */
#ifndef STORE_SWEEP_H
#define STORE_SWEEP_H

#include "store/store.h"
#include "store/tags.h"

/* How to sweep, and what came of it. */
struct sweeping {
	const struct texts *roots; /* digests of manifests that are needed too, "sha256:…", or NULL */
	struct texts *removed;     /* or NULL; gets a line for each blob that went, in the arena */
	bool partial;              /* downloads that were broken off go too */
	bool dry;                  /* nothing is removed, only told */
	bool no_tags; /* tags keep nothing: a dry run, as if those that lead to no root were gone */
	size_t count; /* out: files that went */
	uint64_t bytes; /* out: space that came back */
};

/* Sweep STORE, which is open for STORE_WRITE or STORE_SWEEP: what tags, the versions of apps and
 * the roots need stays. While another davit writes, nothing is done: the next one sweeps. A
 * manifest that cannot be read stops it before anything is removed, since nobody knows what that
 * needs; what only an index calls a manifest, and is whole and none, stays and needs nothing.
 * Returns 0 or -errno, said. */
int store_sweep_as(struct sweeping *sweeping, struct arena *arena, struct store *store);
/* True for the tag of what stands beside an image, sha256-HEX.sig, .att or .sbom; its digest is *digest. */
bool tag_is_aside(struct digest *digest, const char *tag);

#endif
