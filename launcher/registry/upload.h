/* SPDX-License-Identifier: MIT */
/* One blob on its way into a repository. Source: OCI distribution-spec 1.1, "Push". */
#ifndef REGISTRY_UPLOAD_H
#define REGISTRY_UPLOAD_H

#include "image/source.h"
#include "registry/registry.h"

struct upload {
	struct registry *registry; /* for REGISTRY_PUSH */
	const struct source *source;
	const struct descriptor *descriptor;
	const char *mount; /* a repository of the same host that may have it, or NULL */
	/* Called with how many bytes have gone to the registry; or NULL. */
	void (*sent)(void *data, uint64_t bytes);
	void *data;
};

enum upload_result { UPLOAD_DONE, UPLOAD_THERE, UPLOAD_MOUNTED };

/* Bring the blob there, unless it is there. What is large goes in pieces, and after a broken
 * connection from where the registry has it to. Returns enum upload_result, or -errno, said. */
int upload_blob(const struct upload *upload);

#endif
