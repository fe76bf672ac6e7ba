/* SPDX-License-Identifier: MIT */
/* From a registry into the store: what an image is and whether it may be had first, then the layers
 * that are lacking, its name last. Whatever ends it on the way, the store is as good as before, and
 * what has come of layers is not fetched again (store/partial.h). */
#ifndef REGISTRY_PULL_H
#define REGISTRY_PULL_H

#include "image/keys.h"
#include "registry/progress.h"
#include "registry/registry.h"
#include "store/load.h"

struct pull_order {
	const struct reference *reference;
	const struct platform *platform; /* whose image of an index is taken; NULL: this machine's */
	const struct keys *keys; /* one of them must have signed it; NULL: no signature is needed */
	/* Where keys are given: asked what the signature calls the image, before any layer is
	 * fetched; returns 0 or -errno, said. NULL: any name is taken. */
	int (*accept)(void *data, const char *signed_as);
	void *accept_data;
	load_convert *convert; /* NULL: layers of tar are refused */
	enum progress_kind progress;
};

struct pulled {
	const char *name;             /* "web:1", as the store calls it from now on */
	struct digest digest;         /* what the registry means by the name */
	struct descriptor descriptor; /* what the store means by it: an index, or a manifest */
	bool newer;                   /* false: all was there, and so called, already */
};

/* Fetch what ORDER says into STORE, which is open for STORE_WRITE, and name it there; with its
 * signature. A reference with only a digest is kept under the tag "sha256-HEX". Blobs that a
 * failure leaves are nobody's: the next sweep takes them. OUT lives in ARENA. Returns 0 or -errno,
 * said: -ENOENT for what the registry has not, -ENOKEY without a signature that is trusted, -ESTALE
 * below the version floor, -ENOSPC before anything large is fetched, -EINTR after a signal. */
int pull_image(struct pulled *out, struct arena *arena, const struct registry_settings *settings,
	       const struct store *store, const struct pull_order *order);

#endif
